import { RunFailure } from '../errors.ts';
import type { JsonValue } from '../json.ts';
import type { RunKind, RunOutcome } from '../store/run-record.ts';
import { convertToRunError } from './convert-to-run-error.ts';
import { executeDeployment } from './execute-deployment.ts';
import { executeFlow } from './execute-flow.ts';
import { sumTokenUse } from './execute-prompt.ts';
import { executeRemote } from './execute-remote.ts';
import { executeCachedPrompt } from './result-cache.ts';
import type { RunWork } from './run-work.ts';
import { sumCost } from './spending.ts';

/** Executes one kind of run and answers with its result. Throws a RunFailure, or what the signal aborts with. */
export type RunExecutor = (work: RunWork) => Promise<JsonValue>;

const executors: Readonly<Partial<Record<RunKind, RunExecutor>>> = {
  interaction: executeInteraction,
  deployment: executeDeployment,
  flow: executeFlow,
};

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
    ...ledger.report,
    attempts,
    warnings: [...work.run.warnings, ...warnings],
    // What came from the cache alone, costs nothing.
    ...(ledger.isCached && attempts.length === 0
      ? { isCached: true, tokenUse: { prompt: 0, result: 0, total: 0 }, cost: 0 }
      : { isCached: false, tokenUse: sumTokenUse(attempts), cost: sumCost(attempts) }),
    executionTimeMs: Math.round(performance.now() - startedAt),
  });
  try {
    const execute = work.run.remote == null ? executors[work.run.kind] : executeRemote;
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
