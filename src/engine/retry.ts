import { setTimeout as delay } from 'node:timers/promises';
import { UnavailableError } from '../errors.ts';

const firstPauseMs = 100;
const longestPauseMs = 2_000;
/** The database may be away that long before something is given up. */
const patienceMs = 60_000;

/**
 * Calls until it succeeds, or fails for another reason than that the database is away, or the signal aborts. What is called
 * must not mind to be called again where the answer to the last call was lost.
 */
export async function retryWhileUnavailable<T>(call: () => Promise<T>, signal: AbortSignal): Promise<T> {
  const until = performance.now() + patienceMs;
  for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(2 * pauseMs, longestPauseMs)) {
    try {
      return await call();
    } catch (error) {
      if (!(error instanceof UnavailableError) || signal.aborted || performance.now() > until) throw error;
      await delay(pauseMs, undefined, { signal }).catch(() => undefined);
    }
  }
}
