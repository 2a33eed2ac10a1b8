import { Readable } from 'node:stream';
import type { RunStreamEvent } from '../../engine/run-stream.ts';

export interface EventStreamOptions {
  /** The bytes of an event. What has none is left out. */
  readonly write: (event: RunStreamEvent) => Promise<Buffer | null>;
  /** The bytes that end the stream where an error does; null: the connection is cut, and the reader comes back. */
  readonly writeError: (error: unknown) => Buffer | null;
  /** After how long a comment says that the stream lives: proxies close those that are silent. */
  readonly heartbeatMs: number;
}

/** Begins the answer at once, and says when to come back after a cut: in milliseconds. */
const opening = Buffer.from('retry: 1000\n\n');
const heartbeat = Buffer.from(': still here\n\n');
const highWaterMark = 16_384;

/**
 * A stream of server-sent events. The next event is asked for when there is room for it, so that a reader who does not read
 * holds no more than that; when the reader leaves, so does the stream.
 */
export function createEventStream(
  events: AsyncIterator<RunStreamEvent>,
  { write, writeError, heartbeatMs }: EventStreamOptions,
): Readable {
  let isWaiting = false;
  const readNext = async (): Promise<Buffer | null> => {
    for (;;) {
      const next = await events.next();
      if (next.done === true) return null;
      const bytes = await write(next.value);
      if (bytes !== null) return bytes;
    }
  };
  const stream = new Readable({
    highWaterMark,
    read() {
      // A heartbeat makes the stream ask again while the last question is open.
      if (isWaiting) return;
      isWaiting = true;
      readNext().then(
        (bytes) => {
          isWaiting = false;
          this.push(bytes);
        },
        (error: unknown) => {
          const bytes = writeError(error);
          if (bytes === null) {
            this.destroy(error instanceof Error ? error : new Error(String(error)));
            return;
          }
          this.push(bytes);
          this.push(null);
        },
      );
    },
    destroy(error, callback) {
      clearInterval(timer);
      const left = events.return?.() ?? Promise.resolve();
      left.then(
        () => callback(error),
        (returnError: Error) => callback(error ?? returnError),
      );
    },
  });
  const timer = setInterval(() => {
    if (isWaiting && stream.readableLength === 0) stream.push(heartbeat);
  }, heartbeatMs).unref();
  stream.push(opening);
  return stream;
}
