import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

interface ReceivedUpload {
  readonly method: string;
  readonly path: string;
  readonly authorization: string | undefined;
  readonly fields: Readonly<Record<string, string>>;
  readonly files: readonly {
    readonly field: string;
    readonly name: string;
    readonly type: string;
    readonly content: string;
  }[];
}

type Answer = readonly [status: number, body: unknown] | 'cut' | 'stall';

/** A local server that is sent files, and answers as a test says. */
export interface FileServer {
  readonly origin: string;
  readonly requests: readonly ReceivedUpload[];
  /** Answers the next requests, in this order. */
  answer(...answers: Answer[]): void;
  /** Settles when a request stalls. */
  readonly stalled: Promise<void>;
  /** Settles when the client of a request that stalls has left. */
  readonly left: Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

export async function startFileServer(): Promise<FileServer> {
  const requests: ReceivedUpload[] = [];
  const answers: Answer[] = [];
  const stalled = Promise.withResolvers<void>();
  const left = Promise.withResolvers<void>();
  const server = createServer(async (request, response) => {
    requests.push(await readUpload(request));
    const answer = answers.shift() ?? [500, { message: 'The test has no answer' }];
    if (answer === 'cut') {
      response.socket?.destroy();
    } else if (answer === 'stall') {
      stalled.resolve();
      response.socket?.once('close', () => left.resolve());
    } else {
      response.writeHead(answer[0], { 'content-type': 'application/json' });
      response.end(JSON.stringify(answer[1]));
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  // It listens on a port, so it has one.
  const { port } = server.address() as AddressInfo;
  return {
    origin: `http://127.0.0.1:${port}`,
    requests,
    answer: (...more) => void answers.push(...more),
    stalled: stalled.promise,
    left: left.promise,
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

/** Read by Node's own parser of forms. */
async function readUpload(request: IncomingMessage): Promise<ReceivedUpload> {
  const { method = '', url: path = '', headers } = request;
  const common = { method, path, authorization: headers.authorization };
  const bytes = await buffer(request);
  if (bytes.length === 0) return { ...common, fields: {}, files: [] };
  const { 'content-type': type = '' } = headers;
  const entries = [...(await new Response(bytes, { headers: { 'content-type': type } }).formData())];
  const files = entries.flatMap(([field, value]) => (typeof value === 'string' ? [] : [{ field, value }]));
  return {
    ...common,
    fields: Object.fromEntries(entries.flatMap(([name, value]) => (typeof value === 'string' ? [[name, value]] : []))),
    files: await Promise.all(
      files.map(async ({ field, value }) => ({
        field,
        name: value.name,
        type: value.type,
        content: await value.text(),
      })),
    ),
  };
}
