import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { NotFoundError, RunFailure, UnavailableError } from '../errors.ts';
import type { NewRecord } from '../store/entity-store.ts';
import type { EnvironmentRecord } from '../store/environment.ts';
import type { RunOutcome, RunRecord } from '../store/run-record.ts';
import type { ProjectStore, Store } from '../store/store.ts';
import type { Connector } from './connector.ts';
import type { Deadlines } from './deadline.ts';
import { createEventLog } from './event-log.ts';
import { convertToRunError, executeRun } from './execute-run.ts';
import { createRunChannel, type RunChannel } from './run-channel.ts';
import {
  createAbortableIterator,
  createClosedEvent,
  formatEventId,
  parseEventId,
  type RunStreamEvent,
  readStoredChunks,
  type StreamPlace,
} from './run-stream.ts';

export interface EngineOptions {
  readonly store: Store;
  readonly connector: Connector;
  readonly deadlines: Deadlines;
  /** How long a created run waits for its first reader. */
  readonly runTtlSeconds: number;
  /** How long a process may be silent before its runs are taken for lost. */
  readonly leaseMs: number;
  readonly logError: (error: unknown, message: string) => void;
}

/** The fields of a run that are there before it is recorded; the engine adds its hold on it. */
export type NewRun = Omit<
  NewRecord<RunRecord>,
  | 'status'
  | 'owner'
  | 'epoch'
  | 'deadlineAt'
  | 'chunkCount'
  | 'startedAt'
  | 'finishedAt'
  | 'result'
  | 'tokenUse'
  | 'executionTimeMs'
  | 'error'
  | 'attempts'
  | 'rating'
  | 'requestFile'
  | 'resultFile'
>;

export interface FollowOptions {
  /** The id of the last event that the reader has; null: from the beginning. */
  readonly after: string | null;
  /** Whether this reader may start a run that is only created. */
  readonly mayClaim: (run: RunRecord) => boolean;
}

/** Executes runs, and lets readers follow them. */
export interface Engine {
  readonly connector: Connector;
  /** Records a run, executes it and answers when it is finished, however it ends. */
  execute(store: ProjectStore, run: NewRun, environment: EnvironmentRecord): Promise<RunRecord>;
  /** Records a run that its first reader will start. */
  create(store: ProjectStore, run: NewRun): Promise<RunRecord>;
  /**
   * The events of a run: those that were, then the live ones, then the end. The first reader of a created run starts it.
   * Throws a NotFoundError, or a ValidationError for an `after` that is no event of this run.
   */
  follow(store: ProjectStore, id: string, options: FollowOptions): Promise<AsyncIterableIterator<RunStreamEvent>>;
  /** Throws an UnavailableError while it is shutting down. */
  checkAccepting(): void;
  /** Takes nothing new, waits for what runs, and interrupts what is left after the grace time. */
  drain(graceMs: number): Promise<void>;
}

interface ActiveRun {
  readonly channel: RunChannel;
  readonly controller: AbortController;
  readonly finished: Promise<RunRecord>;
}

/** How often a reader looks for what another process does. */
const pollMs = 250;

const expiredError = convertToRunError(
  new RunFailure('expired', 'Nobody opened the stream of this run in time', { isRetryable: true }),
);
const interruptedError = convertToRunError(
  new RunFailure('interrupted', 'The process that executed this run ended before it did', { isRetryable: true }),
);

/** Starts the engine of this process: from now on it renews the leases of its runs and fails those that are overdue. */
export function createEngine(options: EngineOptions): Engine {
  const { store, connector, deadlines, runTtlSeconds, leaseMs, logError } = options;
  const owner = randomUUID();
  const active = new Map<string, ActiveRun>();
  let isDraining = false;
  /** Ends the readers of what other processes execute. */
  const closing = new AbortController();

  const leaseEnd = () => new Date(Date.now() + leaseMs);
  const maintain = async () => {
    try {
      if (active.size > 0) await store.runMaintenance.renewLeases(owner, [...active.keys()], leaseEnd());
      await store.runMaintenance.failOverdue(expiredError, interruptedError);
    } catch (error) {
      logError(error, 'The leases of runs could not be maintained');
    }
  };
  const heartbeat = setInterval(maintain, leaseMs / 3).unref();

  const perform = async (
    projectStore: ProjectStore,
    run: RunRecord,
    environment: EnvironmentRecord | null,
    { channel, controller, stream }: { channel: RunChannel; controller: AbortController; stream: boolean },
  ): Promise<RunRecord> => {
    const log =
      stream && run.recordPayloads === 'all' ? createEventLog(projectStore.runEvents, run.id, run.epoch) : null;
    const onUnexpectedError = (error: unknown) => logError(error, `Run ${run.id} failed for a reason of our own`);
    const onText = (text: string) => {
      channel.push(text);
      log?.add(text);
    };
    let outcome: Omit<RunOutcome, 'chunkCount'>;
    try {
      if (environment === null) throw new RunFailure('invalid_request', 'The environment of this run was deleted');
      const { provider, connection } = connector.connect(environment);
      const policy = { ...deadlines, ...environment.policy };
      const execution = { provider, connection, deadlines: policy, signal: controller.signal, onUnexpectedError };
      outcome = await executeRun(run, stream ? { ...execution, onText } : execution);
    } catch (error) {
      if (!(error instanceof RunFailure)) onUnexpectedError(error);
      outcome = createFailedOutcome(run, convertToRunError(error));
    }
    // A gap in the log is for late readers only; the end is for everybody.
    await log?.flush().catch((error: unknown) => logError(error, `The stream of run ${run.id} could not be logged`));
    const lease = { owner, epoch: run.epoch };
    const final = { ...outcome, chunkCount: channel.chunks.length };
    const recorded = await projectStore.runs.finish(run.id, lease, final, run.recordPayloads);
    // The lease was lost, and with it the say on how the run ended.
    if (recorded === null) return (await projectStore.runs.findOneById(run.id)) ?? { ...run, ...final };
    // Whoever waits for it gets the payloads even where they are not kept.
    return { ...recorded, input: run.input, prompt: run.prompt, result: final.result };
  };

  const start = (
    projectStore: ProjectStore,
    run: RunRecord,
    environment: EnvironmentRecord | null,
    stream: boolean,
  ): ActiveRun => {
    const channel = createRunChannel(run.epoch);
    const controller = new AbortController();
    const finished = perform(projectStore, run, environment, { channel, controller, stream }).finally(() => {
      channel.close();
      active.delete(run.id);
    });
    // Readers and callers get it; without any, it is the log's.
    finished.catch((error: unknown) => logError(error, `The end of run ${run.id} could not be recorded`));
    const activeRun = { channel, controller, finished };
    active.set(run.id, activeRun);
    return activeRun;
  };

  const claim = async (projectStore: ProjectStore, run: RunRecord): Promise<RunRecord> => {
    const claimed = await projectStore.runs.claim(run.id, owner, leaseEnd());
    if (claimed !== null) {
      const environment = await projectStore.environments.findOneById(claimed.environment);
      start(projectStore, claimed, environment, true);
      return claimed;
    }
    return (await projectStore.runs.findOneById(run.id)) ?? run;
  };

  async function* readEvents(
    projectStore: ProjectStore,
    first: RunRecord,
    after: StreamPlace,
    signal: AbortSignal,
  ): AsyncGenerator<RunStreamEvent> {
    let run = first;
    let place = after;
    const ended = AbortSignal.any([signal, closing.signal]);
    while (!ended.aborted) {
      const live = active.get(run.id);
      if (live !== undefined) {
        const { epoch } = live.channel;
        const seen = epoch > place.epoch ? 0 : epoch === place.epoch ? place.number : Number.MAX_SAFE_INTEGER;
        for await (const { number, text } of live.channel.read(seen, signal)) {
          yield { type: 'chunk', id: formatEventId(run.id, { epoch, number }), text };
        }
        if (!signal.aborted) yield createClosedEvent(await live.finished);
        return;
      }
      // It is finished, or another process executes it: the stored log is all there is. A run is read before its log, so
      // that nothing lies between the last batch and the end.
      const isFinished = run.finishedAt !== null;
      for await (const chunk of readStoredChunks(projectStore.runEvents, run.id, place)) {
        place = chunk.place;
        yield { type: 'chunk', id: formatEventId(run.id, place), text: chunk.text };
      }
      if (isFinished) {
        yield createClosedEvent(run);
        return;
      }
      await delay(pollMs, undefined, { signal: ended }).catch(() => undefined);
      const current = await projectStore.runs.findOneById(run.id);
      if (current === null) throw new NotFoundError(`Run ${run.id} was deleted`);
      run = current;
    }
  }

  const checkAccepting = () => {
    if (isDraining) throw new UnavailableError('This gateway is shutting down; try again');
  };

  return {
    connector,
    checkAccepting,
    async execute(projectStore, newRun, environment) {
      checkAccepting();
      const run = await projectStore.runs.insert({
        ...newRun,
        ...unfinished,
        owner,
        deadlineAt: leaseEnd(),
        status: 'processing',
        epoch: 1,
        startedAt: new Date(),
      });
      return start(projectStore, run, environment, false).finished;
    },
    async create(projectStore, newRun) {
      checkAccepting();
      const deadlineAt = new Date(Date.now() + runTtlSeconds * 1000);
      return projectStore.runs.insert({
        ...newRun,
        ...unfinished,
        status: 'created',
        epoch: 0,
        owner: null,
        deadlineAt,
        startedAt: null,
      });
    },
    async follow(projectStore, id, { after, mayClaim }) {
      const run = await projectStore.runs.findOneById(id);
      if (run === null) throw new NotFoundError(`There is no run ${id}`);
      const place = after === null ? { epoch: 0, number: 0 } : parseEventId(id, after);
      const isOurs = run.status === 'created' && mayClaim(run) && !isDraining;
      const current = isOurs ? await claim(projectStore, run) : run;
      return createAbortableIterator((signal) => readEvents(projectStore, current, place, signal));
    },
    async drain(graceMs) {
      isDraining = true;
      const allFinished = () => Promise.allSettled([...active.values()].map(({ finished }) => finished));
      const grace = new AbortController();
      await Promise.race([allFinished(), delay(graceMs, undefined, { signal: grace.signal }).catch(() => undefined)]);
      grace.abort();
      for (const { controller } of active.values()) {
        controller.abort(new RunFailure('interrupted', 'The gateway was shut down', { isRetryable: true }));
      }
      await allFinished();
      closing.abort();
      clearInterval(heartbeat);
    },
  };
}

const unfinished = {
  chunkCount: 0,
  finishedAt: null,
  result: null,
  tokenUse: null,
  executionTimeMs: null,
  error: null,
  attempts: [],
  rating: null,
} as const;

function createFailedOutcome(run: RunRecord, error: RunRecord['error']): Omit<RunOutcome, 'chunkCount'> {
  return {
    status: 'failed',
    result: null,
    tokenUse: null,
    executionTimeMs: 0,
    error,
    warnings: run.warnings,
    attempts: [],
  };
}
