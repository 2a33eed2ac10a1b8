import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { type Collection, type Db, GridFSBucket } from 'mongodb';
import { NotFoundError, RequestTooLargeError } from '../errors.ts';
import type { StoredDocument } from './codec.ts';
import { translateDriverErrors } from './driver-error.ts';
import { createEntityStore, type Entity, type IndexDefinition } from './entity-store.ts';

/** A file that is stored as a whole. */
export interface StoredFile extends Entity {
  readonly project: string;
  /** As its sender called it: for people, never a path. */
  readonly name: string;
  /** In bytes. */
  readonly size: number;
  readonly sha256: string;
  /** The id of what uses it (a run, a content); null until something does. */
  readonly owner: string | null;
}

export interface WriteFileOptions {
  readonly name: string;
  readonly maxBytes: number;
  readonly signal?: AbortSignal;
}

/**
 * The files of one project. A file that was written belongs to nobody until it is claimed, and is removed after a day if it
 * never is. Claim with an id that you make before (`createId`) what is to own the file: a crash in between then leaves a
 * file too many, and never a record without its file.
 */
export interface FileStore {
  /**
   * Stores what comes, as it comes: no more of it is in memory than one piece. Throws a RequestTooLargeError beyond
   * `maxBytes`, what `source` throws, and the reason of `signal`; nothing is left of the file then.
   */
  write(source: AsyncIterable<Uint8Array>, options: WriteFileOptions): Promise<StoredFile>;
  /** The bytes. Reading fails with a NotFoundError where there is no such file. */
  open(id: string): Readable;
  findOneById(id: string): Promise<StoredFile | null>;
  /** In no particular order; ids that do not exist are left out. */
  findManyByIds(ids: readonly string[]): Promise<StoredFile[]>;
  findManyByOwner(owner: string): Promise<StoredFile[]>;
  /** The bytes of all files of the project. */
  sumSizes(): Promise<number>;
  /** Makes `owner` the owner of files that have none. Throws a NotFoundError, and claims nothing, unless all are there and free. */
  claim(ids: readonly string[], owner: string): Promise<void>;
  remove(ids: readonly string[]): Promise<void>;
  /** Removes those of them that have no owner. */
  removeUnclaimed(ids: readonly string[]): Promise<void>;
  /** Removes what belongs to any of these. */
  removeOfOwners(owners: readonly string[]): Promise<void>;
}

/** The files of all projects. */
export interface FileMaintenance {
  /** Removes files, whole or in parts, that were begun before then and that nobody claimed. Answers with how many they were. */
  removeUnclaimed(before: Date): Promise<number>;
  removeOfProject(project: string): Promise<void>;
}

export const fileIndexes: Readonly<Record<string, readonly IndexDefinition[]>> = {
  files: [
    { key: { project: 1, owner: 1 }, reason: 'findManyByOwner, removeOfOwners, removeOfProject, sumSizes' },
    { key: { owner: 1, createdAt: 1 }, reason: 'removeUnclaimed, over all projects' },
  ],
};

/** Only what is complete can be found; the record is there from the first byte, so that what is cut off is found and removed. */
type FileRecord = StoredFile & { readonly isComplete: boolean };

const plain = { schemaFields: [], jsonFields: [] };
const bucketName = 'file_contents';
/** How many files are removed at a time. */
const portion = 100;
/** How long that may take: they may be large. */
const removalMs = 600_000;

/** Where the bytes lie; one of them, because the driver looks for its indexes once for each. */
export function createFileBucket(db: Db): GridFSBucket {
  return new GridFSBucket(db, { bucketName });
}

export function createFileStore(db: Db, bucket: GridFSBucket, project: string): FileStore {
  const collection: Collection<StoredDocument> = db.collection('files');
  const records = createEntityStore<FileRecord>(collection, plain, project);
  const files = createEntityStore<StoredFile>(collection, plain, project, { isComplete: true });

  const receive = async (
    id: string,
    source: AsyncIterable<Uint8Array>,
    { name, maxBytes, signal }: WriteFileOptions,
  ) => {
    // The driver's types know ObjectIds only; GridFS takes any id.
    const content = bucket.openUploadStreamWithId(id as never, id);
    const hash = createHash('sha256');
    let size = 0;
    for await (const bytes of untilAborted(source, signal)) {
      size += bytes.byteLength;
      if (size > maxBytes) {
        const message = `The file ${JSON.stringify(name)} has more than the ${maxBytes} bytes that are allowed`;
        throw new RequestTooLargeError('fileBytes', message);
      }
      hash.update(bytes);
      // One at a time: when anything fails, nothing is on its way to the database any more.
      const written = new Promise<void>((resolve, reject) => {
        content.once('error', reject);
        content.write(bytes, (error) => {
          content.off('error', reject);
          if (error) reject(error);
          else resolve();
        });
      });
      await translateDriverErrors(written);
    }
    const finished = new Promise<void>((resolve, reject) => content.once('finish', resolve).once('error', reject));
    content.end();
    await translateDriverErrors(finished);
    return { size, sha256: hash.digest('hex') };
  };

  const remove = (found: readonly StoredFile[]) =>
    removeFiles(
      db,
      found.map(({ id }) => id),
    );

  return {
    async write(source, options) {
      const { name } = options;
      const { id } = await records.insert({ name, size: 0, sha256: '', owner: null, isComplete: false });
      try {
        const { size, sha256 } = await receive(id, source, options);
        const record = await records.update(id, { size, sha256, isComplete: true });
        if (record === null) throw new Error('A file was removed while it was written');
        const { isComplete: _isComplete, ...file } = record;
        return file;
      } catch (error) {
        // Where this fails too, the sweep comes by later.
        await removeFiles(db, [id]).catch(() => undefined);
        throw error;
      }
    },
    open(id) {
      async function* read() {
        if ((await files.findOneById(id)) === null) throw new NotFoundError(`There is no file ${JSON.stringify(id)}`);
        try {
          yield* bucket.openDownloadStream(id as never);
        } catch (error) {
          await translateDriverErrors(Promise.reject(error));
        }
      }
      return Readable.from(read(), { objectMode: false });
    },
    findOneById: (id) => files.findOneById(id),
    findManyByIds: (ids) => files.findManyByIds(ids),
    findManyByOwner: (owner) => files.findMany({ owner }),
    async sumSizes() {
      const [sum] = await records.aggregate({}, [{ $group: { _id: null, size: { $sum: '$size' } } }]);
      return sum?.size ?? 0;
    },
    async claim(ids, owner) {
      const wanted = [...new Set(ids)];
      const claimed: string[] = [];
      for (const id of wanted) {
        if ((await files.update(id, { owner }, { owner: null })) === null) break;
        claimed.push(id);
      }
      const missing = wanted[claimed.length];
      if (missing === undefined) return;
      for (const id of claimed) await files.update(id, { owner: null }, { owner });
      throw new NotFoundError(`There is no file ${JSON.stringify(missing)} that is free to be used`);
    },
    async remove(ids) {
      await remove(await records.findManyByIds(ids));
    },
    async removeUnclaimed(ids) {
      if (ids.length > 0) await remove(await records.findMany({ _id: { $in: [...ids] }, owner: null }));
    },
    async removeOfOwners(owners) {
      await remove(await records.findMany({ owner: { $in: [...owners] } }));
    },
  };
}

export function createFileMaintenance(db: Db): FileMaintenance {
  const collection: Collection<StoredDocument> = db.collection('files');
  const removeWhere = async (filter: Readonly<Record<string, unknown>>) => {
    let count = 0;
    for (;;) {
      const cursor = collection.find(filter, { projection: { _id: 1 }, limit: portion });
      const ids = (await translateDriverErrors(cursor.toArray())).map(({ _id }) => _id);
      if (ids.length === 0) return count;
      await removeFiles(db, ids);
      count += ids.length;
    }
  };
  return {
    removeUnclaimed: (before) => removeWhere({ owner: null, createdAt: { $lt: before } }),
    async removeOfProject(project) {
      await removeWhere({ project });
    },
  };
}

/** The record goes last: what is interrupted half-way can be asked for again. */
async function removeFiles(db: Db, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  const those: { $in: string[] } = { $in: [...ids] };
  const remove = (name: string, filter: Readonly<Record<string, unknown>>) =>
    translateDriverErrors(db.collection(name).deleteMany(filter), removalMs);
  await remove(`${bucketName}.chunks`, { files_id: those });
  await remove(`${bucketName}.files`, { _id: those });
  await remove('files', { _id: those });
}

/** What comes of `source`; ends with the reason of `signal` when that aborts, also while nothing comes. */
async function* untilAborted<T>(source: AsyncIterable<T>, signal: AbortSignal | undefined): AsyncGenerator<T> {
  const iterator = source[Symbol.asyncIterator]();
  // A promise of the abort, raced with each piece, would keep all of them.
  let giveUp: (reason: unknown) => void = () => undefined;
  const abort = () => giveUp(signal?.reason);
  signal?.addEventListener('abort', abort, { once: true });
  try {
    for (;;) {
      signal?.throwIfAborted();
      const next = await new Promise<IteratorResult<T>>((resolve, reject) => {
        giveUp = reject;
        iterator.next().then(resolve, reject);
      });
      if (next.done) return;
      yield next.value;
    }
  } finally {
    signal?.removeEventListener('abort', abort);
    // Not awaited: a source that hangs does not end for being told so.
    iterator.return?.()?.catch(() => undefined);
  }
}
