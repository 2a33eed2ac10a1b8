import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/**
 * Holds a folder for this process until the returned function is called, or until the process ends, however it ends: the
 * lock is SQLite's own on a file of its own, the pid beside it is for the message. Throws when somebody else has the folder.
 */
export function acquireLock(dataDir: string): () => void {
  const pidFile = join(dataDir, 'lock.pid');
  const connection = new DatabaseSync(join(dataDir, 'lock'), { timeout: 0 });
  try {
    connection.exec('PRAGMA journal_mode = DELETE; BEGIN EXCLUSIVE');
  } catch (cause) {
    connection.close();
    // 5 is SQLITE_BUSY; anything else is not about another process.
    if (!(cause instanceof Error && 'errcode' in cause && cause.errcode === 5)) throw cause;
    throw new Error(
      `The data folder ${dataDir} is in use by another process (pid ${readPid(pidFile)}). Stop it, or choose another DATA_DIR.`,
      { cause },
    );
  }
  writeFileSync(pidFile, `${process.pid}\n`);
  return () => connection.close();
}

function readPid(pidFile: string): string {
  try {
    return readFileSync(pidFile, 'utf8').trim();
  } catch {
    // The other process is just starting.
    return 'unknown';
  }
}
