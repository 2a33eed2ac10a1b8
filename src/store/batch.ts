import DataLoader from 'dataloader';
import { MongoBulkWriteError } from 'mongodb';
import { UnavailableError } from '../errors.ts';
import { translateDriverErrors } from './driver-error.ts';

/** More than that goes in several calls. */
const batchMax = 500;

/**
 * Calls of different requests that come in one turn of the event loop are made in one. They wait for the end of the turn, so none is
 * answered with what was read before it was asked. `run` answers in the order of its requests; an error is of that request alone.
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

/** Writes of one kind. */
export interface BatchWrite<Write, Answer> {
  /** Makes several in one command, each whatever becomes of the others: an unordered `insertMany` or `bulkWrite`. */
  together(writes: readonly Write[]): Promise<unknown>;
  /** What became of one that was made together with others. */
  answer(write: Write): Answer | Promise<Answer>;
  /** Makes one, which is told what is in its way; the command of several only tells that something is. */
  alone(write: Write): Promise<Answer>;
}

/** Makes writes in batches. Throws an UnavailableError where nobody knows what was written. */
export function writeInBatches<Write, Answer>(kind: BatchWrite<Write, Answer>): (write: Write) => Promise<Answer> {
  return inBatches(async (writes: readonly Write[]) => {
    const refused = writes.length === 1 ? new Set(writes) : await findRefused(writes, kind.together(writes));
    const answer = async (write: Write) => (refused.has(write) ? kind.alone(write) : kind.answer(write));
    return Promise.all(writes.map((write) => answer(write).catch(toError)));
  });
}

/** The writes that a command refused. */
async function findRefused<Write>(writes: readonly Write[], command: Promise<unknown>): Promise<ReadonlySet<Write>> {
  const refused = command.then(
    () => [],
    (error: unknown) => {
      // Nothing was sent, because one of them cannot be.
      if (!(error instanceof MongoBulkWriteError)) return writes;
      const indexes = [error.writeErrors].flat().map(({ index }) => index);
      // The driver (7.9) has packed what was wrong, most often the connection, into the error of the batch.
      if (indexes.length === 0)
        throw new UnavailableError('The database cannot be reached at the moment; try again', error);
      return indexes.flatMap((index) => writes[index] ?? []);
    },
  );
  return new Set(await translateDriverErrors(refused));
}

export function toError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
