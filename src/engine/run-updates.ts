import { encodeCursor, type PageOrder } from '../store/pagination.ts';
import { runOrders } from '../store/run.ts';
import type { RunFilter } from '../store/run-filter.ts';
import type { RunRecord } from '../store/run-record.ts';
import type { ProjectStore } from '../store/store.ts';
import type { RunFeed } from './run-feed.ts';
import { createAbortableIterator } from './run-stream.ts';

export interface RunUpdatesOptions {
  readonly store: ProjectStore;
  readonly feed: RunFeed;
  readonly filter: RunFilter;
  /** What changed from then on comes first; null: nothing of before. */
  readonly since: Date | null;
}

/** How many runs are read at once: all that lies in memory for a reader, however slow it is. */
const batchSize = 25;
/** How many changed runs are remembered for a reader; beyond them it is the time of the change. */
const pendingMax = 1_000;

const order: PageOrder = { ...runOrders.updatedAt, direction: 'ascending' };

/**
 * The runs that fit a filter, as they are created and change, each at least once in its last state. Ends when the reader
 * leaves or the process shuts down.
 */
export function followRunUpdates(options: RunUpdatesOptions): AsyncIterableIterator<RunRecord> {
  return createAbortableIterator((signal) => readUpdates(options, AbortSignal.any([signal, options.feed.closing])));
}

async function* readUpdates(
  { store, feed, filter, since }: RunUpdatesOptions,
  signal: AbortSignal,
): AsyncGenerator<RunRecord> {
  const pending = new Set<string>();
  /** From when on the database is to be asked, because more changed than is remembered. */
  let missedSince: Date | null = since;
  let changed = Promise.withResolvers<void>();
  signal.addEventListener('abort', () => changed.resolve(), { once: true });
  // It is joined before anything is read, so that nothing lies between what was and what comes.
  const leave = await feed.join(store.project, ({ id, updatedAt }) => {
    if (pending.size < pendingMax) pending.add(id);
    else if (missedSince === null || updatedAt < missedSince) missedSince = updatedAt;
    changed.resolve();
  });
  try {
    while (!signal.aborted) {
      if (missedSince !== null) {
        const from: Date = missedSince;
        missedSince = null;
        yield* readChangesSince(store, filter, from, signal);
      } else if (pending.size > 0) {
        const ids = pending.values().take(batchSize).toArray();
        for (const id of ids) pending.delete(id);
        yield* await store.runs.findManyMatching(ids, filter);
      } else {
        await changed.promise;
        changed = Promise.withResolvers();
      }
    }
  } finally {
    leave();
  }
}

async function* readChangesSince(
  { runs }: ProjectStore,
  filter: RunFilter,
  since: Date,
  signal: AbortSignal,
): AsyncGenerator<RunRecord> {
  const beforeAllOfThatTime = { id: '', updatedAt: since };
  let after = encodeCursor(beforeAllOfThatTime, order);
  for (;;) {
    const { items, hasNextPage } = await runs.findPage({ first: batchSize, after }, filter, order);
    yield* items;
    const last = items.at(-1);
    if (!hasNextPage || last === undefined || signal.aborted) return;
    after = encodeCursor(last, order);
  }
}
