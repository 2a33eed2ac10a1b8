import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text as readText } from 'node:stream/consumers';

/** A request that arrived, and the means to answer it. */
export interface ReceivedRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  /** The parsed body; null where there was none. */
  readonly body: Readonly<Record<string, unknown>> | null;
  /** Which of the server's sockets it came by: two requests with the same number used one connection. */
  readonly socket: number;
  /** Settles when the client's socket is closed. */
  readonly closed: Promise<void>;
  json(status: number, body: unknown, headers?: Readonly<Record<string, string>>): void;
  text(status: number, body: string, headers?: Readonly<Record<string, string>>): void;
  /** Sends bytes of a stream of any kind; the first ones begin it. */
  write(bytes: string | Uint8Array, contentType: string): void;
  /** Ends the answer, wherever it is. */
  end(): void;
  /** Sends one event of a stream; the first one begins it. */
  event(data: unknown): void;
  /** Sends a piece of text as a chunk of a chat completion. */
  chunk(text: string): void;
  /** Ends the stream as OpenAI does: finish reason, usage, `[DONE]`. */
  done(reason?: string): void;
  /** Cuts the connection in the middle. */
  cut(): void;
}

/** A local server that speaks OpenAI's protocol as far as a test says. */
export interface OpenaiServer {
  /** The base URL, with `/v1`. */
  readonly url: string;
  /** Every request so far, in order. */
  readonly requests: readonly ReceivedRequest[];
  /** The next request that is not answered by `always`. */
  next(): Promise<ReceivedRequest>;
  /** Answers every request from now on. One that is not answered stalls. */
  always(answer: (request: ReceivedRequest) => void): void;
  /** How many connections are open at the moment. */
  openSockets(): number;
  [Symbol.asyncDispose](): Promise<void>;
}

const usage = { prompt_tokens: 11, completion_tokens: 7, total_tokens: 18 };

/** A chat completion, whole. */
export function completion(content: string, reason = 'stop'): unknown {
  return {
    id: 'c1',
    object: 'chat.completion',
    choices: [{ index: 0, message: { role: 'assistant', content }, finish_reason: reason }],
    usage,
  };
}

export async function startOpenaiServer(): Promise<OpenaiServer> {
  const requests: ReceivedRequest[] = [];
  const waiting: ReceivedRequest[] = [];
  const askers: ((request: ReceivedRequest) => void)[] = [];
  let answer: ((request: ReceivedRequest) => void) | null = null;
  let sockets = 0;
  let open = 0;
  /** Of each of its sockets. */
  const known = new WeakMap<object, Pick<ReceivedRequest, 'socket' | 'closed'>>();

  const server = createServer(async (request, response) => {
    const text = await readText(request).catch(() => null);
    // The client left before it had said everything.
    if (text === null) return;
    const received: ReceivedRequest = {
      method: request.method ?? '',
      path: request.url ?? '',
      headers: request.headers,
      body: parseBody(text, request.headers['content-type']),
      ...(known.get(request.socket) ?? { socket: 0, closed: Promise.resolve() }),
      ...createAnswers(response),
    };
    requests.push(received);
    const asker = askers.shift();
    if (answer !== null) answer(received);
    else if (asker !== undefined) asker(received);
    else waiting.push(received);
  });
  server.on('connection', (socket) => {
    sockets += 1;
    open += 1;
    socket.once('close', () => {
      open -= 1;
    });
    known.set(socket, { socket: sockets, closed: new Promise((resolve) => socket.once('close', () => resolve())) });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  // It listens on a port, so it has one.
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/v1`,
    requests,
    next: () => {
      const first = waiting.shift();
      return first === undefined ? new Promise((resolve) => askers.push(resolve)) : Promise.resolve(first);
    },
    always(newAnswer) {
      answer = newAnswer;
    },
    openSockets: () => open,
    async [Symbol.asyncDispose]() {
      if (!server.listening) return;
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

function parseBody(text: string, contentType = ''): ReceivedRequest['body'] {
  if (text === '') return null;
  return contentType.startsWith('application/x-www-form-urlencoded')
    ? Object.fromEntries(new URLSearchParams(text))
    : JSON.parse(text);
}

function createAnswers(response: ServerResponse) {
  const send = (status: number, body: string, headers: Readonly<Record<string, string>>) => {
    response.writeHead(status, headers);
    response.end(body);
  };
  const write = (bytes: string | Uint8Array, contentType: string) => {
    if (!response.headersSent) response.writeHead(200, { 'content-type': contentType });
    response.write(bytes);
  };
  const event = (data: unknown) =>
    write(`data: ${typeof data === 'string' ? data : JSON.stringify(data)}\n\n`, 'text/event-stream; charset=utf-8');
  return {
    json: (status: number, body: unknown, headers = {}) =>
      send(status, JSON.stringify(body), { 'content-type': 'application/json', ...headers }),
    text: (status: number, body: string, headers = {}) =>
      send(status, body, { 'content-type': 'text/plain', ...headers }),
    write,
    end: () => void response.end(),
    event,
    chunk: (text: string) => event({ choices: [{ index: 0, delta: { content: text }, finish_reason: null }] }),
    done(reason = 'stop') {
      event({ choices: [{ index: 0, delta: {}, finish_reason: reason }] });
      event({ choices: [], usage });
      event('[DONE]');
      response.end();
    },
    cut: () => void response.socket?.destroy(),
  };
}
