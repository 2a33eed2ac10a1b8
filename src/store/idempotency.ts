import type { Collection } from 'mongodb';
import type { StoredDocument } from './codec.ts';
import { translateDriverErrors } from './driver-error.ts';
import { createId, type IndexDefinition } from './entity-store.ts';

/** Which run a request with an idempotency key is, and a hash of what was asked for. */
export interface Reservation {
  readonly run: string;
  readonly body: string;
}

const keptForSeconds = 24 * 60 * 60;

export const idempotencyIndexes: readonly IndexDefinition[] = [
  { key: { createdAt: 1 }, expireAfterSeconds: keptForSeconds, reason: 'keys are forgotten after a day' },
  { key: { project: 1, run: 1 }, reason: 'removeOfRuns' },
];

/**
 * The idempotency keys of one project. A key is bound to a run's id before the run is recorded, so that of several calls with
 * one key only one can record it, and one that comes after a crash in between records it under the same id.
 */
export interface IdempotencyStore {
  /** `key` is a hash of everything that the key is unique within. */
  find(key: string): Promise<Reservation | null>;
  /** Binds the key to a new run's id, unless it is bound already; answers with what it is bound to. */
  reserve(key: string, body: string): Promise<Reservation>;
  /** With their runs gone, keys mean nothing. */
  removeOfRuns(runs: readonly string[]): Promise<void>;
}

export function createIdempotencyStore(collection: Collection<StoredDocument>, project: string): IdempotencyStore {
  // Only reserve writes this collection.
  const read = (document: StoredDocument): Reservation => ({ run: document.run, body: document.body });
  return {
    async find(key) {
      const document = await translateDriverErrors(collection.findOne({ _id: key, project }));
      return document && read(document);
    },
    async reserve(key, body) {
      const reservation = { body, run: createId() };
      const call = collection.findOneAndUpdate(
        { _id: key, project },
        { $setOnInsert: { ...reservation, createdAt: new Date() } },
        { upsert: true, returnDocument: 'after' },
      );
      const document = await translateDriverErrors(call);
      return document === null ? reservation : read(document);
    },
    async removeOfRuns(runs) {
      await translateDriverErrors(collection.deleteMany({ project, run: { $in: [...runs] } }));
    },
  };
}
