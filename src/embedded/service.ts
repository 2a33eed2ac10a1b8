import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { Long } from 'bson';
import { encode } from './bson-document.ts';
import { type Command, namespaceOf } from './command.ts';
import { createCursors } from './cursor.ts';
import { findCommand, runCommand } from './dispatch.ts';
import { errorReply } from './errors.ts';
import { createGroupCommit } from './group-commit.ts';
import { cursorId } from './read-command.ts';
import type { ReadAnswer, ReadRequest } from './reader.ts';
import { openStorage } from './storage.ts';
import { removeExpired } from './time-to-live.ts';
import { decodeCommand, type Request } from './wire.ts';

/** Answers requests: writes in groups, reads here while they are short, else in the reader thread. */
export interface Service {
  answer(request: Request): Promise<Buffer>;
  close(): Promise<void>;
}

/** How long a read may hold up the writer's thread before it starts again in the reader's. */
const readBudgetMs = 5;
const sweepMs = 60_000;

class BudgetExceeded extends Error {}

export async function createService(path: string): Promise<Service> {
  const storage = openStorage(path, { readOnly: false });
  const cursors = createCursors(0);
  const commits = createGroupCommit(storage);
  const reader = new Worker(new URL('./reader.ts', import.meta.url), { workerData: { path } });
  await once(reader, 'online');
  const pending = new Map<number, (reply: Buffer) => void>();
  let lastId = 0;
  reader.on('message', ({ id, reply }: ReadAnswer) => {
    pending.get(id)?.(Buffer.from(reply.buffer, reply.byteOffset, reply.byteLength));
    pending.delete(id);
  });
  const readElsewhere = (database: string, body: Uint8Array) =>
    new Promise<Buffer>((resolve) => {
      lastId += 1;
      pending.set(lastId, resolve);
      reader.postMessage({ id: lastId, database, body } satisfies ReadRequest);
    });

  let isSweeping = false;
  const sweep = async () => {
    cursors.sweep();
    if (isSweeping) return;
    isSweeping = true;
    try {
      await removeExpired(storage, commits, new Date());
    } finally {
      isSweeping = false;
    }
  };
  // A sweep that fails has removed nothing; the next one tries again.
  const sweepQuietly = () => void sweep().catch(() => undefined);
  setImmediate(sweepQuietly);
  const timer = setInterval(sweepQuietly, sweepMs);

  const killCursors = async (command: Command, body: Uint8Array) => {
    const { namespace } = namespaceOf(command);
    const ids = (Array.isArray(command.fields.cursors) ? command.fields.cursors : []).map(cursorId);
    if (ids.some((id) => id % 2n === 1n)) await readElsewhere(command.database, body);
    const killed = ids.filter((id) => id % 2n === 1n || cursors.kill(id));
    return encode({
      cursorsKilled: killed.map((id) => Long.fromBigInt(id)),
      cursorsNotFound: ids.filter((id) => !killed.includes(id)).map((id) => Long.fromBigInt(id)),
      cursorsAlive: [],
      cursorsUnknown: [],
      ns: namespace,
      ok: 1,
    });
  };

  const run = async ({ body, sequences }: Request): Promise<Buffer> => {
    const { fields, documents } = decodeCommand({ body, sequences });
    const name = Object.keys(fields)[0] ?? '';
    const command: Command = { name, database: String(fields.$db ?? 'admin'), fields, documents };
    if (name === 'killCursors') return killCursors(command, body);
    const { kind, definition } = findCommand(command);
    const context = { storage, cursors };
    if (kind === 'write') {
      const reply = await commits.run(() => runCommand(command, definition, context));
      return Buffer.isBuffer(reply) ? reply : encode(reply);
    }
    if (name === 'getMore' && cursorId(fields.getMore) % 2n === 1n) return readElsewhere(command.database, body);
    const end = performance.now() + readBudgetMs;
    const checkBudget = () => {
      if (performance.now() > end) throw new BudgetExceeded();
    };
    try {
      const reply = runCommand(command, definition, context, name === 'getMore' ? undefined : checkBudget);
      return Buffer.isBuffer(reply) ? reply : encode(reply);
    } catch (error) {
      if (error instanceof BudgetExceeded) return readElsewhere(command.database, body);
      throw error;
    }
  };

  return {
    answer: (request) => run(request).catch((error: unknown) => encode(errorReply(error))),
    close: async () => {
      clearInterval(timer);
      commits.flush();
      const exited = once(reader, 'exit');
      reader.postMessage('close');
      await exited;
      storage.close();
    },
  };
}
