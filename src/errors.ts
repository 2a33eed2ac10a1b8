/** Everything Trivium says when something goes wrong: one base class, one subclass a code, the same for GraphQL and REST. */

/** One thing that is wrong with an input. `path` is a JSON pointer (RFC 6901) into it, empty for the whole. */
export interface ValidationIssue {
  readonly path: string;
  readonly message: string;
}

export interface GatewayErrorOptions {
  readonly code: string;
  /** The HTTP status that says the same. */
  readonly status: number;
  /** Whether the same call may succeed later; decided once, where the error is made. */
  readonly isRetryable?: boolean;
  readonly cause?: unknown;
}

/** An error whose message may be shown to the caller. Anything else that is thrown is masked. */
export class GatewayError extends Error {
  readonly code: string;
  readonly status: number;
  readonly isRetryable: boolean;

  constructor(message: string, options: GatewayErrorOptions) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = new.target.name;
    this.code = options.code;
    this.status = options.status;
    this.isRetryable = options.isRetryable ?? false;
  }
}

/** The input is wrong; `issues` names every field that is, and what is allowed there. */
export class ValidationError extends GatewayError {
  readonly issues: readonly ValidationIssue[];

  constructor(issues: readonly ValidationIssue[], cause?: unknown) {
    const summary = issues.map(({ path, message }) => (path === '' ? message : `${path}: ${message}`)).join('; ');
    super(summary, { code: 'VALIDATION_ERROR', status: 400, cause });
    this.issues = issues;
  }
}

/** No credential, or one that is unknown, revoked or expired. */
export class UnauthenticatedError extends GatewayError {
  constructor(message: string) {
    super(message, { code: 'UNAUTHENTICATED', status: 401 });
  }
}

/** The credential is good, its role does not suffice. */
export class ForbiddenError extends GatewayError {
  constructor(message: string) {
    super(message, { code: 'FORBIDDEN', status: 403 });
  }
}

/** What is named does not exist, or belongs to another project. */
export class NotFoundError extends GatewayError {
  constructor(message: string) {
    super(message, { code: 'NOT_FOUND', status: 404 });
  }
}

/** What is asked for contradicts what is on record. */
export class ConflictError extends GatewayError {
  constructor(message: string, cause?: unknown) {
    super(message, { code: 'CONFLICT', status: 409, cause });
  }
}

/** More bytes, or more files, than a limit allows; the message says how much that is. */
export class RequestTooLargeError extends GatewayError {
  readonly limit: 'fileBytes' | 'requestBytes' | 'projectBytes' | 'fileCount' | 'fieldBytes';

  constructor(limit: RequestTooLargeError['limit'], message: string) {
    super(message, { code: 'BAD_REQUEST', status: 413 });
    this.limit = limit;
  }
}

/** Too much at once; the same call may be made again after `retryAfterMs`. */
export class RateLimitedError extends GatewayError {
  readonly retryAfterMs: number;

  constructor(message: string, retryAfterMs: number) {
    super(message, { code: 'RATE_LIMITED', status: 429, isRetryable: true });
    this.retryAfterMs = retryAfterMs;
  }
}

/** The database worked on a list, a search or a count for longer than it may. */
export class QueryTooSlowError extends GatewayError {
  constructor(message: string, cause?: unknown) {
    super(message, { code: 'QUERY_TOO_SLOW', status: 400, cause });
  }
}

/** A part that the answer needs is away for the moment: the database, or this process, which is shutting down. */
export class UnavailableError extends GatewayError {
  constructor(message: string, cause?: unknown) {
    super(message, { code: 'UNAVAILABLE', status: 503, isRetryable: true, cause });
  }
}

/** A provider that the answer needs refused or broke, outside of an execution. */
export class UpstreamError extends GatewayError {
  constructor(message: string, cause?: unknown) {
    super(message, { code: 'UPSTREAM_ERROR', status: 502, isRetryable: true, cause });
  }
}

/** Why a file's text cannot be read. */
export type UnreadableReason = 'damaged' | 'encrypted' | 'too_large' | 'too_slow' | 'unknown_type';

/** The text of a file cannot be read, for a reason that lies in the file; the message names the file and says what it is. */
export class UnreadableFileError extends GatewayError {
  readonly reason: UnreadableReason;

  constructor(reason: UnreadableReason, message: string, cause?: unknown) {
    super(message, { code: 'UNREADABLE_FILE', status: 422, cause });
    this.reason = reason;
  }
}

/** Why an execution failed. These are the values of a run's `error.code`. */
export type RunErrorCode =
  | 'authentication_error'
  | 'cancelled'
  | 'expired'
  | 'internal_error'
  | 'interrupted'
  | 'invalid_request'
  | 'provider_error'
  | 'rate_limited'
  | 'timeout'
  | 'validation_error';

/**
 * An execution failed: the provider refused, broke or answered with something unusable, or the execution was ended.
 * It is recorded on the run and reaches the caller there, never thrown at them.
 */
export class RunFailure extends GatewayError {
  override readonly code: RunErrorCode;
  /** How long the provider asked to wait before the next try. */
  readonly retryAfterMs: number | undefined;
  /** The HTTP status of the provider's answer, where there was one. */
  readonly upstreamStatus: number | undefined;
  /** JSON pointer into the result, where a part of it is wrong. */
  readonly path: string | undefined;

  constructor(
    code: RunErrorCode,
    message: string,
    options: {
      isRetryable?: boolean;
      retryAfterMs?: number;
      upstreamStatus?: number;
      path?: string;
      cause?: unknown;
    } = {},
  ) {
    const status = code === 'timeout' ? 504 : code === 'validation_error' ? 422 : 502;
    super(message, { code, status, isRetryable: options.isRetryable ?? false, cause: options.cause });
    this.code = code;
    this.retryAfterMs = options.retryAfterMs;
    this.upstreamStatus = options.upstreamStatus;
    this.path = options.path;
  }
}
