import { z } from 'zod';
import { type RunErrorCode, RunFailure } from '../../errors.ts';

/** What an answer that is no success says. */
export interface UpstreamProblem {
  readonly status: number;
  readonly message: string;
  readonly code: string | null;
  /** The setting that it is about. */
  readonly param: string | null;
  readonly retryAfterMs: number | undefined;
}

const maxMessageLength = 500;

const textOrNull = z.string().nullish().catch(null);
const errorObject = z.object({ message: z.string(), code: textOrNull, type: textOrNull, param: textOrNull });
/** OpenAI nests it; Ollama and others send the text alone. */
const errorBody = z.object({ error: z.union([errorObject, z.string()]) });

/** Reads the body of a failed answer; `secret` is the credential, which must not come back in a message. */
export function readProblem(
  status: number,
  text: string,
  retryAfter: string | undefined,
  secret: string | null,
): UpstreamProblem {
  const parsed = errorBody.safeParse(parseJson(text)).data?.error;
  const details =
    typeof parsed === 'object' ? parsed : { message: parsed ?? text.trim(), code: null, type: null, param: null };
  const message = secret === null ? details.message : details.message.replaceAll(secret, '…');
  return {
    status,
    message: message.length > maxMessageLength ? `${message.slice(0, maxMessageLength)}…` : message,
    code: details.code ?? details.type ?? null,
    param: details.param ?? null,
    retryAfterMs: readRetryAfter(retryAfter),
  };
}

/** A problem as the failure of a run. */
export function mapProblem(problem: UpstreamProblem): RunFailure {
  const { status, message, code, retryAfterMs } = problem;
  const said = message === '' ? 'nothing more' : message;
  return new RunFailure(
    mapStatus(status),
    `The provider answered ${status}${code === null ? '' : ` (${code})`}: ${said}`,
    {
      upstreamStatus: status,
      isRetryable: isRetryable(problem),
      ...(retryAfterMs !== undefined && { retryAfterMs }),
    },
  );
}

/** What the network says, where no answer came. A RunFailure and the reason of an abort are passed on as they are. */
export function mapNetworkError(error: unknown, signal: AbortSignal): unknown {
  if (signal.aborted) return signal.reason;
  if (error instanceof RunFailure) return error;
  const code = error instanceof Error && 'code' in error ? ` (${error.code})` : '';
  const message = error instanceof Error ? error.message : String(error);
  return new RunFailure('provider_error', `The connection to the provider failed${code}: ${message}`, {
    isRetryable: true,
    cause: error,
  });
}

function mapStatus(status: number): RunErrorCode {
  if (status === 401 || status === 403) return 'authentication_error';
  if (status === 429) return 'rate_limited';
  if (status === 408) return 'timeout';
  return status >= 400 && status < 500 ? 'invalid_request' : 'provider_error';
}

function isRetryable({ status, code }: UpstreamProblem): boolean {
  // More of the same call does not bring a quota back.
  if (status === 429) return code !== 'insufficient_quota';
  return status === 408 || status === 409 || status >= 500;
}

/** `Retry-After`, RFC 9110 section 10.2.3: seconds, or a date. */
function readRetryAfter(value: string | undefined): number | undefined {
  if (value === undefined) return undefined;
  const seconds = Number(value);
  const ms = Number.isFinite(seconds) ? seconds * 1000 : Date.parse(value) - Date.now();
  return Number.isFinite(ms) ? Math.max(0, Math.round(ms)) : undefined;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
