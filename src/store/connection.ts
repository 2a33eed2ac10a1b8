import { createRequire } from 'node:module';
import type { Socket } from 'node:net';

/** The part of the driver's connections that is mended here; the package does not export it. */
interface DriverConnection {
  readonly socket: Socket;
  cleanup(error: Error): void;
}

const { Connection } = createRequire(import.meta.url)('mongodb/lib/cmap/connection.js') as {
  readonly Connection: { readonly prototype: DriverConnection };
};
const { cleanup } = Connection.prototype;

/**
 * Ends, with a connection, the wait of a command that is being written to it. The driver (7.9) waits for the socket to drain or to fail,
 * and a socket that has just been closed does neither: the command was never answered, and where it was the monitor's, the client
 * never found the server again. Woken, it looks at the connection and throws what `cleanup` has noted there.
 */
Connection.prototype.cleanup = function (error) {
  cleanup.call(this, error);
  this.socket.emit('drain');
};
