import { z } from 'zod';
import { GatewayError, type RunErrorCode, RunFailure } from '../errors.ts';
import type { OutboundResponse } from './outbound.ts';

/** What went wrong on the other side, read once for all vendors and made a RunFailure once. */

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

/** What most vendors say of an error, wherever in the body it is. */
const errorObject = z.object({
  message: z.string(),
  /** A name, or the status over again, which within a stream is the only one. */
  code: z.union([z.string(), z.number()]).nullish().catch(null),
  type: textOrNull,
  /** Google's name for it, where `code` is a number. */
  status: textOrNull,
  param: textOrNull,
  details: z
    .array(z.object({ retryDelay: z.string().optional() }))
    .nullish()
    .catch(null),
});
type ErrorObject = Partial<z.output<typeof errorObject>> & { readonly message: string };

const issues = z.array(z.object({ loc: z.array(z.union([z.string(), z.number()])), msg: z.string() })).min(1);

/** The shapes of an error's body, each made the same. */
const errorBody: z.ZodType<ErrorObject> = z.union([
  z.object({ error: errorObject }).transform(({ error }) => error),
  // Those that name the status, and say the rest beside it.
  z.object({ error: z.string(), message: z.string() }).transform(({ message }) => ({ message })),
  // OAuth's, and those that send the text alone.
  z
    .object({ error: z.string(), error_description: z.string().optional() })
    .transform(({ error, error_description: text }) =>
      text === undefined ? { message: error } : { message: text, code: error },
    ),
  // Unstract's, and others by Django: `attr` is the field.
  z.object({ errors: z.array(z.object({ detail: z.string(), attr: textOrNull })).min(1) }).transform(({ errors }) => ({
    message: errors.map(({ detail, attr }) => (attr == null ? detail : `${attr}: ${detail}`)).join('; '),
  })),
  z.object({ errors: z.array(errorObject).min(1) }).transform(({ errors }) => errors[0] ?? { message: '' }),
  errorObject,
  // IBM's IAM.
  z
    .object({ errorMessage: z.string(), errorCode: z.string().optional() })
    .transform(({ errorMessage: message, errorCode: code }) => ({ message, code })),
  z.object({ detail: z.string() }).transform(({ detail }) => ({ message: detail })),
  // Pydantic's: `loc` is the path of the field.
  z.object({ detail: issues }).transform(({ detail }) => ({
    message: detail.map(({ loc, msg }) => `${loc.join('.')}: ${msg}`).join('; '),
    param: String(detail[0]?.loc.at(-1)),
  })),
]);

/** Reads a failed answer; `secrets` are the credentials, which must not come back in a message. */
export async function readProblem(
  response: OutboundResponse,
  secrets: readonly string[],
): Promise<UpstreamProblem & { readonly status: number }> {
  const text = await response.text();
  const { details, retryAfterMs } = readDetails(parseJson(text), text.trim(), secrets);
  // Amazon has the name beside the body: `ThrottlingException:http://…`.
  const name = response.header('x-amzn-errortype')?.split(':')[0];
  return {
    ...details,
    code: details.code ?? (name === undefined ? null : clean(name, maxCodeLength, secrets)),
    status: response.status,
    retryAfterMs: readRetryAfter(response) ?? retryAfterMs,
  };
}

/** The problem that an answer, or a part of one, reports which began as a success; null where all is well. */
export function findProblem(body: unknown, secrets: readonly string[]): UpstreamProblem | null {
  if (typeof body !== 'object' || body === null) return null;
  const hasError = ('error' in body && body.error) || ('errors' in body && body.errors);
  if (!hasError) return null;
  const { details, status, retryAfterMs } = readDetails(body, JSON.stringify(body), secrets);
  return { ...details, status, retryAfterMs };
}

/** A problem that somebody else has read. */
export function redactProblem(
  { status, message, code }: Pick<UpstreamProblem, 'status' | 'message' | 'code'>,
  secrets: readonly string[],
): UpstreamProblem {
  return {
    status,
    message: clean(message, maxMessageLength, secrets),
    code: code === null ? null : clean(code, maxCodeLength, secrets),
    param: null,
    retryAfterMs: undefined,
  };
}

/** `text` is what there is to tell where the body has none of the known shapes. */
function readDetails(body: unknown, text: string, secrets: readonly string[]) {
  // Google's streams are told of an error by a list of one.
  const known: ErrorObject = errorBody.safeParse(Array.isArray(body) ? body[0] : body).data ?? { message: text };
  const { message, code, type, status, param, details } = known;
  const name = typeof code === 'string' ? code : (type ?? status);
  const retryDelay = details?.find((detail) => detail.retryDelay !== undefined)?.retryDelay;
  return {
    details: {
      message: clean(message, maxMessageLength, secrets),
      code: name == null ? null : clean(name, maxCodeLength, secrets),
      param: param ?? null,
    },
    status: typeof code === 'number' && code >= 400 && code < 600 ? code : null,
    retryAfterMs: retryDelay === undefined ? undefined : readSeconds(retryDelay.replace(/s$/, '')),
  };
}

/** What may be shown of a text from the other side: not all of it, and never our credentials. */
function clean(text: string, maxLength: number, secrets: readonly string[]): string {
  const redacted = secrets.reduce((rest, secret) => (secret === '' ? rest : rest.replaceAll(secret, '…')), text);
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

/** Whether an error says that a connection could not be made or was cut, not what somebody answered. */
export function isNetworkError(error: unknown): boolean {
  return error instanceof Error && !(error instanceof GatewayError) && 'code' in error;
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
  // What failed behind the provider is not the caller's.
  if (status === 424) return 'provider_error';
  return status >= 400 && status < 500 ? 'invalid_request' : 'provider_error';
}

function isRetryable({ status, code }: UpstreamProblem): boolean {
  // More of the same call does not bring a quota back.
  if (code === 'insufficient_quota') return false;
  return status === null || [408, 409, 424, 429].includes(status) || status >= 500;
}

/** `Retry-After`, RFC 9110 section 10.2.3: seconds, or a date. OpenAI and Azure say it in milliseconds too. */
function readRetryAfter({ header }: OutboundResponse): number | undefined {
  const milliseconds = header('retry-after-ms');
  if (milliseconds !== undefined) return readSeconds(String(Number(milliseconds) / 1000));
  const value = header('retry-after');
  return value === undefined ? undefined : readSeconds(value);
}

function readSeconds(value: string): number | undefined {
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
