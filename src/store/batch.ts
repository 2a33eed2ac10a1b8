import DataLoader from 'dataloader';
import { type Collection, MongoBulkWriteError } from 'mongodb';
import { UnavailableError } from '../errors.ts';
import type { StoredDocument } from './codec.ts';
import { translateDriverErrors } from './driver-error.ts';

/** More than that goes in several calls. */
const batchMax = 500;

/**
 * Calls of different requests that come in one turn of the event loop are made in one. They wait for the end of the turn, so none is
 * answered with what was read before it was asked. What `run` answers is in the order of its requests; an error is of that request alone.
 */
export function inBatches<Request, Answer>(
  run: (requests: readonly Request[]) => Promise<readonly (Answer | Error)[]>,
): (request: Request) => Promise<Answer> {
  const loader = new DataLoader<Request, Answer>(run, {
    cache: false,
    maxBatchSize: batchMax,
    batchScheduleFn: (dispatch) => setImmediate(dispatch),
  });
  return (request) => loader.load(request);
}

/** Inserts documents, each whatever becomes of the others. The answers are the errors of those that were refused, in their order. */
export async function insertDocuments(
  collection: Collection<StoredDocument>,
  documents: readonly StoredDocument[],
): Promise<(Error | null)[]> {
  // Alone, a document is told what is in its way; together, they are only told that something is.
  const refused = documents.length === 1 ? new Set(documents) : await insertTogether(collection, documents);
  return Promise.all(
    documents.map((document) =>
      refused.has(document) ? translateDriverErrors(collection.insertOne(document)).then(() => null, toError) : null,
    ),
  );
}

/** Answers with those that were not inserted. Throws an UnavailableError where nobody knows. */
async function insertTogether(
  collection: Collection<StoredDocument>,
  documents: readonly StoredDocument[],
): Promise<ReadonlySet<StoredDocument | undefined>> {
  const inserting = collection.insertMany([...documents], { ordered: false }).then(
    () => new Set<StoredDocument>(),
    (error: unknown) => {
      // Nothing was sent, because one of them cannot be.
      if (!(error instanceof MongoBulkWriteError)) return new Set(documents);
      const refused = new Set([error.writeErrors].flat().map(({ index }) => documents[index]));
      // The driver (7.9) has packed what was wrong, most often the connection, into the error of the batch.
      if (refused.size === 0)
        throw new UnavailableError('The database did not take what was to be stored; try again', error);
      return refused;
    },
  );
  return translateDriverErrors(inserting);
}

export function toError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
