import type { Index } from './catalog.ts';
import { isDocument, toNumber } from './document.ts';
import type { GroupCommit } from './group-commit.ts';
import { planQuery } from './query.ts';
import type { Storage } from './storage.ts';

const removedAtOnce = 500;

/** Removes what indexes with `expireAfterSeconds` say is over, a portion at a time, so that other writes come in between. */
export async function removeExpired(storage: Storage, commits: GroupCommit, now: Date): Promise<void> {
  const indexes = storage.catalog
    .all()
    .flatMap((collection) => collection.indexes.map((index) => ({ collection, index })));
  for (const {
    collection: { database, name },
    index,
  } of indexes) {
    if (index.specification.expireAfterSeconds === undefined) continue;
    while ((await commits.run(() => removePortion(storage, database, name, index, now))) === removedAtOnce);
  }
}

function removePortion(storage: Storage, database: string, name: string, { id }: Index, now: Date): number {
  // It may be gone by now.
  const collection = storage.catalog.find(database, name);
  const index = collection?.indexes.find((other) => other.id === id);
  if (!collection || !index) return 0;
  const { expireAfterSeconds, partialFilterExpression: filter } = index.specification;
  const $lt = new Date(now.getTime() - (toNumber(expireAfterSeconds) ?? 0) * 1000);
  // A document with several dates expires with the earliest, which is what matching any element means.
  const conditions = [{ [index.fields[0]?.path ?? '']: { $lt } }, ...(isDocument(filter) ? [filter] : [])];
  const query = planQuery(storage, collection, {
    filter: { $and: conditions },
    limit: removedAtOnce,
    hint: index.name,
  });
  const rows = [...query.rows()];
  for (const { row, raw } of rows) storage.remove(collection, row, raw);
  return rows.length;
}
