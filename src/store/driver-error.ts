import { MongoError, MongoNetworkError, MongoServerError, MongoServerSelectionError } from 'mongodb';
import { ConflictError, QueryTooSlowError, UnavailableError } from '../errors.ts';

const duplicateKey = 11_000;
const maxTimeExpired = 50;

/** An answer that has not come by then will not: a network may lose it without a word. */
const usualAnswerMs = 30_000;

/**
 * Awaits a driver call and turns the driver's errors into the gateway's: a duplicate key is a ConflictError that names the
 * fields, a read beyond its time a QueryTooSlowError, a database that is away an UnavailableError. Everything else is passed on as it is.
 * After `answerMs` without an answer the database is away; null for what may take any time.
 */
export async function translateDriverErrors<T>(call: Promise<T>, answerMs: number | null = usualAnswerMs): Promise<T> {
  const { promise: tooLate, reject } = Promise.withResolvers<never>();
  const noAnswer = () => reject(new UnavailableError('The database does not answer; try again'));
  const timer = answerMs === null ? undefined : setTimeout(noAnswer, answerMs);
  try {
    return await Promise.race([call, tooLate]);
  } catch (error) {
    throw translateDriverError(error);
  } finally {
    clearTimeout(timer);
  }
}

function translateDriverError(error: unknown): unknown {
  if (error instanceof MongoServerError && error.code === duplicateKey) {
    return new ConflictError(describeDuplicate(error.keyValue), error);
  }
  if (error instanceof MongoServerError && error.code === maxTimeExpired) {
    return new QueryTooSlowError('This takes the database too long; narrow it by dates, names or other fields', error);
  }
  if (error instanceof MongoNetworkError || error instanceof MongoServerSelectionError || isClosed(error)) {
    return new UnavailableError('The database cannot be reached at the moment; try again', error);
  }
  return error;
}

/** What Node says of a connection that the other side has ended is passed on by the driver as it is. */
const brokenConnectionCodes = new Set<unknown>(['EPIPE', 'ECONNRESET', 'ERR_STREAM_DESTROYED']);

/** What was asked while the client was being closed, or later. */
const closedNames = new Set([
  'MongoClientClosedError',
  'MongoExpiredSessionError',
  'MongoNotConnectedError',
  'MongoTopologyClosedError',
]);

function isClosed(error: unknown): boolean {
  if (error instanceof Error && 'code' in error && brokenConnectionCodes.has(error.code)) return true;
  return error instanceof MongoError && closedNames.has(error.name);
}

function describeDuplicate(keyValue: unknown): string {
  // Every unique index starts with what it is unique within; only the last field is of interest to the caller.
  const [field, value] = Object.entries(keyValue ?? {}).at(-1) ?? ['key', undefined];
  return `${field === '_id' ? 'id' : field} ${JSON.stringify(value)} is taken`;
}
