import { untilSettledOrAborted } from './until-settled.ts';

/**
 * The live end of a run's stream: all chunks since it began, and who waits for the next. Readers hold a place in the one
 * list, not a queue of their own, so that a reader that does not read costs nothing.
 */
export interface RunChannel {
  readonly epoch: number;
  readonly chunks: readonly string[];
  push(chunk: string): void;
  /** Settles every reader; there are no more chunks. */
  close(): void;
  /**
   * The chunks after the first `count`, as they come, with their numbers (from 1); ends when the channel is closed and
   * everything is read, or when the signal aborts.
   */
  read(count: number, signal: AbortSignal): AsyncGenerator<{ readonly number: number; readonly text: string }>;
}

/** `epoch`: which execution of the run it is. */
export function createRunChannel(epoch: number): RunChannel {
  const chunks: string[] = [];
  let isClosed = false;
  let changed = Promise.withResolvers<void>();
  const announce = () => {
    changed.resolve();
    changed = Promise.withResolvers<void>();
  };

  return {
    epoch,
    chunks,
    push(chunk) {
      chunks.push(chunk);
      announce();
    },
    close() {
      isClosed = true;
      announce();
    },
    async *read(count, signal) {
      let index = count;
      while (!signal.aborted) {
        const text = chunks[index];
        if (text !== undefined) {
          index += 1;
          yield { number: index, text };
        } else if (isClosed) {
          return;
        } else {
          await untilSettledOrAborted(changed.promise, signal);
        }
      }
    },
  };
}
