import { randomUUID } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { ExecutionResult } from 'graphql';
import { createHandler, type RequestParams, TOKEN_HEADER_KEY, TOKEN_QUERY_KEY } from 'graphql-sse';
import type { Identity } from '../authentication.ts';
import { NotFoundError, RateLimitedError } from '../errors.ts';
import type { EventStreams } from './event-stream.ts';
import { createPace, type Pace } from './pace.ts';

export interface SingleConnectionOptions {
  readonly streams: EventStreams;
  /** Executes one operation. Does not throw. */
  readonly perform: (params: RequestParams, asker: Asker) => Promise<ExecutionResult | AsyncIterable<ExecutionResult>>;
}

/** Who asked for an operation. */
export interface Asker {
  readonly request: FastifyRequest;
  readonly identity: Identity;
  /** Aborts when nobody reads the event stream any more. */
  readonly signal: AbortSignal;
}

/**
 * The single-connection mode of graphql-sse: PUT reserves an event stream and answers with its token, GET with
 * `accept: text/event-stream` opens it, POST executes an operation whose results go there, DELETE ends one.
 * Without a token each request has an event stream of its own.
 * https://github.com/enisdenjo/graphql-sse/blob/master/PROTOCOL.md
 */
export interface SingleConnection {
  /** Throws a NotFoundError for a token that is another key's or nobody's, a RateLimitedError beyond the limits. */
  handle(request: FastifyRequest, reply: FastifyReply, identity: Identity): Promise<FastifyReply>;
  /** Ends all of its event streams. */
  close(): Promise<void>;
}

/** How long a reserved event stream waits to be opened. */
const reservationMs = 30_000;
/** How many reserved event streams a key may have that are not open. */
const reservationsMax = 100;
/** How many operations may run in one event stream. */
const operationsMax = 100;

interface Stream {
  readonly pace: Pace;
  operations: number;
}

interface ReservedStream extends Stream {
  readonly principal: string;
  /** Ends the reservation; undefined when the stream is open. */
  expiry: NodeJS.Timeout | undefined;
  /** Ends the stream, with all of its operations. */
  end: () => Promise<unknown>;
}

/** What a request brings to graphql-sse's handler. */
interface Caller {
  readonly stream: Stream;
  /** Of the event stream that it is for; null: it has one of its own. */
  readonly token: string | null;
  readonly perform: (params: RequestParams) => ReturnType<SingleConnectionOptions['perform']>;
}

export function createSingleConnection({ streams, perform }: SingleConnectionOptions): SingleConnection {
  const reserved = new Map<string, ReservedStream>();
  const handler = createHandler<undefined, Caller>({
    authenticate: ({ context }) => context.token,
    async onSubscribe({ context: { stream, perform } }, params) {
      stream.operations += 1;
      return stream.pace.results(await perform(params), () => {
        stream.operations -= 1;
      });
    },
  });

  /** graphql-sse forgets an event stream when its reader leaves; of one that is not open, we are the reader. */
  const forget = async (token: string, stream: ReservedStream) => {
    reserved.delete(token);
    stream.pace.close();
    const headers = { get: (name: string) => (name === 'accept' ? 'text/event-stream' : null) };
    const context = { stream, token, perform: () => Promise.resolve({}) };
    const [body] = await handler({ method: 'GET', url: '/', headers, body: null, raw: undefined, context });
    if (typeof body === 'object') await body?.return(undefined);
  };

  const reserve = (principal: string): [string, ReservedStream] => {
    const waiting = reserved.values().filter((stream) => stream.principal === principal && stream.expiry !== undefined);
    if (waiting.toArray().length >= reservationsMax) {
      throw new RateLimitedError(
        `This key has reserved ${reservationsMax} event streams without opening them, which is the most; open them, or wait`,
        reservationMs,
      );
    }
    const token = randomUUID();
    const end = () => forget(token, stream);
    const expiry = setTimeout(end, reservationMs).unref();
    const stream: ReservedStream = { principal, pace: createPace(), operations: 0, expiry, end };
    reserved.set(token, stream);
    return [token, stream];
  };

  const find = (token: string, principal: string): ReservedStream => {
    const stream = reserved.get(token);
    if (stream?.principal !== principal) {
      throw new NotFoundError('There is no event stream with this token for this key; PUT reserves one');
    }
    return stream;
  };

  return {
    async handle(request, reply, identity) {
      const { method, url, headers } = request;
      const principal = identity.principal.id;
      // Clients that reconnect still send the last one when they ask for a new one.
      const presented = method === 'PUT' ? null : readToken(request);
      const [token, stream]: [string | null, Stream | ReservedStream] =
        method === 'PUT'
          ? reserve(principal)
          : presented === null
            ? [null, { pace: createPace(), operations: 0 }]
            : [presented, find(presented, principal)];
      const isOperation = method === 'POST' || (method === 'GET' && headers.accept !== 'text/event-stream');
      if (isOperation && stream.operations >= operationsMax) {
        throw new RateLimitedError(
          `${operationsMax} operations are in progress in this event stream, which is the most`,
          1_000,
        );
      }

      const [body, init] = await handler({
        method,
        url,
        headers: { get: (name) => headers[name]?.toString() },
        // Fastify has parsed it: a JSON object, or graphql-sse says what is wrong with it.
        body: request.body as Record<string, unknown> | null,
        raw: undefined,
        context: {
          stream,
          token,
          perform: (params) => perform(params, { request, identity, signal: stream.pace.signal }),
        },
      });
      reply.status(init.status).headers(init.headers ?? {});
      if (body === null || typeof body === 'string') return reply.send(body ?? undefined);

      const events = stream.pace.body(body);
      if ('expiry' in stream) {
        clearTimeout(stream.expiry);
        stream.expiry = undefined;
        stream.end = events.return;
      }
      try {
        await streams.send(reply, { status: init.status, headers: init.headers ?? {} }, events, principal);
      } finally {
        if (token !== null) reserved.delete(token);
      }
      return reply;
    },
    async close() {
      await Promise.all(
        reserved.values().map((stream) => {
          clearTimeout(stream.expiry);
          return stream.end();
        }),
      );
    },
  };
}

function readToken({ headers, query }: FastifyRequest): string | null {
  const header = headers[TOKEN_HEADER_KEY];
  if (header !== undefined) return header.toString();
  // A query string is an object of strings and lists of strings.
  const token = (query as Readonly<Record<string, string | readonly string[]>>)[TOKEN_QUERY_KEY];
  return typeof token === 'string' ? token : null;
}
