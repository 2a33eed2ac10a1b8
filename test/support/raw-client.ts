import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

export interface RawRequest {
  readonly method: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

/** A client that does with its socket what no HTTP library would. */
export interface RawClient {
  readonly socket: Socket;
  /** Settles with all that came so far, byte by byte, when it has this text. The socket is not read between the calls. */
  readUntil(text: string): Promise<string>;
  [Symbol.dispose](): void;
}

/** Sends one request and reads nothing of the answer yet. */
export async function openRawClient(url: string, request: RawRequest): Promise<RawClient> {
  const { hostname, port } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port) });
  await once(socket, 'connect');
  // A server that cuts the connection is what some tests wait for.
  socket.on('error', () => undefined);
  const body = request.body === undefined ? '' : JSON.stringify(request.body);
  const headers = {
    host: hostname,
    ...(body !== '' && { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(body)) }),
    ...request.headers,
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  socket.write([`${request.method} ${request.path} HTTP/1.1`, ...lines, '', body].join('\r\n'));

  let received = '';
  let changed = Promise.withResolvers<void>();
  const announce = () => {
    changed.resolve();
    changed = Promise.withResolvers();
  };
  socket.on('data', (piece) => {
    received += piece.toString('latin1');
    announce();
  });
  socket.once('close', announce);
  socket.pause();
  return {
    socket,
    async readUntil(text) {
      socket.resume();
      while (!received.includes(text)) {
        if (socket.destroyed) throw new Error(`The connection was closed before ${JSON.stringify(text)} came`);
        await changed.promise;
      }
      socket.pause();
      return received;
    },
    [Symbol.dispose]: () => void socket.destroy(),
  };
}
