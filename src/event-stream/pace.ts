import type { ExecutionResult } from 'graphql';
import { isAsyncIterable } from 'graphql-yoga';
import type { EventStreamBody } from './event-stream.ts';
import { withoutInternals } from './result-stream.ts';

/**
 * Holds the operations of one event stream to the pace of its reader: each gives its next result when the reader has taken what there
 * was. graphql-sse itself collects whatever its operations give.
 */
export interface Pace {
  /** What the reader reads, given on as it is; every reading is the operations' turn. */
  body(messages: AsyncGenerator<string>): EventStreamBody;
  /** The results of an operation, when it is its turn; calls back when it has ended. */
  results(
    result: ExecutionResult | AsyncIterable<ExecutionResult>,
    onEnd: () => void,
  ): AsyncGenerator<ExecutionResult, void, void>;
  /** Aborts when it is closed. */
  readonly signal: AbortSignal;
  /** Ends its operations, also those that are still to come. */
  close(): void;
}

export function createPace(): Pace {
  let isTurn = false;
  const closing = new AbortController();
  const waiting = new Set<() => void>();
  const wake = () => {
    for (const resume of waiting) resume();
    waiting.clear();
  };
  const close = () => {
    closing.abort();
    wake();
  };

  return {
    signal: closing.signal,
    close,
    body: (messages) => ({
      next() {
        isTurn = true;
        wake();
        return messages.next();
      },
      return() {
        close();
        return messages.return(undefined);
      },
    }),
    results(result, onEnd) {
      const source = (isAsyncIterable(result) ? result : once(result))[Symbol.asyncIterator]();
      let hasLeft = false;
      let hasEnded = false;
      const end = async () => {
        // Settles a `next` of it that is waiting. What breaks now, nobody is left to be told.
        await source.return?.(undefined).catch(() => undefined);
        if (!hasEnded) onEnd();
        hasEnded = true;
      };
      let resume: (() => void) | undefined;
      const generator = (async function* () {
        try {
          for (;;) {
            while (!isTurn && !closing.signal.aborted && !hasLeft) {
              await new Promise<void>((resolve) => {
                resume = resolve;
                waiting.add(resolve);
              });
            }
            if (closing.signal.aborted || hasLeft) return;
            const { done, value } = await source.next();
            if (done) return;
            isTurn = false;
            yield withoutInternals(value);
          }
        } finally {
          await end();
        }
      })();
      const leave = async () => {
        hasLeft = true;
        resume?.();
        // The generator alone would wait for its source, and one that has not begun would not end it.
        await end();
        return generator.return(undefined);
      };
      return {
        next: () => generator.next(),
        return: leave,
        throw: (error) => generator.throw(error),
        [Symbol.asyncIterator]() {
          return this;
        },
        async [Symbol.asyncDispose]() {
          await leave();
        },
      };
    },
  };
}

async function* once(result: ExecutionResult): AsyncGenerator<ExecutionResult> {
  yield result;
}
