import { manyKeys } from './check-time.ts';
import type { Command } from './command.ts';
import { createCursors } from './cursor.ts';
import { findCommand, runCommand } from './dispatch.ts';
import { encode } from './document.ts';
import { errorReply } from './errors.ts';
import { createGroupCommit } from './group-commit.ts';
import { createReaderClient } from './reader-client.ts';
import { openStorage } from './storage.ts';
import { removeExpired } from './time-to-live.ts';
import { decodeCommand, type Request } from './wire.ts';

/** Answers requests: writes in groups, short reads here, all others in the reader's thread. */
export interface Service {
  answer(request: Request): Promise<Buffer>;
  close(): Promise<void>;
}

/** How long a read may hold up the writer's thread before it starts again in the reader's. */
const readBudgetMs = 5;
const sweepMs = 60_000;

/** A read takes too long here, or leaves a cursor behind. */
class NotShort extends Error {}

/** Opens the database file, for writing here and for reading in a thread of its own. */
export function createService(path: string): Service {
  const storage = openStorage(path, { readOnly: false });
  const commits = createGroupCommit(storage);
  const reader = createReaderClient(path);
  const notShort = () => new NotShort();
  const context = { storage, cursors: createCursors(0, notShort) };

  const run = async ({ body, sequences }: Request): Promise<Buffer> => {
    const fields = decodeCommand({ body, sequences });
    const command: Command = { name: Object.keys(fields)[0] ?? '', database: String(fields.$db ?? 'admin'), fields };
    const { kind, definition } = findCommand(command);
    if (kind === 'write') return commits.run(() => runCommand(command, definition, context));
    if (kind === 'cursor') return reader.read(command.database, body);
    const end = performance.now() + readBudgetMs;
    try {
      return runCommand(command, definition, context, (keys = 0) => {
        if (keys >= manyKeys || performance.now() > end) throw notShort();
      });
    } catch (error) {
      if (error instanceof NotShort) return reader.read(command.database, body);
      throw error;
    }
  };

  let sweep: Promise<void> | undefined;
  const startSweep = () => {
    // A sweep that fails has removed nothing; the next one tries again.
    sweep ??= removeExpired(storage, commits, new Date())
      .catch(() => undefined)
      .finally(() => {
        sweep = undefined;
      });
  };
  startSweep();
  const timer = setInterval(startSweep, sweepMs);

  return {
    answer: (request) => run(request).catch((error: unknown) => encode(errorReply(error))),
    close: async () => {
      clearInterval(timer);
      await sweep;
      commits.flush();
      await reader.close();
      storage.close();
    },
  };
}
