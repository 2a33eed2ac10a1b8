import { type RunErrorCode, RunFailure } from '../../errors.ts';
import type { JsonValue } from '../../json.ts';
import type { TokenUse } from '../provider.ts';
import type { RemoteEvent } from '../remote.ts';
import { redactProblem } from '../upstream-problem.ts';
import type { WireRun } from './wire.ts';

/** The codes of another gateway, which are ours; whether the same call may succeed later. */
const codes: Readonly<Partial<Record<string, readonly [RunErrorCode, boolean]>>> = {
  authentication_error: ['authentication_error', false],
  cancelled: ['cancelled', true],
  expired: ['expired', true],
  interrupted: ['interrupted', true],
  invalid_request: ['invalid_request', false],
  rate_limited: ['rate_limited', true],
  timeout: ['timeout', true],
  validation_error: ['validation_error', true],
};

/**
 * How a run ended. `result` is what the stream said of it before, for a run that does not repeat it. Throws a RunFailure for one that
 * failed.
 */
export function convertRun(run: WireRun, result: JsonValue, secrets: readonly string[]): RemoteEvent {
  if (run.status !== 'completed') throw convertFailure(run, secrets);
  return {
    type: 'finish',
    result: run.result ?? result,
    tokenUse: convertTokenUse(run),
    warnings: run.warnings ?? [],
    report: {
      ...(run.modelId !== undefined && { model: run.modelId }),
      ...(run.prompt !== undefined && { prompt: run.prompt }),
      ...(run.result_schema != null && { resultSchema: run.result_schema }),
    },
  };
}

export function convertTokenUse({ token_use: counted }: WireRun): TokenUse | null {
  if (counted == null) return null;
  const { prompt, total } = counted;
  const result = counted.result ?? counted.completion ?? 0;
  return { prompt, result, total: total ?? prompt + result };
}

function convertFailure({ error, status }: WireRun, secrets: readonly string[]): RunFailure {
  const said = error?.message ?? `The run is ${status}`;
  const { message } = redactProblem({ status: null, message: said, code: null }, secrets);
  const [code, isRetryable] = codes[error?.code ?? ''] ?? ['provider_error', false];
  return new RunFailure(code, message, { isRetryable });
}
