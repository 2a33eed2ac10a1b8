import { RunFailure } from '../errors.ts';
import type { RunError } from '../store/run-record.ts';

/** What callers are told of a failure; of one that is ours, only that it happened. */
export function convertToRunError(error: unknown): RunError {
  if (error instanceof RunFailure) {
    return { code: error.code, message: error.message, isRetryable: error.isRetryable, path: error.path ?? null };
  }
  return { code: 'internal_error', message: 'Something went wrong in the gateway', isRetryable: true, path: null };
}
