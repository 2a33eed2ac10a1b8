import {
  Binary,
  BSON,
  BSONRegExp,
  Decimal128,
  type Document,
  Double,
  Int32,
  Long,
  MaxKey,
  MinKey,
  MongoClient,
  ObjectId,
  Timestamp,
} from 'mongodb';
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

/** A collection that no other test uses, with the given documents. */
async function collectionWith(documents: Document[] = []) {
  count += 1;
  const collection = client.db(server.databaseName).collection<Document>(`crud${count}`);
  if (documents.length > 0) await collection.insertMany(documents);
  return collection;
}

async function idsOf(collection: Awaited<ReturnType<typeof collectionWith>>, filter: Document): Promise<unknown[]> {
  return (await collection.find(filter).sort({ _id: 1 }).toArray()).map(({ _id }) => _id);
}

describe('documents', () => {
  it('come back with every type as it was stored, byte for byte', async () => {
    const document = {
      _id: new ObjectId(),
      int: new Int32(5),
      double: new Double(5),
      long: Long.fromString('9007199254740993'),
      decimal: Decimal128.fromString('0.10'),
      date: new Date(-5),
      binary: new Binary(Buffer.from([0, 255]), 5),
      regex: new BSONRegExp('^a', 'im'),
      timestamp: new Timestamp({ t: 7, i: 3 }),
      least: new MinKey(),
      most: new MaxKey(),
      nothing: null,
      nested: { list: [new Double(1), { deep: [[]] }], empty: {} },
      reference: { $ref: 'other', $id: 7 },
      'ключ 🔑': 'значение\u0000',
    };
    const collection = await collectionWith([document]);
    const [stored] = await collection.find({}, { raw: true }).toArray();
    expect(Buffer.from(stored as unknown as Uint8Array)).toEqual(Buffer.from(BSON.serialize(document)));
    await collection.updateOne({ _id: document._id }, { $set: { extra: 1 } });
    const updated = await collection.findOne({}, { promoteValues: false, bsonRegExp: true, projection: { extra: 0 } });
    const { reference: _, ...rest } = document;
    expect(BSON.EJSON.stringify({ ...updated, reference: null }, { relaxed: false })).toEqual(
      BSON.EJSON.stringify({ ...rest, reference: null, 'ключ 🔑': document['ключ 🔑'] }, { relaxed: false }).replace(
        /,"ключ 🔑":[^}]*,"reference":null}$/,
        ',"reference":null,"ключ 🔑":"значение\\u0000"}',
      ),
    );
  });

  it('get their _id first, and one of the server where they come without', async () => {
    const collection = await collectionWith();
    await client
      .db(server.databaseName)
      .command({ insert: collection.collectionName, documents: [{ a: 1 }, { a: 2, _id: 'x' }] });
    const documents = await collection.find().sort({ a: 1 }).toArray();
    expect(documents.map((document) => Object.keys(document))).toEqual([
      ['_id', 'a'],
      ['_id', 'a'],
    ]);
    expect(documents[0]?._id).toBeInstanceOf(ObjectId);
  });

  it('are refused when they are too large, and nothing of them is kept', async () => {
    const collection = await collectionWith([
      { _id: 'big' as unknown as ObjectId, text: 'x'.repeat(10 * 1024 * 1024) },
    ]);
    await expect(collection.updateOne({}, { $set: { more: 'x'.repeat(7 * 1024 * 1024) } })).rejects.toMatchObject({
      code: 10334,
    });
    expect(await collection.countDocuments({ more: { $exists: true } })).toBe(0);
  });

  it('report a duplicate _id with its key, go on when unordered and stop when ordered', async () => {
    const collection = await collectionWith([{ _id: 1 as unknown as ObjectId }]);
    const documents = [{ _id: 1 }, { _id: 2 }] as unknown as { _id: ObjectId }[];
    await expect(collection.insertMany(documents)).rejects.toMatchObject({ code: 11000, insertedCount: 0 });
    const error: unknown = await collection
      .insertMany(documents, { ordered: false })
      .catch((caught: unknown) => caught);
    expect(error).toMatchObject({ code: 11000, insertedCount: 1, writeErrors: [{ index: 0 }] });
    await expect(collection.insertOne({ _id: 1 as unknown as ObjectId })).rejects.toMatchObject({
      code: 11000,
      keyPattern: { _id: 1 },
      keyValue: { _id: 1 },
      message: expect.stringMatching(/^E11000 duplicate key error collection: .* index: _id_ dup key: \{ _id: 1 \}$/),
    });
  });
});

describe('a query', () => {
  it('compares within a type only, across numeric types, and sees null in what is missing', async () => {
    const collection = await collectionWith([
      { _id: 1, a: 5 },
      { _id: 2, a: 5.5 },
      { _id: 3, a: Long.fromNumber(7) },
      { _id: 4, a: new Double(5.5) },
      { _id: 5, a: '5' },
      { _id: 6, a: null },
      { _id: 7 },
      { _id: 8, a: [1, 9] },
      { _id: 9, a: [] },
      { _id: 10, a: new Date(9) },
      { _id: 11, a: Number.NaN },
    ]);
    expect(await idsOf(collection, { a: 5.5 })).toEqual([2, 4]);
    expect(await idsOf(collection, { a: { $gt: 5 } })).toEqual([2, 3, 4, 8]);
    expect(await idsOf(collection, { a: { $lt: 6 } })).toEqual([1, 2, 4, 8]);
    expect(await idsOf(collection, { a: null })).toEqual([6, 7]);
    expect(await idsOf(collection, { a: { $ne: null } })).toEqual([1, 2, 3, 4, 5, 8, 9, 10, 11]);
    expect(await idsOf(collection, { a: { $exists: false } })).toEqual([7]);
    expect(await idsOf(collection, { a: { $in: [null, '5'] } })).toEqual([5, 6, 7]);
    expect(await idsOf(collection, { a: Number.NaN })).toEqual([11]);
    expect(await idsOf(collection, { a: { $not: { $gt: 5 } } })).toEqual([1, 5, 6, 7, 9, 10, 11]);
    expect(await idsOf(collection, { a: { $gte: new Date(9) } })).toEqual([10]);
  });

  it('compares documents with the order of their fields and arrays with the order of their elements', async () => {
    const collection = await collectionWith([
      { _id: 1, a: { x: 1, y: 2 } },
      { _id: 2, a: { y: 2, x: 1 } },
      { _id: 3, a: [1, 2] },
      { _id: 4, a: [2, 1] },
      { _id: 5, a: [[1, 2]] },
    ]);
    expect(await idsOf(collection, { a: { x: 1, y: 2 } })).toEqual([1]);
    expect(await idsOf(collection, { a: [1, 2] })).toEqual([3, 5]);
    expect(await idsOf(collection, { a: { $in: [[2, 1]] } })).toEqual([4]);
  });

  it('enters arrays of documents, tells one element from several, and addresses elements by number', async () => {
    const collection = await collectionWith([
      {
        _id: 1,
        a: [
          { b: 1, c: 1 },
          { b: 5, c: 5 },
        ],
      },
      { _id: 2, a: [{ b: 1, c: 5 }] },
      { _id: 3, a: { b: 1, c: 5 } },
      { _id: 4, a: [] },
      { _id: 5, n: [1, 4, 9] },
    ]);
    expect(await idsOf(collection, { 'a.b': 1, 'a.c': 5 })).toEqual([1, 2, 3]);
    expect(await idsOf(collection, { a: { $elemMatch: { b: 1, c: 5 } } })).toEqual([2]);
    expect(await idsOf(collection, { 'a.0.b': 1 })).toEqual([1, 2]);
    expect(await idsOf(collection, { 'a.b': { $not: { $gt: 2, $lt: 3 } } })).toEqual([2, 3, 4, 5]);
    expect(await idsOf(collection, { n: { $elemMatch: { $gt: 4, $lt: 9 } } })).toEqual([]);
    expect(await idsOf(collection, { n: { $gt: 4, $lt: 9 } })).toEqual([5]);
    expect(await idsOf(collection, { n: { $all: [9, 1] } })).toEqual([5]);
    expect(await idsOf(collection, { a: { $size: 0 } })).toEqual([4]);
    expect(await idsOf(collection, { $nor: [{ a: { $exists: true } }] })).toEqual([5]);
  });

  it('knows types by name, and literal patterns', async () => {
    const collection = await collectionWith([
      { _id: 1, a: new Int32(1) },
      { _id: 2, a: new Double(1) },
      { _id: 3, a: new ObjectId() },
      { _id: 4, a: ['x'] },
      { _id: 5, a: 'Xyz (abc)' },
    ]);
    expect(await idsOf(collection, { a: { $type: 'objectId' } })).toEqual([3]);
    expect(await idsOf(collection, { a: { $type: 'number' } })).toEqual([1, 2]);
    expect(await idsOf(collection, { a: { $type: 'string' } })).toEqual([4, 5]);
    expect(await idsOf(collection, { a: { $regex: '^X' } })).toEqual([5]);
    expect(await idsOf(collection, { a: /\(abc\)/ })).toEqual([5]);
    expect(await idsOf(collection, { a: { $not: /yz/ } })).toEqual([1, 2, 3, 4]);
  });

  it('projects by inclusion and exclusion', async () => {
    const collection = await collectionWith([{ _id: 1, a: { b: 1, c: 2 }, items: [{ n: 1, m: 1 }, { n: 2 }] }]);
    const projected = async (projection: Document) => collection.findOne({}, { projection });
    expect(await projected({ 'a.b': 1, _id: 0 })).toEqual({ a: { b: 1 } });
    expect(await projected({ 'a.b': 0, items: 0 })).toEqual({ _id: 1, a: { c: 2 } });
    expect(await projected({ 'items.n': 1 })).toEqual({ _id: 1, items: [{ n: 1 }, { n: 2 }] });
    expect(await projected({ 'items.n': 0, a: 0 })).toEqual({ _id: 1, items: [{ m: 1 }, {}] });
    expect(await projected({ _id: 1 })).toEqual({ _id: 1 });
    expect(await projected({ _id: 0 })).toEqual({ a: { b: 1, c: 2 }, items: [{ n: 1, m: 1 }, { n: 2 }] });
    await expect(projected({ a: 1, list: 0 })).rejects.toMatchObject({ code: 31254 });
  });

  it('counts, and lists distinct values of arrays too', async () => {
    const collection = await collectionWith([
      { t: ['a', 'b'], n: 1 },
      { t: 'b', n: 1.0 },
      { t: [], n: 2 },
    ]);
    expect(await collection.countDocuments({ n: 1 })).toBe(2);
    expect(await collection.countDocuments({}, { skip: 1, limit: 1 })).toBe(1);
    expect(await collection.estimatedDocumentCount()).toBe(3);
    expect(await collection.distinct('t')).toEqual(['a', 'b']);
    expect(await collection.distinct('n')).toEqual([1, 2]);
  });
});

describe('deletes and upserts', () => {
  it('delete one or all that match', async () => {
    const collection = await collectionWith([{ a: 1 }, { a: 1 }, { a: 1 }, { a: 2 }]);
    expect((await collection.deleteOne({ a: 1 })).deletedCount).toBe(1);
    expect((await collection.deleteMany({ a: 1 })).deletedCount).toBe(2);
    expect((await collection.findOneAndDelete({ a: 2 }))?.a).toBe(2);
    expect(await collection.countDocuments()).toBe(0);
  });

  it('insert what the query and the update say together', async () => {
    const collection = await collectionWith();
    const result = await collection.updateOne(
      { a: 1, b: { $gt: 3 }, $and: [{ 'c.d': { $eq: 4 } }] },
      { $set: { x: 1 }, $setOnInsert: { y: 2 } },
      { upsert: true },
    );
    expect(result).toMatchObject({ upsertedCount: 1, matchedCount: 0 });
    expect(await collection.findOne()).toEqual({ _id: result.upsertedId, a: 1, c: { d: 4 }, x: 1, y: 2 });
    await collection.updateOne({ a: 1 }, { $set: { x: 2 }, $setOnInsert: { y: 9 } }, { upsert: true });
    expect(await collection.findOne()).toMatchObject({ x: 2, y: 2 });
  });

  it('are atomic where many upsert the same document at once', async () => {
    const collection = await collectionWith();
    await Promise.all(
      Array.from({ length: 50 }, () =>
        collection.updateOne({ _id: 'one' as unknown as ObjectId }, { $inc: { n: 1 } }, { upsert: true }),
      ),
    );
    expect(await collection.find().toArray()).toEqual([{ _id: 'one', n: 50 }]);
  });

  it('give the document before or after, with projection and sort', async () => {
    const collection = await collectionWith([
      { _id: 1, n: 1 },
      { _id: 2, n: 5 },
    ]);
    expect(await collection.findOneAndUpdate({}, { $inc: { n: 1 } }, { sort: { n: -1 } })).toEqual({ _id: 2, n: 5 });
    expect(
      await collection.findOneAndUpdate(
        {},
        { $inc: { n: 1 } },
        { sort: { n: -1 }, returnDocument: 'after', projection: { _id: 0 } },
      ),
    ).toEqual({ n: 7 });
    expect(
      await collection.findOneAndReplace({ _id: 1 as unknown as ObjectId }, { z: 1 }, { returnDocument: 'after' }),
    ).toEqual({ _id: 1, z: 1 });
    expect(await collection.findOneAndUpdate({ _id: 9 as unknown as ObjectId }, { $set: { a: 1 } })).toBeNull();
  });
});
