import { z } from 'zod';
import { type RunErrorCode, RunFailure } from '../../errors.ts';

/** What an answer that is no success says. */
export interface UpstreamProblem {
  /** Null for a problem within an answer that began as a success. */
  readonly status: number | null;
  readonly message: string;
  readonly code: string | null;
  /** The setting that it is about. */
  readonly param: string | null;
  readonly retryAfterMs: number | undefined;
}

const maxMessageLength = 500;
const maxCodeLength = 100;

const textOrNull = z.string().nullish().catch(null);
const errorObject = z.object({
  message: z.string(),
  /** A name, or the status over again, which within a stream is the only one. */
  code: z.union([z.string(), z.number()]).nullish().catch(null),
  type: textOrNull,
  param: textOrNull,
});
/** OpenAI nests it; Ollama and others send the text alone. */
const errorBody = z.object({ error: z.union([errorObject, z.string()]) });

/** Reads the body of a failed answer; `secret` is the credential, which must not come back in a message. */
export function readProblem(
  status: number,
  text: string,
  retryAfter: string | undefined,
  secret: string | null,
): UpstreamProblem {
  const { details } = readDetails(parseJson(text), text.trim(), secret);
  return { ...details, status, retryAfterMs: readRetryAfter(retryAfter) };
}

/** The problem that an answer, or a part of one, reports which began as a success; null where all is well. */
export function findProblem(body: unknown, secret: string | null): UpstreamProblem | null {
  if (typeof body !== 'object' || body === null || !('error' in body) || !body.error) return null;
  const { details, status } = readDetails(body, JSON.stringify(body), secret);
  return { ...details, status, retryAfterMs: undefined };
}

/** `text` is what there is to tell where the body has none of the known shapes. */
function readDetails(body: unknown, text: string, secret: string | null) {
  const error = errorBody.safeParse(body).data?.error;
  const known = typeof error === 'object' ? error : { message: error ?? text };
  const { message, code, type, param } = { code: null, type: null, param: null, ...known };
  const name = typeof code === 'string' ? code : type;
  const details = {
    message: clean(message, maxMessageLength, secret),
    code: name == null ? null : clean(name, maxCodeLength, secret),
    param: param ?? null,
  };
  return { details, status: typeof code === 'number' && code >= 400 && code < 600 ? code : null };
}

/** What may be shown of a text from the other side: not all of it, and never our credential. */
function clean(text: string, maxLength: number, secret: string | null): string {
  const redacted = secret ? text.replaceAll(secret, '…') : text;
  return redacted.length > maxLength ? `${redacted.slice(0, maxLength)}…` : redacted;
}

/** A problem as the failure of a run. */
export function mapProblem(problem: UpstreamProblem): RunFailure {
  const { status, message, code, retryAfterMs } = problem;
  const answered = status === null ? "The provider's answer is an error" : `The provider answered ${status}`;
  const named = code === null ? '' : ` (${code})`;
  return new RunFailure(mapStatus(status), `${answered}${named}: ${message === '' ? 'nothing more' : message}`, {
    isRetryable: isRetryable(problem),
    ...(status !== null && { upstreamStatus: status }),
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  });
}

/**
 * What the network says, where no answer came. A RunFailure and the reason of an abort are passed on as they are. There is no
 * cause: an HTTP parser's error holds what the other side sent, which may repeat our credential.
 */
export function mapNetworkError(error: unknown, signal: AbortSignal): unknown {
  if (signal.aborted) return signal.reason;
  if (error instanceof RunFailure) return error;
  // Where a name has several addresses there is an error for each.
  const [first]: unknown[] = error instanceof AggregateError ? error.errors : [error];
  const code = first instanceof Error && 'code' in first && typeof first.code === 'string' ? first.code : null;
  const message = first instanceof Error ? first.message : String(first);
  if (code === 'UND_ERR_INVALID_ARG') {
    return new RunFailure('invalid_request', `The request to the provider cannot be sent: ${message}`);
  }
  const named = code === null ? '' : ` (${code})`;
  return new RunFailure('provider_error', `The connection to the provider failed${named}: ${message}`, {
    isRetryable: true,
  });
}

function mapStatus(status: number | null): RunErrorCode {
  if (status === null) return 'provider_error';
  if (status === 401 || status === 403) return 'authentication_error';
  if (status === 429) return 'rate_limited';
  if (status === 408) return 'timeout';
  return status >= 400 && status < 500 ? 'invalid_request' : 'provider_error';
}

function isRetryable({ status, code }: UpstreamProblem): boolean {
  // More of the same call does not bring a quota back.
  if (code === 'insufficient_quota') return false;
  return status === null || status === 408 || status === 409 || status === 429 || status >= 500;
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
