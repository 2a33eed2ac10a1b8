import { type Collection, type Document, Long, MongoClient } from 'mongodb';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';

/** Groups that are counted from an index alone, against the same documents without one. */

let server: TestDatabase;
let client: MongoClient;
let indexed: Collection<Document>;
let plain: Collection<Document>;

const pick = <T>(values: readonly T[], n: number) => values[n % values.length];

function makeDocument(n: number): Document {
  return {
    _id: n as never,
    project: n % 7 === 0 ? 'q' : 'p',
    ...pick([{ status: 'completed' }, { status: 'failed' }, {}, { status: null }, { status: 1 }, { status: 2.5 }], n),
    ...pick([{ tags: ['a', 'b'] }, { tags: [] }, {}, { tags: 'a' }, { tags: ['b', null] }, { tags: null }], n * 5 + 1),
    ...pick([{ twice: ['a', 'a'] }, { twice: ['a'] }], n),
    source: { type: pick(['api', 'cli', undefined], n) },
    // From before 1970 too, at the borders of days, hours and minutes.
    createdAt: new Date(pick([-1, 0, 1, 59_999, 86_399_999, 86_400_000, -86_400_000, 1.7e12 + n * 3.1e6], n) ?? 0),
    mixed: pick([new Date(0), null, 'text', undefined], n),
  };
}

beforeAll(async () => {
  server = await createTestDatabase();
  client = new MongoClient(server.uri, { ignoreUndefined: true });
  const db = client.db(server.databaseName);
  [indexed, plain] = [db.collection('indexed'), db.collection('plain')];
  const paths = ['status', 'tags', 'twice', 'source.type', 'createdAt', 'mixed'];
  await indexed.createIndexes(paths.map((path) => ({ key: { project: 1, [path]: 1, createdAt: -1 } as const })));
  await indexed.createIndex({ rating: 1 }, { partialFilterExpression: { rating: { $gt: 3 } } });
  const documents = Array.from({ length: 500 }, (_, n) => makeDocument(n));
  for (const collection of [indexed, plain]) await collection.insertMany(documents);
});

afterAll(async () => {
  await client.close();
  await server[Symbol.asyncDispose]();
});

const count = { $group: { _id: '$status', count: { $sum: 1 } } };
const by = (_id: unknown, sums: Document = { count: { $sum: 1 } }): Document => ({ $group: { _id, ...sums } });
const day = (unit: string, date = '$createdAt') => by({ $dateTrunc: { date, unit } });
const unwind = (path: string, preserveNullAndEmptyArrays: boolean): Document => ({
  $unwind: { path, preserveNullAndEmptyArrays },
});

const pipelines: Readonly<Record<string, readonly Document[]>> = {
  'the values of a field, missing and null as one': [count],
  'several sums, of any number': [by('$status', { one: { $sum: 1 }, three: { $sum: 3 }, none: { $sum: 0 } })],
  'what cannot be counted': [by('$status', { one: { $sum: 1 }, numbers: { $sum: '$_id' } })],
  'a path in a document': [by('$source.type')],
  'an array as it is': [by('$tags')],
  'the elements of an array': [unwind('$tags', false), by('$tags')],
  'the elements of an array, and what has none': [unwind('$tags', true), by('$tags')],
  'an array with an element twice': [unwind('$twice', false), by('$twice')],
  'one field while another is unwound': [unwind('$tags', false), count],
  days: [day('day')],
  hours: [day('hour')],
  minutes: [day('minute')],
  everything: [by(null)],
  'a constant': [by({ $literal: '$status' })],
  'with a filter of its own': [{ $match: { status: 'failed' } }, day('day')],
  'with a filter that no index has': [{ $match: { 'source.type': 'cli', status: 'failed' } }, count],
  'a count': [{ $count: 'count' }],
  'a count of some': [{ $match: { status: { $in: ['failed', null] } } }, { $count: 'count' }],
  'after a limit': [{ $sort: { _id: 1 } }, { $limit: 10 }, count],
  'and goes on': [count, { $match: { count: { $gt: 50 } } }, by(null, { total: { $sum: '$count' } })],
};
const filters: readonly Document[] = [
  {},
  { project: 'p' },
  { project: { $in: ['p', 'q', 'r'] } },
  { project: 'p', createdAt: { $gte: new Date(0), $lt: new Date(1.7e12 + 9e8) } },
  { project: 'p', status: 'completed' },
  { project: 'p', status: { $ne: 'completed' } },
  { project: 'p', tags: 'a' },
  { project: 'p', tags: { $in: ['a', 'b'] }, createdAt: { $gt: new Date(5) } },
  { project: 'nobody' },
  { rating: { $gt: 4 } },
  { project: { $in: Array.from({ length: 1_500 }, (_, n) => (n % 2 ? `o${n}` : `p${n}`)) } },
];

async function answerOf(collection: Collection<Document>, filter: Document, stages: readonly Document[]) {
  const groups = await collection.aggregate([{ $match: filter }, ...stages]).toArray();
  return groups.map((group) => JSON.stringify(group)).toSorted();
}

it.each(Object.entries(pipelines))('%s: the same with indexes as without', async (_, stages) => {
  for (const filter of filters) {
    const expected = await answerOf(plain, filter, stages);
    expect(await answerOf(indexed, filter, stages), JSON.stringify(filter)).toEqual(expected);
  }
});

it('facets are the same with indexes as without, in their order', async () => {
  for (const filter of filters) {
    const facets = Object.entries(pipelines).map(([name, stages]) => [name.replaceAll(' ', ''), [...stages]]);
    const sorted = facets.map(([name, stages]) => [name, [...(stages ?? []), { $sort: { _id: 1, count: 1 } }]]);
    const pipeline = [{ $match: filter }, { $facet: Object.fromEntries(sorted) }];
    const [expected] = await plain.aggregate(pipeline).toArray();
    const [answer] = await indexed.aggregate(pipeline).toArray();
    expect(answer, JSON.stringify(filter)).toEqual(expected);
    expect(Object.keys(answer ?? {})).toEqual(Object.keys(expected ?? {}));
  }
});

it('refuses what is no date, by index or without', async () => {
  for (const collection of [indexed, plain]) {
    const counting = collection.aggregate([{ $match: { project: 'p' } }, day('day', '$mixed')]).toArray();
    await expect(counting).rejects.toMatchObject({ code: 16006 });
  }
});

it('counts longs that no double can tell apart', async () => {
  const collection = client.db(server.databaseName).collection<Document>('longs');
  await collection.createIndex({ n: 1 });
  const n = Long.fromString('9007199254740993');
  await collection.insertMany([{ n }, { n }, { n: n.add(1) }, { n: 1 }, { n: 1.0 }]);
  const groups = await collection.aggregate([by('$n'), { $sort: { _id: 1 } }]).toArray();
  expect(groups.map(({ count }) => count)).toEqual([2, 2, 1]);
});
