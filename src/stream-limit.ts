import { RateLimitedError } from './errors.ts';
import type { EventStreams } from './event-stream/event-stream.ts';

/** How long who was refused shall wait: streams end when they end. */
const retryAfterMs = 1_000;

/**
 * The same event streams, but of each key at most `maximum` at once; 0 is no limit. `send` throws a RateLimitedError for one more,
 * before anything is sent. A run that was started for it goes on, and its stream can be read from the beginning later.
 */
export function limitEventStreams(streams: EventStreams, maximum: number): EventStreams {
  if (maximum === 0) return streams;
  const open = new Map<string, number>();
  return {
    count: streams.count,
    async send(reply, head, body, keyId) {
      const others = open.get(keyId) ?? 0;
      if (others >= maximum) {
        await body.return();
        const message = `This key has ${maximum} event streams open, which is the most; close one, or try again`;
        throw new RateLimitedError(message, retryAfterMs);
      }
      open.set(keyId, others + 1);
      try {
        await streams.send(reply, head, body, keyId);
      } finally {
        const left = (open.get(keyId) ?? 1) - 1;
        if (left === 0) open.delete(keyId);
        else open.set(keyId, left);
      }
    },
  };
}
