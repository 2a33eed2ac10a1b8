import { parentPort, workerData } from 'node:worker_threads';
import { createCursors } from './cursor.ts';
import { findCommand, runCommand } from './dispatch.ts';
import { encode } from './document.ts';
import { DatabaseError, errorReply } from './errors.ts';
import { openStorage } from './storage.ts';
import { decodeCommand } from './wire.ts';

/** The reader thread: does the reads that are long, on a connection of its own, each on one snapshot of the data. */

/** What the writer's thread asks: a command's document. The answer has the same id. */
export interface ReadRequest {
  readonly id: number;
  readonly database: string;
  readonly body: Uint8Array;
}

export interface ReadAnswer {
  readonly id: number;
  readonly reply: Uint8Array;
}

const { path } = workerData as { path: string };
const storage = openStorage(path, { readOnly: true });
const cursors = createCursors(5_000, () => new DatabaseError(2, 'too many cursors are open'));
setInterval(() => cursors.sweep(), 60_000).unref();

function read({ database, body }: ReadRequest): Buffer {
  try {
    const fields = decodeCommand({ body, sequences: new Map() });
    const command = { name: Object.keys(fields)[0] ?? '', database, fields };
    const { definition } = findCommand(command);
    storage.exec('BEGIN');
    try {
      storage.catalog.refresh();
      return runCommand(command, definition, { storage, cursors });
    } finally {
      storage.exec('COMMIT');
    }
  } catch (error) {
    return encode(errorReply(error));
  }
}

parentPort?.on('message', (request: ReadRequest | 'close') => {
  if (request === 'close') {
    storage.close();
    parentPort?.close();
    return;
  }
  const answer: ReadAnswer = { id: request.id, reply: read(request) };
  parentPort?.postMessage(answer);
});
