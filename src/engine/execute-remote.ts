import type { TokenUse } from '../domain.ts';
import { RunFailure } from '../errors.ts';
import type { JsonValue } from '../json.ts';
import type { RemoteReport } from '../providers/remote.ts';
import type { EnvironmentRecord } from '../store/environment.ts';
import type { RunError, RunRecord, StreamPart } from '../store/run-record.ts';
import { convertToRunError } from './call-provider.ts';
import { withDeadlines } from './deadline.ts';
import type { Execution } from './execution.ts';

/** A prompt is kept with the run for people and search; beyond this size it is left where it was executed. */
const maxPromptLength = 100_000;

/**
 * Has the API of an environment execute a run under its own id of what is executed. The call is on the ledger however it ends, with
 * what the API says of how it executed. Throws a RunFailure, or what the signal aborts with.
 */
export async function executeRemote(
  run: RunRecord,
  remoteId: string,
  environment: EnvironmentRecord,
  { connector, deadlines, metrics, signal, ledger }: Execution,
  emit?: (part: StreamPart) => void,
): Promise<JsonValue> {
  const { remote, connection } = connector.connectRemote(environment);
  const startedAt = new Date();
  const start = performance.now();
  let tokenUse: TokenUse | null = null;
  let remoteRun: string | null = null;
  let report: RemoteReport = {};
  const record = (error: RunError | null) => {
    const executionTimeMs = Math.round(performance.now() - start);
    const model = report.model ?? run.model ?? '';
    const attempt = { provider: remote.kind, environment: environment.id, model, startedAt, executionTimeMs };
    ledger.attempts.push({ ...attempt, tokenUse, error, ...(remoteRun !== null && { remoteRun }) });
  };
  try {
    let result: JsonValue | undefined;
    let isFirst = true;
    const open = (either: AbortSignal) => remote.execute(createCall(run, remoteId), connection, either);
    const { runTimeoutMs } = { ...deadlines, ...environment.policy };
    // What comes at once may take as long as all of it.
    const atOnce = remote.streams ? {} : { firstChunkTimeoutMs: runTimeoutMs, chunkTimeoutMs: runTimeoutMs };
    const limits = { ...deadlines, ...atOnce, ...environment.policy };
    for await (const event of withDeadlines(open, limits, signal)) {
      switch (event.type) {
        case 'started':
          remoteRun = event.run;
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
    ledger.report = keepSmallPrompt(report);
    record(null);
    return result;
  } catch (error) {
    record(convertToRunError(error));
    throw error;
  }
}

function createCall(run: RunRecord, remoteId: string) {
  const { model, config, resultSchema, tags, endUser, object, input } = run;
  return {
    id: remoteId,
    key: `${run.id}:${run.epoch}`,
    data: input ?? {},
    model,
    settings: config,
    validate: config.validate,
    resultSchema,
    tags,
    endUser,
    object,
    steps: [],
    files: [],
  };
}

function keepSmallPrompt({ prompt, ...report }: RemoteReport): RemoteReport {
  if (prompt === undefined) return report;
  const length = prompt.reduce((sum, { content }) => sum + content.length, 0);
  return length > maxPromptLength ? report : { ...report, prompt };
}
