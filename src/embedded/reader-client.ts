import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { encode } from './document.ts';
import { DatabaseError, errorReply } from './errors.ts';
import type { ReadAnswer, ReadRequest } from './reader.ts';

/** The reader thread as the writer's sees it. */
export interface ReaderClient {
  /** Has a command read there; the answer may be an error's. */
  read(database: string, body: Uint8Array): Promise<Buffer>;
  close(): Promise<void>;
}

/** Room for the short-lived documents of an aggregation, which a small young generation would copy again and again. */
const resourceLimits = { maxYoungGenerationSizeMb: 128, maxOldGenerationSizeMb: 2048 };

/** Starts the thread when it is first needed. One that breaks (for want of memory, say) fails its reads; the next starts another. */
export function createReaderClient(path: string): ReaderClient {
  const pending = new Map<number, (reply: Buffer) => void>();
  let lastId = 0;

  const start = () => {
    const worker = new Worker(new URL('./reader.ts', import.meta.url), { workerData: { path }, resourceLimits });
    worker.on('message', ({ id, reply }: ReadAnswer) => {
      pending.get(id)?.(Buffer.from(reply.buffer, reply.byteOffset, reply.byteLength));
      pending.delete(id);
    });
    worker.on('error', (error) => {
      for (const resolve of pending.values())
        resolve(encode(errorReply(new DatabaseError(8000, `the reader thread broke: ${String(error)}`))));
      pending.clear();
      reader = undefined;
    });
    return worker;
  };
  let reader: Worker | undefined;

  return {
    read: (database, body) =>
      new Promise((resolve) => {
        lastId += 1;
        pending.set(lastId, resolve);
        // A copy: a part of a buffer would be sent with all of it.
        reader ??= start();
        reader.postMessage({ id: lastId, database, body: Uint8Array.from(body) } satisfies ReadRequest);
      }),
    close: async () => {
      if (!reader) return;
      const exited = once(reader, 'exit');
      reader.postMessage('close');
      await exited;
    },
  };
}
