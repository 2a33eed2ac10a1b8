import type { Collection, Index } from './catalog.ts';
import type { GroupCommit } from './group-commit.ts';
import { planQuery } from './query.ts';
import type { Storage } from './storage.ts';

const mostRemovedAtOnce = 500;

/** Removes what indexes with `expireAfterSeconds` say is over, a portion at a time, so that other writes come in between. */
export async function removeExpired(storage: Storage, commits: GroupCommit, now: Date): Promise<void> {
  for (const { database, name, indexes } of storage.catalog.all()) {
    for (const index of indexes) {
      if (index.expireAfterSeconds === undefined) continue;
      const before = new Date(now.getTime() - index.expireAfterSeconds * 1000);
      let removed: number;
      do {
        removed = await commits.run(() => {
          const collection = storage.catalog.find(database, name);
          return collection?.indexes.some(({ id }) => id === index.id)
            ? removePortion(storage, collection, index, before)
            : 0;
        });
      } while (removed === mostRemovedAtOnce);
    }
  }
}

function removePortion(storage: Storage, collection: Collection, index: Index, before: Date): number {
  const path = index.fields[0]?.path ?? '';
  // A document with several dates expires with the earliest, which is what matching any element means.
  const filter = { $and: [{ [path]: { $lt: before } }, ...(index.partial ? [index.partial.filter] : [])] };
  const rows = [...planQuery(storage, collection, { filter, limit: mostRemovedAtOnce, hint: index.name }).rows()];
  for (const { row, raw } of rows) storage.remove(collection, row, raw);
  return rows.length;
}
