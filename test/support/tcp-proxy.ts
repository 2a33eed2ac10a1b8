import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type NetConnectOpts, type Socket } from 'node:net';

/** A way to a server that a test can close: for a network that fails, and a server that is away. */
export interface TcpProxy {
  readonly port: number;
  /** Cuts every connection, and refuses new ones from now on. */
  close(): Promise<void>;
  /** Lets connections through again. */
  open(): Promise<void>;
  /** Cuts the connections that there are. */
  cut(): void;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Listens on a loopback port, and passes everything on to `target`. */
export async function startTcpProxy(target: NetConnectOpts): Promise<TcpProxy> {
  const sockets = new Set<Socket>();
  const server = createServer((downstream) => {
    const upstream = connect(target);
    for (const [socket, other] of [
      [downstream, upstream],
      [upstream, downstream],
    ] as const) {
      sockets.add(socket);
      socket.pipe(other);
      // The other side learns of it by the connection that closes.
      socket.on('error', () => undefined);
      socket.once('close', () => {
        sockets.delete(socket);
        other.destroy();
      });
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  // It listens on a port, so it has one.
  const { port } = server.address() as AddressInfo;
  const cut = () => {
    for (const socket of sockets) socket.destroy();
  };
  const close = async () => {
    if (!server.listening) return;
    const closed = once(server, 'close');
    server.close();
    cut();
    await closed;
  };
  return {
    port,
    cut,
    close,
    async open() {
      server.listen(port, '127.0.0.1');
      await once(server, 'listening');
    },
    [Symbol.asyncDispose]: close,
  };
}
