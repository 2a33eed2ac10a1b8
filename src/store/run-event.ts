import type { Collection, Db } from 'mongodb';
import type { StoredDocument } from './codec.ts';
import { translateDriverErrors } from './driver-error.ts';
import type { IndexDefinition } from './entity-store.ts';
import type { StreamPart } from './run-record.ts';

/** Some parts of a run's stream, in order: what came between two writes of the log. */
export interface RunEventBatch {
  readonly project: string;
  readonly run: string;
  readonly epoch: number;
  /** The number of the first part; they count from 1 in each epoch. */
  readonly first: number;
  readonly chunks: readonly StreamPart[];
}

export const runEventCollection = 'run_events';

/** MongoDB's code for a value of a unique index that is taken. */
const duplicateKey = 11_000;

/** How many batches of the log are read at once. */
const batchesMax = 16;

export const runEventIndexes: readonly IndexDefinition[] = [
  { key: { project: 1, run: 1, epoch: 1, first: 1 }, reason: "findAfter: a run's log in order" },
];

/** Writes the event log, of all projects. */
export interface RunEventWriter {
  /** May be called again with the same batches. */
  append(batches: readonly RunEventBatch[]): Promise<void>;
}

export function createRunEventWriter(db: Db): RunEventWriter {
  return {
    async append(batches) {
      const createdAt = new Date();
      const documents = batches.map(({ project, run, epoch, first, chunks }) => {
        const last = first + chunks.length - 1;
        return { _id: `${run}:${epoch}:${first}`, project, run, epoch, first, last, chunks: [...chunks], createdAt };
      });
      // The driver's insertMany hides what went wrong, where that was the connection.
      const insertion = db.command({ insert: runEventCollection, ordered: false, documents });
      const { writeErrors = [] }: { writeErrors?: readonly { readonly code: number; readonly errmsg: string }[] } =
        await translateDriverErrors(insertion);
      // What is there was written before, and the answer was lost.
      const failure = writeErrors.find(({ code }) => code !== duplicateKey);
      if (failure !== undefined) throw new Error(`A part of the event log could not be written: ${failure.errmsg}`);
    },
  };
}

/** The stored event log of one project's runs, to be read. */
export interface RunEventStore {
  /** The next few batches that have chunks beyond a place, in order: a slow reader's stay in the database. */
  findAfter(run: string, place: { readonly epoch: number; readonly number: number }): Promise<RunEventBatch[]>;
  removeOfRuns(runs: readonly string[]): Promise<void>;
}

export function createRunEventStore(collection: Collection<StoredDocument>, project: string): RunEventStore {
  return {
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
