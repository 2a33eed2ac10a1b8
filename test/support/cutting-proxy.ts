import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';

/** Stands between clients and a server, and cuts connections in the middle of an event. */
export interface CuttingProxy {
  readonly url: string;
  /** How many connections it has cut. */
  cuts(): number;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Lets each answer have so many events, then a piece of the next; `eventStart` is what they begin with. */
export async function startCuttingProxy(
  target: string,
  eventsPerAnswer: number,
  eventStart = 'event: next',
): Promise<CuttingProxy> {
  const { hostname, port } = new URL(target);
  const sockets = new Set<Socket>();
  let cuts = 0;
  const server = createServer((client) => {
    const upstream = connect({ host: hostname, port: Number(port) });
    let events = 0;
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.once('close', () => {
        sockets.delete(socket);
        other.destroy();
      });
    }
    client.pipe(upstream);
    client.on('data', () => {
      events = 0;
    });
    /** graphql-sse loses whole events that it reads together with a part of one: however many come at once, they are read before it. */
    const cut = async (wholeEvents: Buffer) => {
      cuts += 1;
      upstream.removeAllListeners('data').pause();
      client.write(wholeEvents);
      for (let turns = 0; turns < 10; turns += 1) await nextTurn();
      upstream.destroy();
      client.end(eventStart);
    };
    upstream.on('data', (bytes) => {
      let place = -1;
      do {
        place = bytes.indexOf(eventStart, place + 1);
        if (place >= 0) events += 1;
      } while (place >= 0 && events <= eventsPerAnswer);
      if (place < 0) return void client.write(bytes);
      void cut(bytes.subarray(0, place));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  // It listens on a port, so it has one.
  const { port: ownPort } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${ownPort}`,
    cuts: () => cuts,
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
