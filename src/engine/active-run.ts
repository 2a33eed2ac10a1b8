import { RunFailure } from '../errors.ts';
import type { RunError, RunRecord } from '../store/run-record.ts';
import { convertToRunError } from './convert-to-run-error.ts';
import type { RunChannel } from './run-channel.ts';

/** A run that this process executes. */
export interface ActiveRun {
  readonly channel: RunChannel;
  /** The run as it was recorded in the end. */
  readonly finished: Promise<RunRecord>;
  /** Ends the execution; the reason becomes the run's error. */
  abort(reason: RunFailure): void;
  /** Counts somebody who waits for the run, until the function that it answers with is called. */
  addReader(): () => void;
}

export interface ActiveRunOptions {
  readonly channel: RunChannel;
  /** What executes the run until it is finished, or the signal ends it. */
  readonly execute: (signal: AbortSignal) => Promise<RunRecord>;
  /** How long the run waits for readers to come back before it is cancelled; null: it goes on without. */
  readonly disconnectGraceMs: number | null;
  /** Whether somebody waits for it at another process. */
  readonly isWatchedElsewhere: () => Promise<boolean>;
}

function createCancellation(message: string): RunFailure {
  return new RunFailure('cancelled', message, { isRetryable: true });
}

/** How a run ends that somebody cancelled. */
export const cancellation = createCancellation('The run was cancelled');
export const cancelledError: RunError = convertToRunError(cancellation);

/** What the signal of a run says that is over; nobody is told. The platform would make an exception with a stack. */
const over = createCancellation('The run is over');

/** Starts the execution of a run. */
export function startActiveRun(options: ActiveRunOptions): ActiveRun {
  const { channel, execute, disconnectGraceMs, isWatchedElsewhere } = options;
  const controller = new AbortController();
  let readers = 0;
  let timer: NodeJS.Timeout | undefined;

  const cancelUnlessWatched = async () => {
    // A database that is away is no reason to end what somebody may wait for.
    const isWatched = await isWatchedElsewhere().catch(() => true);
    if (readers > 0 || disconnectGraceMs === null) return;
    if (isWatched) scheduleCancellation();
    else controller.abort(createCancellation('Nobody waited for this run any more'));
  };
  const scheduleCancellation = () => {
    if (disconnectGraceMs === null || controller.signal.aborted) return;
    clearTimeout(timer);
    timer = setTimeout(cancelUnlessWatched, disconnectGraceMs).unref();
  };

  const finished = execute(controller.signal).finally(() => {
    controller.abort(over);
    clearTimeout(timer);
    channel.close();
  });
  // Nobody waits yet.
  scheduleCancellation();
  return {
    channel,
    finished,
    abort: (reason) => controller.abort(reason),
    addReader() {
      readers += 1;
      clearTimeout(timer);
      let isCounted = true;
      return () => {
        if (!isCounted) return;
        isCounted = false;
        readers -= 1;
        if (readers === 0) scheduleCancellation();
      };
    },
  };
}

/** Waits for the end of a run, which the signal brings about when it aborts. */
export async function untilFinished(run: ActiveRun, signal: AbortSignal): Promise<RunRecord> {
  const abort = () => run.abort(signal.reason);
  if (signal.aborted) abort();
  signal.addEventListener('abort', abort, { once: true });
  try {
    return await run.finished;
  } finally {
    signal.removeEventListener('abort', abort);
  }
}
