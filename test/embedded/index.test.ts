import { type Collection, type Document, Long, MongoClient, ObjectId } from 'mongodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';

let server: TestDatabase;
let client: MongoClient;
let count = 0;

beforeAll(async () => {
  server = await createTestDatabase();
  client = new MongoClient(server.uri);
});

afterAll(async () => {
  await client.close();
  await server[Symbol.asyncDispose]();
});

function newCollection(): Collection<Document> {
  count += 1;
  return client.db(server.databaseName).collection<Document>(`index${count}`);
}

/** The stages of the chosen plan, outermost first, with the index's name; and what it examined. */
async function explain(
  collection: Collection<Document>,
  filter: Document,
  sort: Document = {},
  limit = 0,
): Promise<{ stages: string[]; keys: number; documents: number; returned: number }> {
  const { queryPlanner, executionStats } = await collection
    .find(filter)
    .sort(sort)
    .limit(limit)
    .explain('executionStats');
  const stages: string[] = [];
  for (let stage: Document | undefined = queryPlanner.winningPlan; stage; stage = stage.inputStage)
    stages.push(stage.indexName ? `${stage.stage} ${stage.indexName}` : stage.stage);
  return {
    stages,
    keys: executionStats.totalKeysExamined,
    documents: executionStats.totalDocsExamined,
    returned: executionStats.nReturned,
  };
}

describe('an index', () => {
  it('serves equality, $in, ranges and anchored patterns, and nothing but what they select is read', async () => {
    const collection = newCollection();
    await collection.createIndex({ a: 1, b: -1 });
    await collection.insertMany(Array.from({ length: 500 }, (_, n) => ({ a: `k${n % 50}`, b: n, c: n })));
    const stages = ['FETCH', 'IXSCAN a_1_b_-1'];
    expect(await explain(collection, { a: 'k7' })).toEqual({ stages, keys: 10, documents: 10, returned: 10 });
    expect(await explain(collection, { a: { $in: ['k7', 'k8'] } })).toEqual({
      stages,
      keys: 20,
      documents: 20,
      returned: 20,
    });
    expect(await explain(collection, { a: 'k7', b: { $gte: 100, $lt: 200 } })).toEqual({
      stages,
      keys: 2,
      documents: 2,
      returned: 2,
    });
    expect(await explain(collection, { a: /^k1/ })).toEqual({ stages, keys: 110, documents: 110, returned: 110 });
    expect(await explain(collection, { a: 'k7', $or: [{ b: { $lt: 57 } }, { b: 57, c: 57 }] })).toMatchObject({
      stages,
      keys: 10,
      returned: 2,
    });
    expect(await explain(collection, { c: 3 })).toMatchObject({ stages: ['COLLSCAN'], documents: 500, returned: 1 });
    expect(await explain(collection, { _id: new ObjectId() })).toEqual({
      stages: ['FETCH', 'IXSCAN _id_'],
      keys: 0,
      documents: 0,
      returned: 0,
    });
  });

  it('gives its order forward and backward, so that a page reads a page', async () => {
    const collection = newCollection();
    await collection.createIndex({ project: 1, createdAt: -1, _id: -1 });
    await collection.insertMany(
      Array.from({ length: 300 }, (_, n) => ({ project: `p${n % 3}`, createdAt: new Date(n * 10), n })),
    );
    const newest = { createdAt: -1, _id: -1 } as const;
    const oldest = { createdAt: 1, _id: 1 } as const;
    for (const sort of [newest, oldest])
      expect(await explain(collection, { project: 'p1' }, sort, 20)).toMatchObject({
        stages: ['FETCH', 'IXSCAN project_1_createdAt_-1__id_-1'],
        keys: 20,
        documents: 20,
      });
    expect(await explain(collection, { project: 'p1' }, { createdAt: 1, _id: -1 }, 20)).toMatchObject({
      stages: ['SORT', 'FETCH', 'IXSCAN project_1_createdAt_-1__id_-1'],
    });
    const seen: number[] = [];
    for (let after: Document | undefined; ; ) {
      const beyond = after
        ? {
            createdAt: { $lte: after.createdAt },
            $or: [{ createdAt: { $lt: after.createdAt } }, { _id: { $lt: after._id } }],
          }
        : {};
      const page = await collection
        .find({ project: 'p1', ...beyond })
        .sort(newest)
        .limit(7)
        .toArray();
      if (page.length === 0) break;
      seen.push(...page.map(({ n }) => Number(n)));
      after = page.at(-1);
    }
    expect(seen).toEqual(Array.from({ length: 100 }, (_, n) => 298 - n * 3));
  });

  it('holds each element of an array, and orders within one', async () => {
    const collection = newCollection();
    await collection.createIndex({ project: 1, words: 1, createdAt: -1 });
    await collection.insertMany(
      Array.from({ length: 100 }, (_, n) => ({
        project: 'p',
        words: ['all', `w${n % 10}`, 'all'],
        createdAt: new Date(n),
      })),
    );
    const sort = { createdAt: -1 } as const;
    expect(await explain(collection, { project: 'p', words: 'all' }, sort, 5)).toMatchObject({
      stages: ['FETCH', 'IXSCAN project_1_words_1_createdAt_-1'],
      documents: 5,
    });
    expect(
      (await collection.find({ project: 'p', words: 'all' }).sort(sort).limit(2).toArray()).map(({ createdAt }) =>
        Number(createdAt),
      ),
    ).toEqual([99, 98]);
    expect(await collection.countDocuments({ project: 'p', words: /^w/ })).toBe(100);
    expect(await collection.countDocuments({ project: 'p', words: { $all: ['all', 'w3'] } })).toBe(10);
    await collection.updateMany({ words: 'w3' }, { $set: { words: ['all'] } });
    expect(await explain(collection, { project: 'p', words: 'w3' })).toMatchObject({ keys: 0, returned: 0 });
    await collection.createIndex({ x: 1, y: 1 });
    await expect(collection.insertOne({ x: [1], y: [2] })).rejects.toMatchObject({ code: 171 });
  });

  it('orders values of all types as MongoDB does', async () => {
    const collection = newCollection();
    const ordered = [
      null,
      Number.NaN,
      -Infinity,
      Long.MIN_VALUE,
      -1.5,
      0,
      1,
      2.5,
      Long.fromString('9007199254740993'),
      Infinity,
      '',
      'a',
      'a\u0000',
      'aa',
      'é',
      '\uffee',
      '\u{1f600}',
      { a: 1 },
      { a: 1, b: 1 },
      { a: 2 },
      new ObjectId('000000000000000000000001'),
      false,
      true,
      new Date(-1),
      new Date(1),
    ];
    await collection.insertMany(
      ordered.map((value, n) => ({ value, n })).sort((a, b) => ((a.n * 7) % 25) - ((b.n * 7) % 25)),
    );
    const inMemory = (await collection.find().sort({ value: 1 }).toArray()).map(({ n }) => n);
    expect(inMemory).toEqual(ordered.map((_, n) => n));
    await collection.createIndex({ value: -1 });
    expect((await collection.find().sort({ value: 1 }).toArray()).map(({ n }) => n)).toEqual(inMemory);
    expect((await explain(collection, {}, { value: 1 })).stages).toEqual(['FETCH', 'IXSCAN value_-1']);
  });

  it('keeps what is unique unique, within its filter, and counts what is missing as null', async () => {
    const collection = newCollection();
    await collection.createIndex({ project: 1, name: 1 }, { unique: true });
    await collection.createIndex(
      { external: 1 },
      { unique: true, partialFilterExpression: { external: { $type: 'string' } } },
    );
    await collection.insertMany([
      { project: 'p', name: 'a', external: 'e' },
      { project: 'p', name: 'b' },
      { project: 'q' },
    ]);
    await expect(collection.insertOne({ project: 'p', name: 'a' })).rejects.toMatchObject({
      code: 11000,
      keyPattern: { project: 1, name: 1 },
      keyValue: { project: 'p', name: 'a' },
      message: expect.stringContaining('index: project_1_name_1 dup key: { project: "p", name: "a" }'),
    });
    await expect(collection.insertOne({ project: 'q' })).rejects.toMatchObject({
      code: 11000,
      keyValue: { name: null },
    });
    await expect(collection.updateOne({ name: 'b' }, { $set: { external: 'e' } })).rejects.toMatchObject({
      code: 11000,
    });
    expect(await collection.countDocuments({ external: 'e' })).toBe(1);
    await expect(collection.createIndex({ project: 1 }, { unique: true })).rejects.toMatchObject({ code: 11000 });
    expect((await collection.indexes()).map(({ name }) => name)).toEqual(['_id_', 'project_1_name_1', 'external_1']);
    await collection.updateOne({ name: 'a' }, { $set: { n: 1 } });
    await collection.deleteOne({ name: 'a' });
    await collection.insertOne({ project: 'p', name: 'a', external: 'e' });
  });

  it('that is partial serves only queries that it has all documents of', async () => {
    const collection = newCollection();
    await collection.createIndex({ at: 1 }, { name: 'partial', partialFilterExpression: { status: 'waiting' } });
    await collection.createIndex({ other: 1 }, { partialFilterExpression: { other: { $gt: 5 } } });
    await collection.insertMany(
      Array.from({ length: 20 }, (_, n) => ({
        at: n,
        status: n % 2 ? 'waiting' : 'done',
        ...(n === 3 ? { other: null } : {}),
      })),
    );
    expect(await explain(collection, { status: 'waiting', at: { $lt: 10 } })).toMatchObject({
      stages: ['FETCH', 'IXSCAN partial'],
      returned: 5,
    });
    expect(await explain(collection, { at: { $lt: 10 } })).toMatchObject({ stages: ['COLLSCAN'], returned: 10 });
    expect(await explain(collection, { status: { $in: ['waiting', 'done'] }, at: { $lt: 10 } })).toMatchObject({
      stages: ['COLLSCAN'],
    });
    expect(await explain(collection, { other: null })).toMatchObject({ stages: ['COLLSCAN'], returned: 20 });
    expect((await explain(collection, {}, { other: 1 })).stages).toEqual(['SORT', 'COLLSCAN']);
    expect(await explain(collection, { other: { $gt: 6 } })).toMatchObject({ stages: ['FETCH', 'IXSCAN other_1'] });
    expect(await explain(collection, { other: { $gt: 4 } })).toMatchObject({ stages: ['COLLSCAN'] });
  });

  it('follows updates, whichever of its fields they are of', async () => {
    const collection = newCollection();
    await collection.createIndex({ at: 1 }, { partialFilterExpression: { status: 'waiting' } });
    await collection.createIndex({ 'words.text': 1, at: -1 }, { name: 'words' });
    await collection.createIndex({ code: 1 }, { unique: true, partialFilterExpression: { isOpen: { $gt: 0 } } });
    await collection.insertOne({ id: 1, at: 1, status: 'done', words: [{ text: 'a' }], code: 'x', isOpen: 1 });
    await collection.insertOne({ id: 2, at: 2, status: 'waiting', words: [{ text: 'a' }], code: 'x', isOpen: 0 });
    const idsOf = (documents: Document[]) => documents.map(({ id }) => id);
    const findWaiting = async () => idsOf(await collection.find({ status: 'waiting', at: { $gt: 0 } }).toArray());
    const findWord = async (text: string) =>
      idsOf(await collection.find({ 'words.text': text }).sort({ at: -1 }).toArray());

    expect(await findWaiting()).toEqual([2]);
    await collection.updateMany({}, { $set: { status: 'waiting' } });
    expect(await findWaiting()).toEqual([1, 2]);
    await collection.updateOne({ id: 2 }, { $unset: { status: 1 } });
    expect(await findWaiting()).toEqual([1]);
    await collection.updateOne({ id: 2 }, { $set: { words: [{ text: 'b' }, { text: 'c' }], other: 1 } });
    await collection.updateOne({ id: 1 }, { $set: { at: 3 } });
    expect([await findWord('a'), await findWord('b'), await findWord('c')]).toEqual([[1], [2], [2]]);
    await expect(collection.updateOne({ id: 2 }, { $set: { isOpen: 1 } })).rejects.toMatchObject({ code: 11000 });
    await collection.updateOne({ id: 1 }, { $set: { isOpen: 0 } });
    await collection.updateOne({ id: 2 }, { $set: { isOpen: 1 } });
    await expect(collection.updateOne({ id: 1 }, { $inc: { isOpen: 1 } })).rejects.toMatchObject({ code: 11000 });
  });

  it('is made once, listed, refused when it contradicts another, and dropped', async () => {
    const collection = newCollection();
    await collection.createIndex({ a: 1 }, { expireAfterSeconds: 60 });
    await collection.createIndex({ a: 1 }, { expireAfterSeconds: 60 });
    expect(await collection.indexes()).toEqual([
      { v: 2, key: { _id: 1 }, name: '_id_' },
      { v: 2, key: { a: 1 }, name: 'a_1', expireAfterSeconds: 60 },
    ]);
    await expect(collection.createIndex({ a: 1 })).rejects.toMatchObject({ code: 85 });
    await expect(collection.createIndex({ b: 1 }, { name: 'a_1' })).rejects.toMatchObject({ code: 86 });
    await expect(collection.createIndex({ a: 'text' })).rejects.toMatchObject({ code: 67 });
    await expect(collection.dropIndex('nothing')).rejects.toMatchObject({ code: 27 });
    await collection.dropIndex('a_1');
    expect(await collection.indexes()).toHaveLength(1);
    await expect(collection.find({}).hint('a_1').toArray()).rejects.toMatchObject({ code: 2 });
  });

  it('counts from its keys alone', async () => {
    const collection = newCollection();
    await collection.createIndex({ project: 1, status: 1 });
    await collection.insertMany(Array.from({ length: 100 }, (_, n) => ({ project: `p${n % 2}`, status: n % 5 })));
    expect(await collection.countDocuments({ project: 'p0', status: { $gt: 2 } })).toBe(20);
    expect(await collection.count({ project: 'p0' })).toBe(50);
    const plan = await client.db(server.databaseName).command({
      explain: { count: collection.collectionName, query: { project: 'p0' } },
      verbosity: 'executionStats',
    });
    expect(plan.executionStats).toMatchObject({ totalKeysExamined: 50, totalDocsExamined: 0 });
  });
});

describe('a plan', () => {
  it('sorts few documents rather than reading many in order', async () => {
    const collection = newCollection();
    await collection.createIndexes([{ key: { project: 1, createdAt: -1 } }, { key: { project: 1, parent: 1 } }]);
    await collection.insertMany(
      Array.from({ length: 2000 }, (_, n) => ({ project: 'p', createdAt: new Date(n), parent: n % 200 })),
    );
    expect(await explain(collection, { project: 'p', parent: 7 }, { createdAt: -1 })).toMatchObject({
      stages: ['SORT', 'FETCH', 'IXSCAN project_1_parent_1'],
      keys: 10,
    });
    expect(await explain(collection, { project: 'p' }, { createdAt: -1 }, 10)).toMatchObject({
      stages: ['FETCH', 'IXSCAN project_1_createdAt_-1'],
      keys: 10,
    });
  });

  it('finds with every index what it finds with none', async () => {
    const collection = newCollection();
    const values = [1, 2.5, 'a', 'ab', null, [1, 'a'], [], { x: 1 }, { x: [1, 2] }, new Date(5), true];
    const at = (n: number) => values[n % values.length];
    await collection.createIndexes([{ key: { a: 1 } }, { key: { b: -1, a: 1 } }, { key: { 'a.x': 1, b: -1 } }]);
    await collection.insertMany(
      Array.from({ length: 121 }, (_, n) => ({
        a: at(n),
        b: n % 3 === 0 && !Array.isArray(at(Math.floor(n / 11))) ? at(Math.floor(n / 11)) : n,
      })),
    );
    const conditions: Document[] = [
      { $gte: 1 },
      { $lt: 'b' },
      { $in: [null, 1, 'a'] },
      { $eq: [] },
      { $gt: 0, $lt: 2 },
      { $ne: 1 },
      { $all: ['a', 1] },
      { $exists: true },
      { $regex: '^a' },
      { $lte: null },
    ];
    for (const path of ['a', 'b', 'a.x']) {
      for (const condition of conditions) {
        for (const filter of [
          { [path]: condition },
          { [path]: condition, b: { $gte: 2 } },
          { $or: [{ [path]: condition }, { a: 'ab' }] },
        ]) {
          const ids = async (hint?: Document) =>
            (
              await collection
                .find(filter, hint ? { hint } : {})
                .sort({ _id: 1 })
                .toArray()
            ).map(({ _id }) => String(_id));
          expect(await ids(), JSON.stringify(filter)).toEqual(await ids({ $natural: 1 }));
        }
      }
    }
  });
});
