import { createContext, Script } from 'node:vm';
import { ValidationError } from '../errors.ts';

/** How long one thing that a stranger defined may keep this process busy. */
const timeLimitMs = 1_000;

const watched = createContext({ task: undefined });
const callTask = new Script('task()');

/**
 * Calls a function that strangers' input may keep busy, and ends it after a second: then it throws a ValidationError. Costs
 * a third of a millisecond, for V8 needs a thread to watch; what cannot take long goes without.
 */
export function runWatched<T>(what: string, task: () => T): T {
  watched.task = task;
  try {
    return callTask.runInContext(watched, { timeout: timeLimitMs });
  } catch (error) {
    if (!isTimeout(error)) throw error;
    throw new ValidationError([{ path: '', message: `${what} takes more than ${timeLimitMs} ms` }], error);
  } finally {
    watched.task = undefined;
  }
}

/** Not an instance of our Error: it comes from the other context. */
function isTimeout(error: unknown): boolean {
  return (
    typeof error === 'object' && error !== null && 'code' in error && error.code === 'ERR_SCRIPT_EXECUTION_TIMEOUT'
  );
}
