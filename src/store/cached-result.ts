import type { Collection } from 'mongodb';
import type { JsonValue } from '../json.ts';
import { decodeRecord, encodeFields, type StoredDocument } from './codec.ts';
import { translateDriverErrors } from './driver-error.ts';
import type { IndexDefinition } from './entity-store.ts';

const codec = { schemaFields: [], jsonFields: ['result'] };

export const cachedResultIndexes: readonly IndexDefinition[] = [
  { key: { expiresAt: 1 }, expireAfterSeconds: 0, reason: 'what is no longer fresh is forgotten' },
  { key: { project: 1, run: 1 }, reason: 'removeOfRuns; removal with the project' },
];

/** The results of one project that may be used again. A key is a hash of everything that the model was given. */
export interface CachedResultStore {
  /** Null where there is none that is fresh. */
  find(key: string): Promise<{ readonly result: JsonValue } | null>;
  /** `run` is the one that made it, with which it goes. */
  put(key: string, result: JsonValue, run: string, expiresAt: Date): Promise<void>;
  /** Whether the caller is to make the result anew: of several who ask until then, one is. */
  claimRefresh(key: string, until: Date): Promise<boolean>;
  removeOfRuns(runs: readonly string[]): Promise<void>;
}

export function createCachedResultStore(collection: Collection<StoredDocument>, project: string): CachedResultStore {
  return {
    async find(key) {
      const filter = { _id: key, project, expiresAt: { $gt: new Date() } };
      const document = await translateDriverErrors(collection.findOne(filter));
      // Only put writes results.
      return document === null ? null : { result: decodeRecord(document, codec).result as JsonValue };
    },
    async put(key, result, run, expiresAt) {
      const fields = encodeFields({ result, run, expiresAt, refreshedUntil: null }, codec);
      await translateDriverErrors(collection.updateOne({ _id: key, project }, { $set: fields }, { upsert: true }));
    },
    async claimRefresh(key, until) {
      const isFree = { $or: [{ refreshedUntil: null }, { refreshedUntil: { $lte: new Date() } }] };
      const call = collection.updateOne({ _id: key, project, ...isFree }, { $set: { refreshedUntil: until } });
      return (await translateDriverErrors(call)).modifiedCount === 1;
    },
    async removeOfRuns(runs) {
      await translateDriverErrors(collection.deleteMany({ project, run: { $in: [...runs] } }));
    },
  };
}
