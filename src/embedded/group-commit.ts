import { DatabaseError } from './errors.ts';
import type { Storage } from './storage.ts';

/** Does writes in transactions that they share. */
export interface GroupCommit {
  /** Does `work` with all other work that is waiting, and settles once it is on disk. What `work` throws is its own failure. */
  run<T>(work: () => T): Promise<T>;
  /** Commits what is waiting now. */
  flush(): void;
}

interface Waiting {
  /** Does the work; the function that it gives tells the outcome, once it is on disk. */
  attempt(): () => void;
  reject(error: unknown): void;
}

/**
 * Work that arrives while the one before is being committed waits and goes into one transaction: one sync to disk for
 * all of it. `setImmediate` comes after everything that the sockets had to read.
 *
 * Work throws a DatabaseError before it has written anything of the document that is at fault, so the transaction goes
 * on. Anything else that is thrown (a full disk, a fault of ours) undoes the transaction, and the others are done again
 * one by one.
 */
export function createGroupCommit(storage: Storage): GroupCommit {
  let waiting: Waiting[] = [];

  const commit = (group: readonly Waiting[]) => {
    try {
      storage.exec('BEGIN IMMEDIATE');
      const settlements = group.map(({ attempt }) => attempt());
      storage.exec('COMMIT');
      for (const settle of settlements) settle();
    } catch (error) {
      if (storage.isInTransaction()) storage.exec('ROLLBACK');
      storage.catalog.refresh();
      if (group.length === 1) group[0]?.reject(error);
      else for (const item of group) commit([item]);
    }
  };

  const flush = () => {
    const group = waiting;
    waiting = [];
    if (group.length > 0) commit(group);
  };

  const run = <T>(work: () => T) =>
    new Promise<T>((resolve, reject) => {
      const attempt = () => {
        try {
          const value = work();
          return () => resolve(value);
        } catch (error) {
          if (error instanceof DatabaseError) return () => reject(error);
          throw error;
        }
      };
      if (waiting.length === 0) setImmediate(flush);
      waiting.push({ attempt, reject });
    });
  return { run, flush };
}
