import type { RunRecord } from './run-record.ts';
import type { ProjectStore } from './store.ts';

/** How many runs are removed at a time, so that other work comes in between. */
const portion = 200;

/** Removes finished runs with everything that belongs to them. */
export async function removeFinishedRuns(store: ProjectStore, finished: readonly RunRecord[]): Promise<void> {
  const ids = finished.map(({ id }) => id);
  await store.runEvents.removeOfRuns(ids);
  await store.idempotencyKeys.removeOfRuns(ids);
  await store.cachedResults.removeOfRuns(ids);
  await store.fileRuns.removeOfRuns(ids);
  await store.files.removeOfOwners(ids);
  // Runs go last: what is interrupted half-way can be asked for again.
  await Promise.all(finished.map((run) => store.runs.remove(run)));
}

/**
 * Removes finished runs a portion at a time: `find` gives the next ones, at most as many as it is asked for. Ends when there
 * are none, or the signal aborts, and answers with how many they were.
 */
export async function removeInPortions(
  store: ProjectStore,
  find: (limit: number) => Promise<readonly RunRecord[]>,
  signal?: AbortSignal,
): Promise<number> {
  let count = 0;
  while (!signal?.aborted) {
    const runs = await find(portion);
    if (runs.length === 0) break;
    await removeFinishedRuns(store, runs);
    count += runs.length;
  }
  return count;
}
