import type { Collection } from 'mongodb';
import type { StoredDocument } from './codec.ts';
import { translateDriverErrors } from './driver-error.ts';
import type { IndexDefinition } from './entity-store.ts';
import { readCursor } from './read-cursor.ts';

/** Some chunks of a run's stream, in order: what came between two writes of the log. */
export interface RunEventBatch {
  readonly run: string;
  readonly epoch: number;
  /** The number of the first chunk; they count from 1 in each epoch. */
  readonly first: number;
  readonly chunks: readonly string[];
}

/** How many batches of the log are in memory for a reader. */
const batchSize = 16;

export const runEventIndexes: readonly IndexDefinition[] = [
  { key: { project: 1, run: 1, epoch: 1, first: 1 }, reason: "findAfter: a run's log in order" },
];

/** The stored event log of one project's runs. */
export interface RunEventStore {
  append(batch: RunEventBatch): Promise<void>;
  /** The batches that have chunks beyond a place, in order, a few at a time: a slow reader's stay in the database. */
  findAfter(run: string, place: { readonly epoch: number; readonly number: number }): AsyncIterable<RunEventBatch>;
}

export function createRunEventStore(collection: Collection<StoredDocument>, project: string): RunEventStore {
  return {
    async append({ run, epoch, first, chunks }) {
      const last = first + chunks.length - 1;
      await translateDriverErrors(
        collection.insertOne({
          _id: `${run}:${epoch}:${first}`,
          project,
          run,
          epoch,
          first,
          last,
          chunks: [...chunks],
          createdAt: new Date(),
        }),
      );
    },
    async *findAfter(run, { epoch, number }) {
      const beyond = { $or: [{ epoch, last: { $gt: number } }, { epoch: { $gt: epoch } }] };
      const found = collection.find({ ...beyond, project, run }, { batchSize }).sort({ epoch: 1, first: 1 });
      // Only append writes this collection.
      for await (const document of readCursor(found)) yield document as unknown as RunEventBatch;
    },
  };
}
