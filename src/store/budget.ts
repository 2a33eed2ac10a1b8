import type { Collection } from 'mongodb';
import type { StoredDocument } from './codec.ts';
import { translateDriverErrors } from './driver-error.ts';
import type { IndexDefinition } from './entity-store.ts';

/** How much may be used, of a project or a key; null: as much as they like. Days and months are those of UTC. */
export interface Budget {
  readonly tokensPerDay: number | null;
  readonly tokensPerMonth: number | null;
  /** In the currency of the project's prices. */
  readonly costPerDay: number | null;
  readonly costPerMonth: number | null;
}

export const noBudget: Budget = { tokensPerDay: null, tokensPerMonth: null, costPerDay: null, costPerMonth: null };

/** What was used. */
export interface Usage {
  readonly tokens: number;
  readonly cost: number;
}

/** What a project or a key used in the current day and month. */
export interface CurrentUsage {
  readonly day: Usage;
  readonly month: Usage;
}

export const usageIndexes: readonly IndexDefinition[] = [
  { key: { expiresAt: 1 }, expireAfterSeconds: 0, reason: 'what was used long ago is forgotten' },
  { key: { project: 1 }, reason: 'removal with the project' },
];

/** Counts what is used of budgets. A count changes by atomic increments, so that no process forgets what another one adds. */
export interface UsageStore {
  /** Adds to what each of the holders (projects, keys) used up to now. */
  add(project: string, holders: readonly string[], usage: Usage): Promise<void>;
  /** In the order of the holders. */
  read(holders: readonly string[]): Promise<CurrentUsage[]>;
}

/** Longer than a month, so that a count outlives its month. */
const keptForMs = 40 * 24 * 60 * 60 * 1000;

export function createUsageStore(collection: Collection<StoredDocument>): UsageStore {
  return {
    async add(project, holders, { tokens, cost }) {
      const { day, month } = nameCurrentPeriods();
      const expiresAt = new Date(Date.now() + keptForMs);
      const operations = holders.flatMap((holder) =>
        [day, month].map((period) => ({
          updateOne: {
            filter: { _id: `${holder}/${period}` },
            update: { $inc: { tokens, cost }, $set: { project, expiresAt } },
            upsert: true,
          },
        })),
      );
      if (operations.length > 0) await translateDriverErrors(collection.bulkWrite(operations, { ordered: false }));
    },
    async read(holders) {
      const { day, month } = nameCurrentPeriods();
      const ids = holders.flatMap((holder) => [`${holder}/${day}`, `${holder}/${month}`]);
      const documents = await translateDriverErrors(collection.find({ _id: { $in: ids } }).toArray());
      const find = (holder: string, period: string): Usage => {
        // Only add writes this collection.
        const document = documents.find(({ _id }) => _id === `${holder}/${period}`);
        return { tokens: document?.tokens ?? 0, cost: document?.cost ?? 0 };
      };
      return holders.map((holder) => ({ day: find(holder, day), month: find(holder, month) }));
    },
  };
}

function nameCurrentPeriods(): { day: string; month: string } {
  const now = new Date().toISOString();
  return { day: now.slice(0, 10), month: now.slice(0, 7) };
}
