import type { TokenUse } from '../domain.ts';
import { RunFailure } from '../errors.ts';
import type { JsonObject, JsonValue } from '../json.ts';
import type { RemoteCall, RemoteFile, RemoteFileResult, RemoteReport } from '../providers/remote.ts';
import type { EnvironmentRecord } from '../store/environment.ts';
import type { RunError, RunRecord } from '../store/run-record.ts';
import { convertToRunError } from './convert-to-run-error.ts';
import { withDeadlines } from './deadline.ts';
import type { RunWork } from './run-work.ts';
import { beginRemoteSpan } from './trace-call.ts';
import { isLimited } from './traffic.ts';

/** What a call has to do with the parts of its run. */
export interface RemoteParts {
  /** In place of the run's input. */
  readonly data: JsonObject | null;
  readonly files: readonly RemoteFile[];
  /** Keeps the id that the run has there. */
  readonly onStarted: (run: string) => Promise<void>;
  readonly onFile: (result: RemoteFileResult) => void;
}

const noParts: RemoteParts = { data: null, files: [], onStarted: async () => undefined, onFile: () => undefined };

/** Through how many gateways an execution may pass. One that comes back to where it was would never end. */
const hopsMax = 3;
/** A prompt is kept with the run for people and search; beyond this size it is left where it was executed. */
const maxPromptLength = 100_000;

/**
 * Has the API of a run's environment execute it, within the limits and budgets that hold for models too. Nothing is tried again: what
 * runs elsewhere may have begun. The call is on the ledger however it ends, with what the API says of how it executed. Throws a
 * RunFailure, or what the signal aborts with.
 */
export async function callRemote(work: RunWork, parts: RemoteParts = noParts): Promise<JsonValue> {
  const { environment, execution } = work;
  if (environment === null) throw new RunFailure('invalid_request', 'The environment of this run was deleted');
  const { policy } = environment;
  if (policy === null || !isLimited(policy)) return callApi(work, environment, parts);
  const until = performance.now() + (policy.runTimeoutMs ?? execution.deadlines.runTimeoutMs);
  const passage = await execution.traffic.enter(environment, until, execution.signal);
  try {
    return await callApi(work, environment, parts);
  } finally {
    passage.leave(execution.ledger.attempts.at(-1)?.tokenUse?.total ?? 0);
  }
}

async function callApi(
  { run, execution, emit }: RunWork,
  environment: EnvironmentRecord,
  parts: RemoteParts,
): Promise<JsonValue> {
  const { connector, deadlines, metrics, spending, signal, ledger } = execution;
  const { remote, connection } = connector.connectRemote(environment);
  const bill = await spending.open({ project: run.project, principal: run.source.principalId }, signal);
  const call = createCall(run, parts);
  if (call.hops > hopsMax) {
    const message = `The execution has passed through ${hopsMax} gateways: their environments may lead in a circle`;
    throw new RunFailure('invalid_request', message);
  }
  const span = beginRemoteSpan(remote, connection, { name: run.name, id: call.id });
  const startedAt = new Date();
  const start = performance.now();
  let tokenUse: TokenUse | null = null;
  let remoteRun: string | null = null;
  let report: RemoteReport = {};
  const record = async (error: RunError | null) => {
    const model = report.model ?? run.model ?? '';
    const attempt = {
      provider: remote.kind,
      environment: environment.id,
      model,
      startedAt,
      executionTimeMs: Math.round(performance.now() - start),
      tokenUse,
      cost: bill.price(model, tokenUse),
      error,
      ...(remoteRun !== null && { remoteRun }),
    };
    ledger.attempts.push(attempt);
    await bill.charge(attempt);
  };
  let result: JsonValue | undefined;
  try {
    let isFirst = true;
    const open = (either: AbortSignal) => span.within(() => remote.execute(call, connection, either));
    const { runTimeoutMs } = { ...deadlines, ...environment.policy };
    // What comes at once may take as long as all of it.
    const atOnce = remote.streams ? {} : { firstChunkTimeoutMs: runTimeoutMs, chunkTimeoutMs: runTimeoutMs };
    const limits = { ...deadlines, ...atOnce, ...environment.policy };
    for await (const event of withDeadlines(open, limits, signal)) {
      switch (event.type) {
        case 'started':
          remoteRun = event.run;
          await parts.onStarted(event.run);
          break;
        case 'file':
          parts.onFile(event);
          break;
        case 'text':
          if (isFirst) metrics.firstChunkCame(remote.kind, performance.now() - start);
          isFirst = false;
          emit?.(event.text);
          break;
        case 'usage':
          tokenUse = event.tokenUse;
          break;
        case 'finish':
          result = event.result;
          tokenUse = event.tokenUse ?? tokenUse;
          report = event.report;
          for (const warning of event.warnings) ledger.warnings.add(warning);
      }
    }
    if (result === undefined) throw new RunFailure('provider_error', 'The provider said no end');
  } catch (error) {
    span.end({ tokenUse, finishReason: null, error });
    await record(convertToRunError(error));
    throw error;
  }
  span.end({ tokenUse, finishReason: null, error: null });
  ledger.report = keepSmallPrompt(report);
  await record(null);
  return result;
}

function createCall(run: RunRecord, { data, files }: RemoteParts): RemoteCall {
  const { model, config, resultSchema, tags, endUser, object, input } = run;
  return {
    id: run.remote?.id ?? '',
    key: run.id,
    hops: (run.source.hops ?? 0) + 1,
    data: data ?? input ?? {},
    model,
    settings: config,
    validate: config.validate,
    resultSchema,
    tags,
    endUser,
    object,
    steps: run.remote?.steps ?? [],
    files,
    started: run.remote?.run ?? null,
  };
}

function keepSmallPrompt({ prompt, ...report }: RemoteReport): RemoteReport {
  if (prompt === undefined) return report;
  const length = prompt.reduce((sum, { content }) => sum + content.length, 0);
  return length > maxPromptLength ? report : { ...report, prompt };
}
