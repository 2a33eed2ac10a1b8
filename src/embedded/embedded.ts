import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { WorkerMessage, WorkerOptions } from './worker.ts';

/** The database that serves while no MongoDB is configured: its wire protocol, over SQLite, in a thread of this process. */
export interface EmbeddedDatabase {
  /** For the driver. */
  readonly uri: string;
  /** Finishes what is being written and lets the folder go. */
  close(): Promise<void>;
}

export interface EmbeddedDatabaseOptions {
  /** The folder that keeps the data; made when missing. One process owns it. */
  readonly dataDir: string;
  /** A loopback port to listen on instead of a private unix socket, behind a password in the URI; 0 for any. */
  readonly port?: number;
  /** The password for `port`; a random one by default. */
  readonly secret?: string;
}

/** A longer path does not fit into a socket's address on every system. */
const maxSocketPathLength = 100;

/**
 * Starts the embedded database in a worker thread. Throws a clear Error ("… is in use by another process (pid N) …")
 * when another process has the folder.
 */
export async function startEmbeddedDatabase(options: EmbeddedDatabaseOptions): Promise<EmbeddedDatabase> {
  const dataDir = resolve(options.dataDir);
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  // mkdtemp makes it for this user alone.
  const socketDir =
    options.port === undefined && process.platform !== 'win32' ? await mkdtemp(join(tmpdir(), 'tv-')) : undefined;
  const socketPath = socketDir === undefined ? undefined : join(socketDir, 'db.sock');
  const secret = options.secret ?? randomBytes(24).toString('hex');
  const usesSocket = socketPath !== undefined && socketPath.length <= maxSocketPathLength;
  const listen = usesSocket ? { socketPath } : { port: options.port ?? 0, secret };
  const worker = new Worker(new URL('./worker.ts', import.meta.url), {
    workerData: { dataDir, listen } satisfies WorkerOptions,
  });
  const removeSocketDir = async () => {
    if (socketDir !== undefined) await rm(socketDir, { recursive: true, force: true });
  };
  try {
    const [message] = (await once(worker, 'message')) as [WorkerMessage];
    if (message.type === 'failed') throw new Error(message.message);
    const uri = usesSocket
      ? `mongodb://${encodeURIComponent(socketPath)}/?directConnection=true`
      : `mongodb://trivium:${encodeURIComponent(secret)}@127.0.0.1:${message.port}/?authMechanism=PLAIN&directConnection=true`;
    let closed: Promise<void> | undefined;
    const close = async () => {
      const exited = once(worker, 'exit');
      worker.postMessage('close');
      await exited;
      await removeSocketDir();
    };
    return {
      uri,
      close: () => {
        closed ??= close();
        return closed;
      },
    };
  } catch (error) {
    await worker.terminate();
    await removeSocketDir();
    throw error;
  }
}
