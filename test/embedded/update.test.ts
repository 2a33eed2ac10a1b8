import { type Document, Double, Int32, Long, MongoClient, type UpdateFilter } from 'mongodb';
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

/** What becomes of a document. */
async function updated(before: Document, update: Document | Document[]): Promise<Document> {
  count += 1;
  const collection = client.db(server.databaseName).collection<Document>(`update${count}`);
  await collection.insertOne(before);
  await collection.updateOne({}, update as UpdateFilter<Document>);
  const { _id, ...after } = (await collection.findOne()) ?? {};
  return after;
}

async function codeOf(before: Document, update: Document | Document[]): Promise<unknown> {
  try {
    await updated(before, update);
    return undefined;
  } catch (error) {
    return error instanceof Error && 'code' in error ? error.code : error;
  }
}

describe('update operators', () => {
  it('set and unset at paths, making what is missing', async () => {
    expect(await updated({ a: 1 }, { $set: { 'b.c.d': 2, a: 3 } })).toEqual({ a: 3, b: { c: { d: 2 } } });
    expect(await updated({ a: [1] }, { $set: { 'a.3': 4 } })).toEqual({ a: [1, null, null, 4] });
    expect(await updated({ a: { b: 1, c: 2 }, l: [1, 2] }, { $unset: { 'a.b': '', 'l.0': '', 'x.y': '' } })).toEqual({
      a: { c: 2 },
      l: [null, 2],
    });
    expect(await codeOf({ a: 5 }, { $set: { 'a.b': 1 } })).toBe(28);
    expect(await codeOf({ a: [1] }, { $set: { 'a.b': 1 } })).toBe(28);
  });

  it('add new fields in the order of their names, as MongoDB does', async () => {
    expect(Object.keys(await updated({ z: 1 }, { $set: { c: 1, a: 1 }, $inc: { b: 1 } }))).toEqual([
      'z',
      'a',
      'b',
      'c',
    ]);
  });

  it('compute with the wider of the numeric types', async () => {
    const types = async (before: unknown, operand: Int32 | Double) => {
      count += 1;
      const collection = client.db(server.databaseName).collection<Document>(`update${count}`);
      await collection.insertOne({ a: before });
      await collection.updateOne({}, { $inc: { a: operand } });
      return (await collection.findOne({}, { promoteValues: false }))?.a;
    };
    expect(await types(new Int32(1), new Int32(2))).toEqual(new Int32(3));
    expect(await types(new Int32(2147483647), new Int32(1))).toEqual(Long.fromNumber(2147483648));
    expect(await types(new Int32(1), new Double(0.5))).toEqual(new Double(1.5));
    expect(await types(Long.fromString('9007199254740993'), new Int32(1))).toEqual(Long.fromString('9007199254740994'));
    expect(await codeOf({ a: Long.MAX_VALUE }, { $inc: { a: new Int32(1) } })).toBe(2);
    expect(await codeOf({ a: 'x' }, { $inc: { a: 1 } })).toBe(14);
    expect(await codeOf({ a: null }, { $inc: { a: 1 } })).toBe(14);
    expect(await codeOf({ a: 1 }, { $inc: { a: 'x' } })).toBe(14);
    expect(await updated({}, { $inc: { a: 2 } })).toEqual({ a: 2 });
  });

  it('keep the types of what they leave alone', async () => {
    count += 1;
    const collection = client.db(server.databaseName).collection<Document>(`update${count}`);
    const before = { d: new Double(5), n: { l: Long.fromNumber(5), x: new Int32(1) } };
    await collection.insertOne({ ...before });
    await collection.updateOne({}, { $set: { 'n.x': new Int32(2) } });
    const after = await collection.findOne({}, { promoteValues: false });
    expect(after).toMatchObject({ ...before, n: { ...before.n, x: new Int32(2) } });
  });

  it('count what they match and what they change apart', async () => {
    count += 1;
    const collection = client.db(server.databaseName).collection<Document>(`update${count}`);
    await collection.insertMany([{ a: 1 }, { a: 2 }]);
    expect(await collection.updateMany({}, { $set: { a: 1 } })).toMatchObject({ matchedCount: 2, modifiedCount: 1 });
  });
});

describe('an update is refused', () => {
  it.each<[string, Document | Document[], number]>([
    ['with two changes of one path', { $set: { a: 1 }, $inc: { a: 1 } }, 40],
    ['with a change within another', { $set: { 'a.b': 1, a: 1 } }, 40],
    ['that changes the _id', { $set: { _id: 2 } }, 66],
    ['with an operator that does not exist', { $fancy: { a: 1 } }, 9],
    ['with an empty path', { $set: { 'a..b': 1 } }, 56],
    ['with a name for no operator', { $set: { 'a.$b': 1 } }, 52],
    ['with a pipeline', [{ $set: { a: 1 } }], 238],
    ['with a position in an array', { $set: { 'a.$.b': 1 } }, 238],
    ['with all positions in an array', { $inc: { 'a.$[].b': 1 } }, 238],
  ])('%s', async (_, update, code) => {
    expect(await codeOf({ a: 1 }, update)).toBe(code);
  });

  it('when a replacement has another _id', async () => {
    count += 1;
    const collection = client.db(server.databaseName).collection<Document>(`update${count}`);
    await collection.insertOne({ a: 1 });
    await expect(collection.replaceOne({ a: 1 }, { _id: 5, a: 2 })).rejects.toMatchObject({ code: 66 });
    expect(await collection.countDocuments({ a: 1 })).toBe(1);
  });
});
