import type { StreamPart } from '../store/run-record.ts';
import { createPartEvent, type RunStreamEvent } from './run-stream.ts';

/**
 * The live end of a run's stream: all parts since it began, and who waits for the next. Readers hold a place in the one
 * list, not a queue of their own, so that a reader that does not read costs nothing.
 */
export interface RunChannel {
  readonly epoch: number;
  readonly parts: readonly RunStreamEvent[];
  push(part: StreamPart): void;
  /** Settles every reader; there are no more parts. */
  close(): void;
  /**
   * The parts after the first `count`, as they come; ends when the channel is closed and everything is read, or when the signal
   * aborts. All readers get the same objects, so that what is made of one can serve all of them.
   */
  read(count: number, signal: AbortSignal): AsyncGenerator<RunStreamEvent>;
}

/** `epoch`: which execution of the run it is. */
export function createRunChannel(run: string, epoch: number): RunChannel {
  const parts: RunStreamEvent[] = [];
  let isClosed = false;
  /** Of each reader, what wakes it. */
  const readers = new Set<() => void>();
  const announce = () => {
    for (const wake of readers) wake();
  };

  return {
    epoch,
    parts,
    push(part) {
      parts.push(createPartEvent(run, { epoch, number: parts.length + 1 }, part));
      announce();
    },
    close() {
      isClosed = true;
      announce();
    },
    async *read(count, signal) {
      let index = count;
      let resume: (() => void) | undefined;
      const wake = () => resume?.();
      readers.add(wake);
      signal.addEventListener('abort', wake, { once: true });
      try {
        while (!signal.aborted) {
          const part = parts[index];
          if (part !== undefined) {
            index += 1;
            yield part;
          } else if (isClosed) {
            return;
          } else {
            await new Promise<void>((resolve) => {
              resume = resolve;
            });
          }
        }
      } finally {
        readers.delete(wake);
        signal.removeEventListener('abort', wake);
      }
    },
  };
}
