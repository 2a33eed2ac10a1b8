import type { FastifyReply } from 'fastify';

export interface EventStreamSettings {
  /** The longest silence; proxies close connections on which nothing comes. */
  readonly heartbeatMs: number;
  /** How long a reader may take nothing of what waits for it. */
  readonly stallMs: number;
}

/** What goes to the reader, piece by piece. `return` settles a pending `next`. */
export interface EventStreamBody {
  next(): Promise<{ readonly done?: boolean | undefined; readonly value?: string | Uint8Array | undefined }>;
  return(): Promise<unknown>;
}

export interface EventStreamHead {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
}

/** Sends event streams, each as fast as its reader reads. */
export interface EventStreams {
  /**
   * Sends one, to its end or the reader's. The next piece is asked for when the last one has left the process, so that a slow reader
   * costs one piece; one that takes nothing for `stallMs` is cut off, and so is one whose key is not good any more, which is looked at
   * every `heartbeatMs`.
   */
  send(reply: FastifyReply, head: EventStreamHead, body: EventStreamBody, keyId: string): Promise<void>;
  /** How many are open. */
  count(): number;
}

const heartbeat = ':\n\n';

/** `isGood` says whether a key may still be used. */
export function createEventStreams(
  { heartbeatMs, stallMs }: EventStreamSettings,
  isGood: (keyId: string) => Promise<boolean>,
): EventStreams {
  let open = 0;
  return {
    count: () => open,
    async send(reply, { status, headers }, body, keyId) {
      reply.hijack();
      const response = reply.raw;
      let unsent = 0;
      let hasEnded = false;
      /** Ends the waiting for a write: Node forgets those of a connection that is being closed. */
      let settle = () => {};
      // None while something waits: it would pass for a sign of life of the reader.
      const beat = setTimeout(() => {
        if (unsent === 0) void write(heartbeat);
      }, heartbeatMs);
      const guard = setInterval(async () => {
        // A database that is away is no reason to cut off who may read.
        if (!(await isGood(keyId).catch(() => true))) response.destroy();
      }, heartbeatMs);
      const write = (piece: string | Uint8Array) => {
        unsent += 1;
        const { promise, resolve } = Promise.withResolvers<void>();
        settle = resolve;
        response.write(piece, () => {
          unsent -= 1;
          // The silence begins when the reader has taken it.
          if (!hasEnded) beat.refresh();
          resolve();
        });
        return promise;
      };
      // Node restarts this time whenever some bytes of a write are taken.
      response.setTimeout(stallMs, () => {
        if (unsent > 0) response.destroy();
      });
      // What is written after the reader left is of no interest.
      response.on('error', () => undefined);
      const end = () => {
        hasEnded = true;
        clearTimeout(beat);
        clearInterval(guard);
        settle();
        // Nobody is left who could be told what breaks now.
        body.return().catch(() => undefined);
      };
      response.once('close', end);
      open += 1;
      try {
        response.writeHead(status, { ...getHeaders(reply), ...headers, 'x-accel-buffering': 'no' });
        // Browsers take the answer for begun with its first bytes.
        if (!response.destroyed) await write(heartbeat);
        while (!response.destroyed) {
          const { done, value } = await body.next();
          if (done || value === undefined) break;
          if (!isHeartbeat(value)) await write(value);
        }
        response.end();
      } catch (error) {
        // In the middle of a stream there is no other way to say that something broke.
        response.destroy();
        throw error;
      } finally {
        // A reader that left before this began has closed unheard.
        end();
        open -= 1;
      }
    },
  };
}

/** What plugins have set on the reply. */
function getHeaders(reply: FastifyReply): Record<string, string> {
  return Object.fromEntries(
    Object.entries(reply.getHeaders()).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.join(', ') : String(value),
    ]),
  );
}

/** The libraries' own, at an interval that nobody chose. */
function isHeartbeat(piece: string | Uint8Array): boolean {
  return piece.length === heartbeat.length && Buffer.from(piece).toString() === heartbeat;
}

/** Whether an answer is a stream of events. */
export function isEventStream(response: Response): boolean {
  return response.headers.get('content-type')?.startsWith('text/event-stream') === true;
}

export function readHead({ status, headers }: Response): EventStreamHead {
  return { status, headers: Object.fromEntries(headers) };
}

export function readBody({ body }: Response): EventStreamBody {
  const reader = body?.getReader();
  return {
    next: async () => (await reader?.read()) ?? { done: true },
    return: async () => reader?.cancel(),
  };
}
