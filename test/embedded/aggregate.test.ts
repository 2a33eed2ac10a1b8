import { type Collection, type Document, Long, MongoClient, ObjectId } from 'mongodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';

let server: TestDatabase;
let client: MongoClient;
let collection: Collection<Document>;

const day = (n: number) => new Date(Date.UTC(2026, 0, 1 + n, 13));

beforeAll(async () => {
  server = await createTestDatabase();
  client = new MongoClient(server.uri);
  collection = client.db(server.databaseName).collection<Document>('runs');
  await collection.createIndex({ project: 1, createdAt: -1 });
  const statuses = ['completed', 'completed', 'failed', 'processing', 'completed'];
  const runs = Array.from({ length: 20 }, (_, n) => ({
    _id: n,
    project: n < 15 ? 'p' : 'q',
    status: statuses[n % 5],
    tags: n % 4 === 0 ? [] : ['a', `t${n % 2}`],
    createdAt: day(n % 3),
    tokenUse: { total: n },
    source: { label: n % 2 ? 'key' : null },
  }));
  await collection.insertMany(runs as unknown as Document[]);
});

afterAll(async () => {
  await client.close();
  await server[Symbol.asyncDispose]();
});

function facet(id: unknown, unwind?: string): Document[] {
  return [
    ...(unwind ? [{ $unwind: { path: unwind, preserveNullAndEmptyArrays: true } }] : []),
    { $group: { _id: id, count: { $sum: 1 } } },
    { $sort: { count: -1, _id: 1 } },
    {
      $group: {
        _id: null,
        total: { $sum: '$count' },
        buckets: { $firstN: { n: 2, input: { value: '$_id', count: '$count' } } },
      },
    },
  ];
}

describe('an aggregation', () => {
  it('computes the facets of the application in one command', async () => {
    const [result] = await collection
      .aggregate([
        { $match: { project: 'p' } },
        {
          $facet: {
            status: facet('$status'),
            tags: facet('$tags', '$tags'),
            label: facet('$source.label'),
            days: [
              {
                $group: {
                  _id: { $dateTrunc: { date: '$createdAt', unit: 'day' } },
                  tokens: { $sum: '$tokenUse.total' },
                },
              },
              { $sort: { _id: 1 } },
            ],
            failed: [{ $match: { status: 'failed' } }, { $count: 'count' }],
            none: [{ $match: { status: 'nothing' } }, { $count: 'count' }],
            total: [{ $match: {} }, { $count: 'count' }],
          },
        },
      ])
      .toArray();
    expect(result).toEqual({
      status: [
        {
          _id: null,
          total: 15,
          buckets: [
            { value: 'completed', count: 9 },
            { value: 'failed', count: 3 },
          ],
        },
      ],
      tags: [
        {
          _id: null,
          total: 26,
          buckets: [
            { value: 'a', count: 11 },
            { value: 't1', count: 7 },
          ],
        },
      ],
      label: [
        {
          _id: null,
          total: 15,
          buckets: [
            { value: null, count: 8 },
            { value: 'key', count: 7 },
          ],
        },
      ],
      days: [
        { _id: new Date('2026-01-01'), tokens: 30 },
        { _id: new Date('2026-01-02'), tokens: 35 },
        { _id: new Date('2026-01-03'), tokens: 40 },
      ],
      failed: [{ count: 3 }],
      none: [],
      total: [{ count: 15 }],
    });
  });

  it('groups by values: numbers whatever their type, documents and ids as a whole', async () => {
    const values = client.db(server.databaseName).collection<Document>('values');
    const id = new ObjectId();
    await values.insertMany([
      { v: 1 },
      { v: 1.0 },
      { v: Long.fromNumber(1) },
      { v: '1' },
      { v: null },
      {},
      { v: id },
      { v: new ObjectId(id.toHexString()) },
      { v: { a: 1, b: 2 } },
      { v: { b: 2, a: 1 } },
      { v: new Date(1) },
      { v: new Date(1) },
    ]);
    const groups = await values.aggregate([{ $group: { _id: '$v', n: { $sum: 1 } } }]).toArray();
    expect(groups.map(({ _id, n }) => [_id, n])).toEqual([
      [1, 3],
      ['1', 1],
      [null, 2],
      [id, 2],
      [{ a: 1, b: 2 }, 1],
      [{ b: 2, a: 1 }, 1],
      [new Date(1), 2],
    ]);
  });

  it('accumulates', async () => {
    const [result] = await collection
      .aggregate([
        { $match: { _id: { $lt: 4 } } },
        { $sort: { _id: 1 } },
        {
          $group: {
            _id: null,
            sum: { $sum: '$tokenUse.total' },
            first: { $first: '$_id' },
            firstTwo: { $firstN: { n: 2, input: '$_id' } },
          },
        },
      ])
      .toArray();
    expect(result).toEqual({
      _id: null,
      sum: 6,
      first: 0,
      firstTwo: [0, 1],
    });
  });

  it('shapes documents', async () => {
    const shaped = async (...stages: Document[]) => collection.aggregate([{ $match: { _id: 1 } }, ...stages]).toArray();
    expect(await shaped({ $project: { _id: 0, 'tokenUse.total': 1 } })).toEqual([{ tokenUse: { total: 1 } }]);
    expect(await shaped({ $unwind: '$tags' }, { $project: { tags: 1 } })).toEqual([
      { _id: 1, tags: 'a' },
      { _id: 1, tags: 't1' },
    ]);
  });

  it('sums longs that no double can hold', async () => {
    const one = client.db(server.databaseName).collection<Document>('one');
    await one.insertOne({ long: Long.fromString('9007199254740993') });
    const [sum] = await one
      .aggregate([{ $group: { _id: null, sum: { $sum: '$long' } } }], { promoteLongs: false })
      .toArray();
    expect(String(sum?.sum)).toBe('9007199254740993');
  });

  it('begins with the index and goes on stage by stage', async () => {
    const stages = [{ $match: { project: 'p' } }, { $sort: { createdAt: -1 } }, { $skip: 1 }, { $limit: 2 }];
    const plan = await collection.aggregate(stages).explain('executionStats');
    expect(plan.queryPlanner.winningPlan).toMatchObject({
      stage: 'FETCH',
      inputStage: { stage: 'IXSCAN', indexName: 'project_1_createdAt_-1' },
    });
    expect(plan.executionStats.totalKeysExamined).toBe(3);
    expect(await collection.aggregate([...stages, { $limit: 1 }, { $count: 'n' }]).toArray()).toEqual([{ n: 1 }]);
    expect(
      await collection.aggregate([{ $limit: 5 }, { $match: { status: 'failed' } }, { $count: 'n' }]).toArray(),
    ).toEqual([{ n: 1 }]);
  });

  it('takes a while in another thread, and writes go on', async () => {
    const many = client.db(server.databaseName).collection<Document>('many');
    await many.insertMany(Array.from({ length: 30_000 }, (_, n) => ({ n, group: n % 7, list: [n, n + 1] })));
    let writes = 0;
    let isDone = false;
    const aggregation = many
      .aggregate([
        { $unwind: '$list' },
        { $group: { _id: '$list', n: { $sum: 1 } } },
        { $group: { _id: null, n: { $sum: '$n' } } },
      ])
      .toArray()
      .finally(() => {
        isDone = true;
      });
    while (!isDone) {
      await collection.updateOne({ _id: 19 as unknown as ObjectId }, { $inc: { writes: 1 } });
      writes += 1;
    }
    expect(await aggregation).toEqual([{ _id: null, n: 60_000 }]);
    expect(writes).toBeGreaterThan(3);
  });
});
