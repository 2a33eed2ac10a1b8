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
  const { firstChunkTimeoutMs, chunkTimeoutMs, runTimeoutMs } = deadlines;
  const controller = new AbortController();
  const expire = (what: string, ms: number) =>
    controller.abort(
      new RunFailure('timeout', `The provider took longer than ${ms} ms ${what}`, { isRetryable: true }),
    );
  /** Ends the reading that is under way, if there is one: only then does the time of a pause run. */
  let fail: ((reason: unknown) => void) | null = null;
  const startPause = (what: string, ms: number) => setTimeout(() => fail !== null && expire(what, ms), ms);
  const cancel = () => controller.abort(signal.reason);
  if (signal.aborted) cancel();
  else signal.addEventListener('abort', cancel, { once: true });
  const ending = controller.signal;
  ending.addEventListener('abort', () => fail?.(ending.reason), { once: true });
  const total = setTimeout(() => expire('in all', runTimeoutMs), runTimeoutMs);
  let pause = startPause('to begin its answer', firstChunkTimeoutMs);
  const iterator = open(ending)[Symbol.asyncIterator]();
  // A provider that does not listen to its signal must not hold the run.
  const read = () =>
    new Promise<IteratorResult<T>>((resolve, reject) => {
      fail = reject;
      iterator.next().then(resolve, reject);
      if (ending.aborted) reject(ending.reason);
    });
  let hasBegun = false;
  let isDone = false;
  try {
    while (true) {
      const next = await read();
      fail = null;
      if (next.done) {
        isDone = true;
        return;
      }
      yield next.value;
      if (hasBegun) {
        pause.refresh();
      } else {
        clearTimeout(pause);
        pause = startPause('between two parts of its answer', chunkTimeoutMs);
        hasBegun = true;
      }
    }
  } finally {
    clearTimeout(total);
    clearTimeout(pause);
    signal.removeEventListener('abort', cancel);
    // Not awaited: a source that ignores its signal would never answer. What it throws now is no longer of interest.
    if (!isDone) void iterator.return?.().catch(() => undefined);
  }
}
