import type { Collection } from 'mongodb';
import { ConflictError } from '../errors.ts';
import type { StoredDocument } from './codec.ts';
import { translateDriverErrors } from './driver-error.ts';
import type { IndexDefinition } from './entity-store.ts';
import type { StreamPart } from './run-record.ts';

/** Some parts of a run's stream, in order: what came between two writes of the log. */
export interface RunEventBatch {
  readonly run: string;
  readonly epoch: number;
  /** The number of the first part; they count from 1 in each epoch. */
  readonly first: number;
  readonly chunks: readonly StreamPart[];
}

/** How many batches of the log are read at once. */
const batchesMax = 16;

export const runEventIndexes: readonly IndexDefinition[] = [
  { key: { project: 1, run: 1, epoch: 1, first: 1 }, reason: "findAfter: a run's log in order" },
];

/** The stored event log of one project's runs. */
export interface RunEventStore {
  /** May be called again with the same batch. */
  append(batch: RunEventBatch): Promise<void>;
  /** The next few batches that have chunks beyond a place, in order: a slow reader's stay in the database. */
  findAfter(run: string, place: { readonly epoch: number; readonly number: number }): Promise<RunEventBatch[]>;
  removeOfRuns(runs: readonly string[]): Promise<void>;
}

export function createRunEventStore(collection: Collection<StoredDocument>, project: string): RunEventStore {
  return {
    async append({ run, epoch, first, chunks }) {
      const last = first + chunks.length - 1;
      const batch = { project, run, epoch, first, last, chunks: [...chunks], createdAt: new Date() };
      const insertion = collection.insertOne({ _id: `${run}:${epoch}:${first}`, ...batch });
      await translateDriverErrors(insertion).catch((error: unknown) => {
        // It was written before, and the answer was lost.
        if (!(error instanceof ConflictError)) throw error;
      });
    },
    async findAfter(run, { epoch, number }) {
      const beyond = { $or: [{ epoch, last: { $gt: number } }, { epoch: { $gt: epoch } }] };
      const cursor = collection
        .find({ ...beyond, project, run })
        .sort({ epoch: 1, first: 1 })
        .limit(batchesMax);
      const documents = await translateDriverErrors(cursor.toArray());
      // Only append writes this collection.
      return documents.map((document) => document as unknown as RunEventBatch);
    },
    async removeOfRuns(runs) {
      await translateDriverErrors(collection.deleteMany({ project, run: { $in: [...runs] } }));
    },
  };
}
