import { RunFailure, UnavailableError } from '../errors.ts';
import type { Store } from '../store/store.ts';
import { type ActiveRun, cancellation } from './active-run.ts';
import { convertToRunError } from './convert-to-run-error.ts';
import { leaseLost } from './perform-run.ts';

export interface RunUpkeepOptions {
  readonly store: Store;
  /** This process. */
  readonly owner: string;
  /** The runs that it executes. */
  readonly active: ReadonlyMap<string, ActiveRun>;
  readonly leaseMs: number;
  /** Looks what of the queue there is room for. */
  readonly fillQueue: () => Promise<void>;
  readonly logError: (error: unknown, message: string) => void;
}

/** How often a process looks whether another was asked to cancel one of its runs, or has put one into the queue. */
const pollMs = 500;

const expiredError = convertToRunError(
  new RunFailure('expired', 'Nobody opened the stream of this run in time', { isRetryable: true }),
);
const interruptedError = convertToRunError(
  new RunFailure('interrupted', 'The process that executed this run ended before it did', { isRetryable: true }),
);

/**
 * Renews the leases of this process's runs, fails those of all processes that are overdue, and takes what waits, until it is stopped:
 * once that has settled, it asks the database nothing more.
 */
export function startRunUpkeep(options: RunUpkeepOptions): () => Promise<void> {
  const { store, owner, active, leaseMs, fillQueue, logError } = options;
  const maintain = async () => {
    try {
      if (active.size > 0) {
        const until = new Date(Date.now() + leaseMs);
        const lost = await store.runMaintenance.renewLeases(owner, [...active.keys()], until);
        // Among them are those that have just been finished, which nothing can abort any more.
        for (const id of lost) active.get(id)?.abort(leaseLost);
      }
      await store.runMaintenance.failOverdue(expiredError, interruptedError);
    } catch (error) {
      logError(error, 'The leases of runs could not be maintained');
    }
  };
  const cancelRequested = async () => {
    if (active.size === 0) return;
    try {
      for (const id of await store.runMaintenance.findCancelRequests(owner)) active.get(id)?.abort(cancellation);
    } catch (error) {
      // That the database is away is said by the heartbeat, which comes less often.
      if (!(error instanceof UnavailableError)) logError(error, 'Requests to cancel runs could not be read');
    }
  };
  const stops = [repeat(maintain, leaseMs / 3), repeat(cancelRequested, pollMs), repeat(fillQueue, pollMs)];
  return async () => {
    await Promise.all(stops.map((stop) => stop()));
  };
}

/** Calls again and again, but never while the last call is under way, until it is stopped; that waits for the last call. */
function repeat(call: () => Promise<void>, everyMs: number): () => Promise<void> {
  let underWay: Promise<void> | null = null;
  const timer = setInterval(() => {
    underWay ??= call().finally(() => {
      underWay = null;
    });
  }, everyMs).unref();
  return async () => {
    clearInterval(timer);
    await underWay;
  };
}
