import { RunFailure } from '../errors.ts';
import type { Relay } from '../relay/relay.ts';
import type { EnvironmentRecord } from '../store/environment.ts';
import type { RunRecord, RunStep, StreamPart } from '../store/run-record.ts';
import type { ProjectStore } from '../store/store.ts';
import type { EventLogs } from './event-log.ts';
import { executeRun } from './execute-run.ts';
import type { Execution } from './execution.ts';
import { announceRun } from './relayed-run.ts';
import { retryWhileUnavailable } from './retry.ts';
import type { RunChannel } from './run-channel.ts';

/** The process that executes runs, with what its executions share. */
export interface Performer
  extends Pick<
    Execution,
    | 'connector'
    | 'deadlines'
    | 'documents'
    | 'metrics'
    | 'traffic'
    | 'health'
    | 'spending'
    | 'retrieval'
    | 'logError'
    | 'startChild'
  > {
  readonly owner: string;
  readonly relay: Relay;
  readonly eventLogs: EventLogs;
  /** Aborts when the process ends, whatever is not recorded yet. */
  readonly closing: AbortSignal;
}

export interface Performance {
  /** Where the stream goes. */
  readonly channel: RunChannel;
  /** Ends the execution. */
  readonly signal: AbortSignal;
  /** Whether it is streamed. */
  readonly stream: boolean;
  /** Of a run that is a part of another one: how many virtual environments lie around it. */
  readonly depth?: number;
}

/** How runs end that are under way when the process ends; those of the queue go back to it. */
export const shutdown = new RunFailure('interrupted', 'The gateway was shut down', { isRetryable: true });
/** How a run ends, for this process, that was away too long. */
export const leaseLost = new RunFailure(
  'interrupted',
  'This process was away too long, and the run was taken for lost',
);

/**
 * Executes a run that this process holds, and records how it ended. Answers with the run as it is on record then, with its
 * payloads even where they are not kept.
 */
export async function performRun(
  performer: Performer,
  store: ProjectStore,
  run: RunRecord,
  environment: EnvironmentRecord | null,
  { channel, signal, stream, depth }: Performance,
): Promise<RunRecord> {
  const { owner, metrics, relay, eventLogs, closing, logError } = performer;
  const log = stream && run.recordPayloads === 'all' ? eventLogs.open(run) : null;
  const announcer = announceRun(relay, run.id);
  const emit = (part: StreamPart) => {
    channel.push(part);
    announcer.part({ epoch: run.epoch, number: channel.parts.length }, part);
    log?.add(part);
  };
  const ledger = { attempts: [], warnings: new Set<string>() };
  const execution = { ...performer, run, store, signal, ledger, depth: depth ?? 0 };
  const saveStep = async (index: number, step: RunStep) => {
    const isOurs = await retryWhileUnavailable(() => store.runs.saveStep(run, owner, index, step), closing);
    if (!isOurs) throw leaseLost;
  };
  const saveRemoteRun = async (remoteRun: string) => {
    const isOurs = await retryWhileUnavailable(() => store.runs.saveRemoteRun(run, owner, remoteRun), closing);
    if (!isOurs) throw leaseLost;
  };
  const work = { run, environment, execution, saveStep, saveRemoteRun, ...(stream && { emit }) };
  const outcome = await executeRun(work, (error) => logError(error, `Run ${run.id} failed for a reason of our own`));
  // A gap in the log is for late readers only; the end is for everybody.
  await log?.flush().catch((error: unknown) => logError(error, `The stream of run ${run.id} could not be logged`));
  if (run.kind === 'deployment' && signal.reason === shutdown && outcome.status === 'failed') {
    const returned = await retryWhileUnavailable(() => store.runs.giveBack(run, owner), closing);
    return returned ?? run;
  }
  const final = { ...outcome, chunkCount: channel.parts.length };
  const executedBy = { provider: environment?.provider ?? 'none', model: final.model ?? run.model ?? 'none' };
  // The calls of a part are counted with the whole.
  const attempts = depth === undefined ? final.attempts : [];
  metrics.runFinished({ ...final, ...executedBy, attempts, kind: run.kind });
  const finishedAt = new Date();
  const recorded = await retryWhileUnavailable(() => store.runs.finish(run, owner, final, finishedAt), closing);
  announcer.end();
  if (recorded?.kind === 'deployment' && run.recordPayloads === 'metadata') {
    await store.fileRuns.clearOfRun(run.id).catch((error: unknown) => logError(error, `Run ${run.id} is not cleared`));
    await store.files
      .removeOfOwners([run.id])
      .catch((error: unknown) => logError(error, `Run ${run.id} has files left`));
  }
  // The lease was lost, and with it the say on how the run ended.
  if (recorded === null) return (await store.runs.findOneById(run.id)) ?? { ...run, ...final };
  const { input, plan } = run;
  return { ...recorded, input, plan, prompt: final.prompt ?? run.prompt, result: final.result };
}
