import { createHash, randomBytes } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { type Db, MongoClient } from 'mongodb';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { RequestTooLargeError } from '../../src/errors.ts';
import { createId } from '../../src/store/entity-store.ts';
import type { FileStore } from '../../src/store/file.ts';
import { openStore, type Store } from '../../src/store/store.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';

let database: TestDatabase;
let store: Store;
let client: MongoClient;
let db: Db;
let files: FileStore;
let others: FileStore;

beforeAll(async () => {
  database = await createTestDatabase();
  store = await openStore(database);
  client = await new MongoClient(database.uri).connect();
  db = client.db(database.databaseName);
  files = store.forProject('p1').files;
  others = store.forProject('p2').files;
});
afterAll(async () => {
  await client.close();
  await store.close();
  await database[Symbol.asyncDispose]();
});

async function* pieces(bytes: Uint8Array, size = 10_000) {
  for (let start = 0; start < bytes.length; start += size) yield bytes.subarray(start, start + size);
}

/** How much lies in the database, of whichever file. */
async function countStored() {
  const count = (name: string) => db.collection(name).countDocuments();
  return (await count('files')) + (await count('file_contents.files')) + (await count('file_contents.chunks'));
}

const maxBytes = 1_000_000;
const write = (text: string, store = files) => store.write(pieces(Buffer.from(text)), { name: 'a.txt', maxBytes });

test('a file comes back as it was written, with its size and hash', async () => {
  const bytes = randomBytes(700_000);
  const file = await files.write(pieces(bytes), { name: 'größe.bin', maxBytes });
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  expect(file).toMatchObject({ name: 'größe.bin', size: 700_000, sha256, owner: null });
  expect((await buffer(files.open(file.id))).equals(bytes)).toBe(true);
  expect(await files.findOneById(file.id)).toMatchObject({ size: 700_000, sha256 });
  const empty = await files.write(pieces(Buffer.of()), { name: 'empty', maxBytes });
  expect(empty.size).toBe(0);
  expect(await buffer(files.open(empty.id))).toHaveLength(0);
});

test('a project has no way to the files of another', async () => {
  const { id } = await write('ours');
  expect(await others.findOneById(id)).toBeNull();
  expect(await others.findManyByIds([id])).toEqual([]);
  await expect(buffer(others.open(id))).rejects.toThrow(`There is no file "${id}"`);
  await expect(others.claim([id], 'run')).rejects.toThrow('that is free to be used');
  await others.remove([id]);
  expect(String(await buffer(files.open(id)))).toBe('ours');
});

test('nothing is left of a file that is too large, breaks off, or is given up', async () => {
  const before = await countStored();
  const bytes = randomBytes(1_200_000);
  const tooLarge = files.write(pieces(bytes), { name: 'a', maxBytes });
  await expect(tooLarge).rejects.toThrow(RequestTooLargeError);
  await expect(tooLarge).rejects.toThrow('1000000 bytes');

  async function* breaking() {
    yield* pieces(bytes);
    throw new Error('The connection broke');
  }
  await expect(files.write(breaking(), { name: 'a', maxBytes: 2_000_000 })).rejects.toThrow('The connection broke');

  const controller = new AbortController();
  async function* hanging() {
    yield bytes;
    controller.abort(new Error('Nobody waits any more'));
    await new Promise(() => undefined);
  }
  const { signal } = controller;
  const given = files.write(hanging(), { name: 'a', maxBytes: 2_000_000, signal });
  await expect(given).rejects.toThrow('Nobody waits any more');
  expect(await countStored()).toBe(before);
});

test('files are claimed together or not at all, once', async () => {
  const [a, b, c] = [await write('a'), await write('b'), await write('c')];
  const run = createId();
  await files.claim([a.id, b.id, a.id], run);
  expect((await files.findManyByOwner(run)).map(({ id }) => id).sort()).toEqual([a.id, b.id].sort());
  await expect(files.claim([c.id, b.id], createId())).rejects.toThrow(`There is no file "${b.id}"`);
  expect(await files.findOneById(c.id)).toMatchObject({ owner: null });
  await files.removeOfOwners([run]);
  expect(await files.findManyByIds([a.id, b.id, c.id])).toMatchObject([{ id: c.id }]);
});

test('what nobody claimed, and what was never completed, is swept away', async () => {
  const [kept, unused] = [await write('kept'), await write('unused')];
  await files.claim([kept.id], createId());
  const started = Promise.withResolvers<void>();
  // A process that dies in the middle leaves what was written until then.
  void files.write(
    (async function* () {
      yield randomBytes(600_000);
      started.resolve();
      await new Promise(() => undefined);
    })(),
    { name: 'half', maxBytes },
  );
  await started.promise;
  expect(await store.fileMaintenance.removeUnclaimed(new Date(Date.now() - 60_000))).toBe(0);
  expect(await store.fileMaintenance.removeUnclaimed(new Date(Date.now() + 60_000))).toBeGreaterThanOrEqual(2);
  expect(await files.findManyByIds([kept.id, unused.id])).toMatchObject([{ id: kept.id }]);
  expect(await countStored()).toBe(3);
});

test('files of a project go with it', async () => {
  await write('theirs', others);
  const mine = await write('mine');
  await store.tenancy.removeProject('p2');
  expect(await db.collection('files').countDocuments({ project: 'p2' })).toBe(0);
  expect(await files.findOneById(mine.id)).not.toBeNull();
});
