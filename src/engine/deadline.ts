import { RunFailure } from '../errors.ts';

/** How long an execution may take, from the start to the first event, between two events, and in all. */
export interface Deadlines {
  readonly firstChunkTimeoutMs: number;
  readonly chunkTimeoutMs: number;
  readonly runTimeoutMs: number;
}

/**
 * Reads what `open` gives with a signal that aborts when a deadline passes or `signal` does; then throws the reason, which
 * for a deadline is a RunFailure `timeout` that says which. The source is closed whichever way the reading ends.
 */
export async function* withDeadlines<T>(
  open: (signal: AbortSignal) => AsyncIterable<T>,
  deadlines: Deadlines,
  signal: AbortSignal,
): AsyncGenerator<T> {
  const controller = new AbortController();
  const expire = (what: string, ms: number) => () => {
    controller.abort(
      new RunFailure('timeout', `The provider took longer than ${ms} ms ${what}`, { isRetryable: true }),
    );
  };
  const { firstChunkTimeoutMs, chunkTimeoutMs, runTimeoutMs } = deadlines;
  const total = setTimeout(expire('in all', runTimeoutMs), runTimeoutMs);
  let pause = setTimeout(expire('to begin its answer', firstChunkTimeoutMs), firstChunkTimeoutMs);
  const both = AbortSignal.any([signal, controller.signal]);
  const aborted = rejectOnAbort(both);
  const iterator = open(both)[Symbol.asyncIterator]();
  let isDone = false;
  try {
    while (true) {
      // A provider that does not listen to its signal must not hold the run.
      const next = await Promise.race([iterator.next(), aborted.promise]);
      clearTimeout(pause);
      if (next.done) {
        isDone = true;
        return;
      }
      yield next.value;
      pause = setTimeout(expire('between two parts of its answer', chunkTimeoutMs), chunkTimeoutMs);
    }
  } finally {
    clearTimeout(total);
    clearTimeout(pause);
    aborted.dispose();
    // Not awaited: a source that ignores its signal would never answer. What it throws now is no longer of interest.
    if (!isDone) void iterator.return?.().catch(() => undefined);
  }
}

function rejectOnAbort(signal: AbortSignal): { promise: Promise<never>; dispose: () => void } {
  const { promise, reject } = Promise.withResolvers<never>();
  const onAbort = () => reject(signal.reason);
  if (signal.aborted) onAbort();
  else signal.addEventListener('abort', onAbort, { once: true });
  // Nobody may be waiting when it happens.
  promise.catch(() => undefined);
  return { promise, dispose: () => signal.removeEventListener('abort', onAbort) };
}
