import { RunFailure } from '../errors.ts';
import type { JsonValue } from '../json.ts';
import type { EnvironmentRecord } from '../store/environment.ts';
import type { RunKind, RunOutcome, RunRecord, StreamPart } from '../store/run-record.ts';
import { convertToRunError } from './call-provider.ts';
import { sumTokenUse } from './execute-prompt.ts';
import type { Execution } from './execution.ts';
import { executeCachedPrompt } from './result-cache.ts';
import { sumCost } from './spending.ts';

/** A run that is executed, with what that takes. */
export interface RunWork {
  readonly run: RunRecord;
  /** The run's own; null where it has none, or it was deleted. */
  readonly environment: EnvironmentRecord | null;
  readonly execution: Execution;
  /** Where the stream goes, if the run has one. */
  readonly emit?: (part: StreamPart) => void;
}

/** Executes one kind of run and answers with its result. Throws a RunFailure, or what the signal aborts with. */
export type RunExecutor = (work: RunWork) => Promise<JsonValue>;

const executors: Readonly<Partial<Record<RunKind, RunExecutor>>> = { interaction: executeInteraction };

type Outcome = Omit<RunOutcome, 'chunkCount'>;

/**
 * Executes a run. Never throws for what a provider does: that is the outcome. `onUnexpectedError` is told of errors that are not
 * the provider's but ours.
 */
export async function executeRun(work: RunWork, onUnexpectedError: (error: unknown) => void): Promise<Outcome> {
  const startedAt = performance.now();
  const { ledger } = work.execution;
  const { attempts, warnings } = ledger;
  const finish = (end: Pick<Outcome, 'status' | 'result' | 'error'>): Outcome => ({
    ...end,
    attempts,
    warnings: [...work.run.warnings, ...warnings],
    // What came from the cache alone, costs nothing.
    ...(ledger.isCached && attempts.length === 0
      ? { isCached: true, tokenUse: { prompt: 0, result: 0, total: 0 }, cost: 0 }
      : { isCached: false, tokenUse: sumTokenUse(attempts), cost: sumCost(attempts) }),
    executionTimeMs: Math.round(performance.now() - startedAt),
  });
  try {
    const execute = executors[work.run.kind];
    if (execute === undefined) throw new RunFailure('invalid_request', `A ${work.run.kind} cannot be executed here`);
    return finish({ status: 'completed', result: await execute(work), error: null });
  } catch (error) {
    if (!(error instanceof RunFailure)) onUnexpectedError(error);
    const runError = convertToRunError(error);
    return finish({ status: runError.code === 'cancelled' ? 'cancelled' : 'failed', result: null, error: runError });
  }
}

async function executeInteraction({ run, environment, execution, emit }: RunWork): Promise<JsonValue> {
  const { model, prompt, config, resultSchema } = run;
  if (environment === null || model === null) {
    throw new RunFailure('invalid_request', 'The environment of this run was deleted');
  }
  const request = { environment, model, messages: prompt, settings: config, resultSchema, validate: config.validate };
  return executeCachedPrompt(request, run.cache ?? null, execution, emit);
}
