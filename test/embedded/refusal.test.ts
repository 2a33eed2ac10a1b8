import { type Document, Long, MongoClient, ObjectId } from 'mongodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';

/** What is outside the allow-list is refused with MongoDB's code, and never done in another way. */

let server: TestDatabase;
let client: MongoClient;

beforeAll(async () => {
  server = await createTestDatabase();
  client = new MongoClient(server.uri);
  await client
    .db(server.databaseName)
    .collection<Document>('c')
    .insertMany([{ n: 1, list: [1, 2], at: new Date() }]);
});
afterAll(async () => {
  await client.close();
  await server[Symbol.asyncDispose]();
});

type Case = readonly [what: string, command: Document, code: number];

const find = (filter: Document, more: Document = {}) => ({ find: 'c', filter, ...more });
const aggregate = (...pipeline: Document[]) => ({ aggregate: 'c', pipeline, cursor: {} });
const update = (u: unknown, more: Document = {}) => ({ update: 'c', updates: [{ q: {}, u, ...more }] });
const index = (key: Document, more: Document = {}) => ({ createIndexes: 'c', indexes: [{ key, name: 'i', ...more }] });

const commands: Case[] = [
  ...[
    'mapReduce',
    'bulkWrite',
    'collMod',
    'compact',
    'validate',
    'renameCollection',
    'listDatabases',
    'dbStats',
    'collStats',
    'serverStatus',
    'currentOp',
    'killOp',
    'createUser',
    'createRole',
    'getParameter',
    'setParameter',
    'fsync',
    'shutdown',
    'abortTransaction',
    'commitTransaction',
    'replSetGetStatus',
    'createSearchIndexes',
    'cloneCollectionAsCapped',
    'convertToCapped',
    'group',
    'eval',
    'toString',
  ].map((name): Case => [name, { [name]: 'c' }, 59]),
  ['a transaction', find({}, { txnNumber: Long.ONE, startTransaction: true, autocommit: false, lsid: {} }), 20],
  ['a collation', find({}, { collation: { locale: 'de' } }), 238],
  ['variables', find({}, { let: { a: 1 } }), 238],
  ['a tailable cursor', find({}, { tailable: true }), 40415],
  ['returnKey', find({}, { returnKey: true }), 40415],
  ['min', find({}, { min: { n: 1 } }), 40415],
  ['a hint on nothing', find({}, { hint: 'nothing' }), 2],
  ['a negative skip', find({}, { skip: -1 }), 51024],
  ['a field of aggregate', { ...aggregate(), exchange: {} }, 40415],
  ['aggregate without a cursor', { aggregate: 'c', pipeline: [] }, 9],
  ['aggregate without a collection', { aggregate: 1, pipeline: [], cursor: {} }, 73],
  ['a capped collection', { create: 'x', capped: true, size: 1 }, 40415],
  ['a view', { create: 'x', viewOn: 'c' }, 40415],
  ['a time series', { create: 'x', timeseries: {} }, 40415],
  ['a validator', { create: 'x', validator: {} }, 40415],
  ['a collection with a bad name', { create: 'a$b' }, 73],
  ['no statements', { update: 'c', updates: [] }, 2],
  ['explain of an insert', { explain: { insert: 'c', documents: [{}] } }, 59],
  ['a cursor that is not there', { getMore: Long.fromNumber(5), collection: 'c' }, 43],
];

const queryOperators = [
  ...[
    '$near',
    '$geoWithin',
    '$geoIntersects',
    '$bitsAllSet',
    '$bitsAnyClear',
    '$mod',
    '$comment',
    '$jsonSchema',
    '$foo',
  ],
].map((name): Case => [name, find({ n: { [name]: 1 } }), 2]);
const topLevelOperators = ['$expr', '$text', '$where', '$jsonSchema', '$comment', '$rand', '$foo'];
const queries: Case[] = [
  ...queryOperators,
  ...topLevelOperators.map((name): Case => [`${name} at the top`, find({ [name]: { $eq: ['$n', 1] } }), 2]),
  ['a type with a number', find({ n: { $type: 16 } }), 2],
  ['a type of numbers that is not told apart', find({ n: { $type: 'int' } }), 2],
  ['a list of types', find({ n: { $type: ['string', 'null'] } }), 2],
  ['an option of a pattern', find({ n: { $regex: 'a', $options: 'm' } }), 51108],
  ['options without a pattern', find({ n: { $options: 'i' } }), 2],
  ['a flag of a pattern', find({ n: /a/m }), 51108],
  ['any character in a pattern', find({ n: { $regex: 'a.c' } }), 51091],
  ['a repetition in a pattern', find({ n: { $regex: '(x+x+)+y' } }), 51091],
  ['an alternative of texts in a pattern', find({ n: { $regex: '(a|ab)c' } }), 51091],
  ['a repetition of a text', find({ n: { $regex: 'a+' } }), 51091],
  ['a letter that is escaped', find({ n: { $regex: '\\d' } }), 51091],
  ['a pattern in $in', find({ n: { $in: [/a/] } }), 2],
  ['$elemMatch in $all', find({ list: { $all: [{ $elemMatch: { $gt: 1 } }] } }), 2],
  ['a name that begins with $', find({ 'a.$id': 1 }), 2],
  ['an empty $or', find({ $or: [] }), 2],
  ['a pattern in $gt', find({ n: { $gt: /a/ } }), 2],
];

const stageNames =
  '$lookup $graphLookup $merge $out $geoNear $bucket $bucketAuto $sortByCount $sample $redact $unionWith $set $addFields ' +
  '$unset $replaceRoot $replaceWith $setWindowFields $densify $fill $indexStats $collStats $currentOp $documents $search $foo';
const expressionNames =
  '$function $accumulator $map $filter $reduce $let $zip $range $regexMatch $split $toString $toInt $convert $type $sqrt ' +
  '$pow $rand $getField $setField $mergeObjects $objectToArray $setUnion $dateAdd $dateDiff $week $slice $toUpper $add $cond ' +
  '$eq $and $concat $dateToString $foo';
const accumulatorNames =
  '$accumulator $top $bottomN $last $lastN $min $max $maxN $avg $push $addToSet $stdDevPop $mergeObjects $count $median $foo';
const aggregations: Case[] = [
  ...stageNames.split(' ').map((name): Case => [name, aggregate({ [name]: {} }), 40324]),
  ...expressionNames.split(' ').map((name): Case => [name, aggregate({ $group: { _id: { [name]: '$n' } } }), 168]),
  ...accumulatorNames
    .split(' ')
    .map((name): Case => [name, aggregate({ $group: { _id: null, a: { [name]: '$n' } } }), 15952]),
  ['a variable', aggregate({ $group: { _id: '$$NOW' } }), 17276],
  ['an array in an expression', aggregate({ $group: { _id: ['$n'] } }), 168],
  ['a month of $dateTrunc', aggregate({ $group: { _id: { $dateTrunc: { date: '$at', unit: 'month' } } } }), 238],
  [
    'a time zone of $dateTrunc',
    aggregate({ $group: { _id: { $dateTrunc: { date: '$at', unit: 'day', timezone: 'CET' } } } }),
    238,
  ],
  ['a computed field in a stage', aggregate({ $project: { a: '$n' } }), 238],
  ['a computed field in a projection', find({}, { projection: { a: { $function: {} } } }), 238],
  ['a slice in a projection', find({}, { projection: { list: { $slice: 1 } } }), 238],
  ['a match in a projection', find({}, { projection: { list: { $elemMatch: { $gt: 1 } } } }), 238],
  ['a position in a projection', find({ list: 1 }, { projection: { 'list.$': 1 } }), 16410],
  ['a score in a sort', find({}, { sort: { a: { $meta: 'textScore' } } }), 15975],
  ['an index of $unwind', aggregate({ $unwind: { path: '$list', includeArrayIndex: 'i' } }), 28811],
  ['a path in $unwind', aggregate({ $unwind: '$a.b' }), 28811],
  ['a facet in a facet', aggregate({ $facet: { a: [{ $facet: {} }] } }), 40600],
  ['an empty projection', aggregate({ $project: {} }), 51272],
];

const updates: Case[] = [
  ...'$pop $pull $pullAll $push $pushAll $addToSet $min $max $mul $rename $currentDate $bit $foo'
    .split(' ')
    .map((name): Case => [name, update({ [name]: { n: 1 } }), 9]),
  ['a pipeline', update([{ $set: { a: 1 } }]), 238],
  ['array filters', update({ $set: { 'list.$[e]': 1 } }, { arrayFilters: [{ e: 1 }] }), 238],
  ['the matched position', update({ $set: { 'list.$': 1 } }), 238],
  ['all positions', update({ $set: { 'list.$[]': 1 } }), 238],
  ['a collation', update({ $set: { a: 1 } }, { collation: { locale: 'de' } }), 238],
  ['constants', update({ $set: { a: 1 } }, { c: { x: 1 } }), 238],
  ['an unknown field', update({ $set: { a: 1 } }, { fancy: 1 }), 40415],
  ['a replacement of many', update({ a: 1 }, { multi: true }), 9],
];

const indexes: Case[] = [
  ...['text', '2d', '2dsphere', 'hashed'].map((kind): Case => [`a ${kind} index`, index({ n: kind }), 67]),
  ['a wildcard index', index({ '$**': 1 }), 67],
  ...['sparse', 'hidden', 'collation', 'weights', 'storageEngine', 'wildcardProjection', 'bucketSize'].map(
    (option): Case => [option, index({ n: 1 }, { [option]: true }), 197],
  ),
  ['a partial index by $exists', index({ n: 1 }, { partialFilterExpression: { n: { $exists: true } } }), 67],
  ['a partial index by $or', index({ n: 1 }, { partialFilterExpression: { $or: [{ n: 1 }] } }), 67],
  ['a TTL index of two fields', index({ at: 1, n: 1 }, { expireAfterSeconds: 1 }), 67],
];

describe.each<[string, Case[]]>([
  ['commands and their fields', commands],
  ['queries', queries],
  ['aggregations', aggregations],
  ['updates', updates],
  ['indexes', indexes],
])('%s', (_, cases) => {
  it.each(cases)('%s', async (_what, command, code) => {
    const reply: unknown = await client
      .db(server.databaseName)
      .command(command)
      .then(
        // A statement that fails is an error within the reply.
        ({ writeErrors }) => writeErrors?.[0],
        (error: unknown) => error,
      );
    expect(reply).toMatchObject({ code });
  });
});

it('refuses decimals where they would have to be compared, and keeps them', async () => {
  const decimals = client.db(server.databaseName).collection<Document>('decimals');
  const { Decimal128 } = await import('mongodb');
  const d = Decimal128.fromString('1.10');
  await decimals.insertOne({ d });
  expect((await decimals.findOne())?.d).toEqual(d);
  await expect(decimals.findOne({ d })).rejects.toMatchObject({ code: 238 });
  await expect(decimals.find().sort({ d: 1 }).toArray()).rejects.toMatchObject({ code: 238 });
  await expect(decimals.createIndex({ d: 1 })).rejects.toMatchObject({ code: 238 });
  await expect(decimals.updateOne({}, { $inc: { d: 1 } })).rejects.toMatchObject({ code: 238 });
  expect(await decimals.countDocuments({ _id: { $type: 'objectId' } })).toBe(1);
  expect(ObjectId.isValid(String((await decimals.findOne())?._id))).toBe(true);
});
