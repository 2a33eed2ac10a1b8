import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import { encode } from './document.ts';
import { DatabaseError, errorReply } from './errors.ts';
import { authenticate } from './handshake-command.ts';
import { acquireLock } from './lock.ts';
import { createService, type Service } from './service.ts';
import { createMessageReader, decodeCommand, encodeReply, parseRequest, type Request } from './wire.ts';

/** The server's thread: sockets, one service behind them, and the lock on the folder. */

/** Where to listen: on a unix socket, or on a loopback port behind a secret. */
export interface WorkerOptions {
  readonly dataDir: string;
  readonly listen: { readonly socketPath: string } | { readonly port: number; readonly secret: string };
}

export type WorkerMessage =
  | { readonly type: 'listening'; readonly port: number | undefined }
  | { readonly type: 'failed'; readonly message: string };

const { dataDir, listen } = workerData as WorkerOptions;

function serve(server: Server, service: Service): Set<Socket> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.setNoDelay(true);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    let isTrusted = 'socketPath' in listen;
    let last = Promise.resolve();
    const answer = (request: Request) => {
      if (isTrusted || !('secret' in listen)) return service.answer(request);
      try {
        const fields = decodeCommand(request);
        const [name = ''] = Object.keys(fields);
        if (['hello', 'ismaster', 'isMaster'].includes(name)) return service.answer(request);
        if (name !== 'saslStart') throw new DatabaseError(13, 'Command requires authentication');
        const reply = authenticate(fields, listen.secret);
        isTrusted = true;
        return encode(reply);
      } catch (error) {
        return encode(errorReply(error));
      }
    };
    const read = createMessageReader((message) => {
      const request = parseRequest(message);
      // One after the other, so that a client that does not wait still has its writes done in order.
      last = last.then(async () => {
        const reply = await answer(request);
        if (request.expectsReply && !socket.destroyed) socket.write(encodeReply(request, reply));
      });
    });
    socket.on('data', (chunk: Buffer) => {
      try {
        read(chunk);
      } catch {
        // What is not the protocol has no answer in it.
        socket.destroy();
      }
    });
  });
  return sockets;
}

async function start(): Promise<void> {
  const release = acquireLock(dataDir);
  const service = createService(join(dataDir, 'trivium.sqlite'));
  const server = createServer();
  const sockets = serve(server, service);
  server.listen('socketPath' in listen ? { path: listen.socketPath } : { host: '127.0.0.1', port: listen.port });
  await once(server, 'listening');
  const address = server.address();
  parentPort?.once('message', async () => {
    server.close();
    for (const socket of sockets) socket.destroy();
    await service.close();
    release();
    parentPort?.close();
  });
  parentPort?.postMessage({
    type: 'listening',
    port: typeof address === 'object' ? address?.port : undefined,
  } satisfies WorkerMessage);
}

start().catch((error: unknown) => {
  parentPort?.postMessage({
    type: 'failed',
    message: error instanceof Error ? error.message : String(error),
  } satisfies WorkerMessage);
  parentPort?.close();
});
