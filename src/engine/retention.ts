import { setTimeout as delay } from 'node:timers/promises';
import { removeInPortions } from '../store/run-removal.ts';
import type { Store } from '../store/store.ts';

export interface RetentionOptions {
  readonly store: Store;
  /** For projects that say nothing themselves; null: their runs are kept for ever. */
  readonly retentionDays: number | null;
  readonly logError: (error: unknown, message: string) => void;
}

export interface Retention {
  /** Ends it after the portion that is being removed. */
  close(): Promise<void>;
}

const everyMs = 60 * 60 * 1000;
const dayMs = 24 * 60 * 60 * 1000;

/**
 * Removes the finished runs that are older than their project, or else the process, keeps them, and files that a day ago nobody
 * had a use for: now, and every hour. Several processes may do so at the same time.
 */
export function startRetention({ store, retentionDays, logError }: RetentionOptions): Retention {
  const closing = new AbortController();
  const { signal } = closing;
  const work = async () => {
    while (!signal.aborted) {
      await store.fileMaintenance
        .removeUnclaimed(new Date(Date.now() - dayMs))
        .catch((error: unknown) => logError(error, 'Files that nobody uses could not be removed'));
      await removeExpired(store, retentionDays, signal).catch((error: unknown) =>
        logError(error, 'Old runs could not be removed'),
      );
      await delay(everyMs, undefined, { signal, ref: false }).catch(() => undefined);
    }
  };
  const done = work();
  return {
    close() {
      closing.abort();
      return done;
    },
  };
}

async function removeExpired(store: Store, retentionDays: number | null, signal: AbortSignal): Promise<void> {
  for (const project of await store.tenancy.findProjects()) {
    const days = project.retentionDays ?? retentionDays;
    if (days === null) continue;
    const to = new Date(Date.now() - days * dayMs);
    const projectStore = store.forProject(project.id);
    const filter = { createdAt: { to }, status: ['completed', 'failed', 'cancelled'] } as const;
    await removeInPortions(projectStore, (limit) => projectStore.runs.findRemovable(filter, limit), signal);
  }
}
