import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/** Holds a folder for this process until `release`, or until the process ends, however it ends. */
export interface Lock {
  release(): void;
}

/**
 * The lock is SQLite's own on a file of its own, which the operating system lets go with the process; the pid beside
 * it is for the message. Throws when another process, or another database of this one, has the folder.
 */
export function acquireLock(dataDir: string): Lock {
  const pidFile = join(dataDir, 'lock.pid');
  const connection = new DatabaseSync(join(dataDir, 'lock'), { timeout: 0 });
  try {
    connection.exec('PRAGMA journal_mode = DELETE; BEGIN EXCLUSIVE');
  } catch (cause) {
    connection.close();
    // 5 is SQLITE_BUSY; anything else is not about another process.
    if (!(cause instanceof Error && 'errcode' in cause && cause.errcode === 5)) throw cause;
    let pid = 'unknown';
    try {
      pid = readFileSync(pidFile, 'utf8').trim();
    } catch {
      /* The other process is just starting. */
    }
    throw new Error(
      `The data folder ${dataDir} is in use by another process (pid ${pid}). Stop it, or choose another DATA_DIR.`,
      { cause },
    );
  }
  writeFileSync(pidFile, `${process.pid}\n`);
  return { release: () => connection.close() };
}
