import { RunFailure } from '../errors.ts';
import type { JsonValue } from '../json.ts';
import type { RunKind, RunOutcome } from '../store/run-record.ts';
import { convertToRunError, executePrompt, sumTokenUse } from './execute-prompt.ts';
import { executeRemote } from './execute-remote.ts';
import type { RunWork } from './run-work.ts';

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
  const { attempts, warnings } = work.execution.ledger;
  const finish = (end: Pick<Outcome, 'status' | 'result' | 'error'>): Outcome => ({
    ...end,
    ...work.execution.ledger.report,
    attempts,
    warnings: [...work.run.warnings, ...warnings],
    tokenUse: sumTokenUse(attempts),
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
  return executePrompt(request, execution, emit);
}
