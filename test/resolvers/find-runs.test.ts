import type { CommandStartedEvent } from 'mongodb';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { graphql } from '../generated/gql.ts';
import { isOfProject } from '../support/database.ts';
import { startTestGateway, type TestGateway } from '../support/gateway.ts';
import { createWorld, expectType } from '../support/operations.ts';

const findRunsQuery = graphql(`
  query FindRuns($query: JSONObject!, $first: Int) {
    findRuns(query: $query, first: $first) {
      totalCount
      nodes { id object }
      facets(fields: [STATUS]) { buckets { value count } }
    }
  }
`);

let gateway: TestGateway;
let interactionId: string;
/** Of another project. */
let foreign: string;
const commands: CommandStartedEvent[] = [];

beforeAll(async () => {
  gateway = await startTestGateway({}, { onCommand: (command) => void commands.push(command) });
  const { execute, interaction, createPrompt, createInteraction, environment } = await createWorld(gateway);
  interactionId = interaction.id;
  const prompt = expectType(await createPrompt({ name: 'Any', content: '{{ text }}' }), 'Prompt');
  const made = await createInteraction({ name: 'Any', promptIds: [prompt.id], environmentId: environment.id });
  const any = expectType(made, 'Interaction').id;
  const run = (object: string, data: Record<string, unknown>, more = {}) =>
    execute({ interactionId: any, object, data: { text: 'x', ...data }, ...more });
  await run(
    'one',
    {
      size: 1,
      color: 'red',
      items: [
        { kind: 'a', n: 1 },
        { kind: 'b', n: 5 },
      ],
    },
    { tags: ['x', 'y'] },
  );
  await run('two', { size: 2, color: 'a.*b', items: [{ kind: 'a', n: 5 }] }, { tags: ['y'] });
  await run('three', { size: null, 'dotted.key': 1, 'a\u0000b': 'n\u0000o' }, { config: { model: 'execution-error' } });
  const { tenancy } = gateway.store;
  const first = await tenancy.findFirstProject();
  if (first === null) throw new Error('There is no project');
  const other = await tenancy.insertProject({
    account: first.account,
    name: 'Other',
    slug: 'other',
    recordPayloads: 'all',
    retentionDays: null,
  });
  const headers = { 'x-project-id': 'other' };
  const world = await createWorld({
    ...gateway,
    query: (document, variables) => gateway.query(document, variables, { headers }),
  });
  const theirs = await world.execute({ interactionId: world.interaction.id, data: { object: 'secret' } });
  foreign = expectType(theirs, 'InteractionRun').id;
  expect(other.id).not.toBe(first.id);
});
afterAll(() => gateway[Symbol.asyncDispose]());

async function find(query: Record<string, unknown>) {
  const { findRuns } = await gateway.query(findRunsQuery, { query, first: 50 });
  expect(findRuns.totalCount).toBe(findRuns.nodes.length);
  return findRuns.nodes.map(({ object }) => object ?? '').sort();
}

test.each<[Record<string, unknown>, string[]]>([
  [{}, ['one', 'three', 'two']],
  [{ status: 'failed' }, ['three']],
  [{ status: { $in: ['FAILED', 'completed'] } }, ['one', 'three', 'two']],
  [{ status: { $ne: 'failed' }, tags: 'y' }, ['one', 'two']],
  [{ tags: { $all: ['x', 'y'] } }, ['one']],
  [{ tags: { $size: 1 } }, ['two']],
  [{ 'parameters.size': { $gte: 2 } }, ['two']],
  [{ 'input.size': null }, ['three']],
  [{ 'parameters.size': { $exists: false } }, []],
  [{ 'parameters.size': { $not: { $gt: 1 } } }, ['one', 'three']],
  [{ 'parameters.items': { $elemMatch: { kind: 'a', n: { $gt: 3 } } } }, ['two']],
  [{ 'parameters.items.n': 5 }, ['one', 'two']],
  [{ 'parameters.color': { $regex: 'a.*b' } }, ['two']],
  [{ 'parameters.color': { $regex: '^R', $options: 'i' } }, ['one']],
  [{ 'parameters.color': { $regex: 'r.d' } }, []],
  [{ 'parameters.a\u0000b': 'n\u0000o' }, ['three']],
  [{ 'parameters.color': { $elemMatch: { 'a\u0000b': 1 } } }, []],
  [{ $or: [{ object: 'one' }, { object: 'three' }] }, ['one', 'three']],
  [{ $nor: [{ object: 'one' }] }, ['three', 'two']],
  [{ $and: [{ tags: 'y' }, { 'parameters.color': 'red' }] }, ['one']],
  [{ created_at: { $gte: '2026-01-01', $lt: 'now' } }, ['one', 'three', 'two']],
  [{ modelId: 'execution-error', 'error.code': { $exists: true } }, ['three']],
  [{ object: { $nin: ['one'] }, end_user: null }, ['three', 'two']],
])('%j', async (query, expected) => {
  expect(await find(query)).toEqual(expected);
});

test('an interaction is found by its draft, and excluded with all that is its', async () => {
  expect(await find({ interaction: interactionId })).toEqual([]);
  expect(await find({ interaction: { $ne: interactionId } })).toEqual(['one', 'three', 'two']);
});

/** Something in `levels` objects. */
const nest = (levels: number, make: (inner: unknown) => unknown, inner: unknown = { status: 'failed' }): unknown =>
  levels === 0 ? inner : make(nest(levels - 1, make, inner));

const scripts = [
  'function() { return true }',
  'while(true){}',
  'sleep(10000)',
  'this.constructor.constructor("return process")()',
];
const evilPatterns = ['(a+)+$', '(x+x+)+y', '^(([a-z])+.)+[A-Z]([a-z])+$', '(?=(a+))a*b', '.*'.repeat(50)];
const secretNames = [
  'project',
  'owner',
  'epoch',
  'deadlineAt',
  'deadline_at',
  'requestFile',
  'resultFile',
  'searchTokens',
  'searchText',
  'source.clientIp',
  'source',
  'prompt',
  'config',
  'config.options',
  'credentials',
  'hash',
  'environment.credentials',
  'watchedAt',
  'cancelRequestedAt',
  'chunkCount',
  'attempts',
  'attempts.0.error',
  'recordPayloads',
  'resultSchema',
  'interactionDraft',
  'account',
  'secret',
];
const strangeNames = [
  '',
  '.',
  '..',
  'constructor',
  'prototype',
  'toString',
  'hasOwnProperty',
  '0',
  'parameters..x',
  'result.',
  '.result',
  'status.x',
  '_id.x',
  ' status',
  'status ',
  'STATUS',
  'parameters\u0000',
];
const topOperators = [
  '$ne',
  '$nin',
  '$all',
  '$size',
  '$regex',
  '$exists',
  '$elemMatch',
  '$where',
  '$expr',
  '$jsonSchema',
  '$text',
  '$comment',
  '$function',
  '$not',
  '$eq',
  '$in',
  '$lookup',
  '$merge',
  '$out',
  '$set',
  '$unset',
  '$project',
  '$match',
  '$rand',
  '$sampleRate',
  '$alwaysTrue',
  '$accumulator',
  '$constructor',
  '$__proto__',
  '$',
];
const fieldOperators = [
  '$where',
  '$expr',
  '$jsonSchema',
  '$text',
  '$type',
  '$mod',
  '$bitsAllSet',
  '$geoWithin',
  '$near',
  '$function',
  '$slice',
  '$meta',
  '$comment',
  '$and',
  '$or',
  '$nor',
  '$regularExpression',
  '$date',
  '$oid',
  '$numberLong',
  '$ref',
  '$id',
  '$db',
  '$min',
  '$max',
  '$inc',
  '$rename',
  '$currentDate',
  '$lookup',
  '$match',
];

type Case = [name: string, query: Record<string, unknown>, path: string];

const hostile: Case[] = [
  ...topOperators.map((name): Case => [`top ${name}`, { [name]: scripts[0] }, `/query/${name}`]),
  ...fieldOperators.map((name): Case => [`field ${name}`, { object: { [name]: 'x' } }, `/query/object/${name}`]),
  ...secretNames.map((name): Case => [`secret ${name}`, { [name]: { $exists: true } }, `/query/${name}`]),
  ...secretNames.map((name): Case => [`secret within $or ${name}`, { $or: [{ [name]: 'x' }] }, `/query/$or/0/${name}`]),
  ...strangeNames.map((name): Case => [`name ${JSON.stringify(name)}`, { [name]: 1 }, `/query/${name}`]),
  ...scripts.map(
    (script): Case => [`script ${script}`, { 'parameters.x': { $where: script } }, '/query/parameters.x/$where'],
  ),
  ...scripts.map(
    (script): Case => [
      `$expr ${script}`,
      { $and: [{ $expr: { $function: { body: script, args: [], lang: 'js' } } }] },
      '/query/$and/0/$expr',
    ],
  ),
  ...evilPatterns.map(
    (pattern): Case => [`pattern on a number ${pattern}`, { rating: { $regex: pattern } }, '/query/rating/$regex'],
  ),
  ...evilPatterns.map(
    (pattern): Case => [
      `pattern with flags ${pattern}`,
      { object: { $regex: pattern, $options: 'mx' } },
      '/query/object/$options',
    ],
  ),
  ['options alone', { object: { $options: 'i' } }, '/query/object/$options'],
  ['pattern object', { object: { $regex: { $regex: 'x' } } }, '/query/object/$regex'],
  ['long pattern', { object: { $regex: 'x'.repeat(1001) } }, '/query/object/$regex'],
  ['pattern with NUL', { object: { $regex: '^a\u0000b' } }, '/query/object/$regex'],
  ['pattern on a date', { created_at: { $regex: '2026' } }, '/query/created_at/$regex'],
  ['pattern on a status', { status: { $regex: 'f' } }, '/query/status/$regex'],
  [
    'deep $and',
    nest(9, (inner) => ({ $and: [inner] })) as Record<string, unknown>,
    `/query${'/$and/0'.repeat(8)}/$and`,
  ],
  [
    'deep $not',
    { object: nest(9, (inner) => ({ $not: inner }), { $eq: 'x' }) },
    `/query/object${'/$not'.repeat(8)}/$not`,
  ],
  [
    'deep $elemMatch',
    { 'parameters.x': nest(9, (inner) => ({ $elemMatch: inner }), { $eq: 1 }) },
    `/query/parameters.x${'/$elemMatch'.repeat(8)}/$elemMatch`,
  ],
  ['deep names', { 'parameters.x': { a: { b: { c: 1 } } } }, '/query/parameters.x/a'],
  ['wide', { $or: Array.from({ length: 101 }, (_, index) => ({ object: String(index) })) }, '/query/$or/99/object'],
  ['giant $in', { object: { $in: Array.from({ length: 201 }, String) } }, '/query/object/$in'],
  ['giant $nin', { tags: { $nin: Array.from({ length: 10_000 }, String) } }, '/query/tags/$nin'],
  ['giant $all', { tags: { $all: Array.from({ length: 201 }, String) } }, '/query/tags/$all'],
  ['giant list as a value', { 'parameters.x': Array.from({ length: 201 }, String) }, '/query/parameters.x'],
  ['giant text', { object: 'x'.repeat(100_000) }, '/query/object'],
  ['empty $and', { $and: [] }, '/query/$and'],
  ['empty $or', { $or: [] }, '/query/$or'],
  ['$or of no list', { $or: { status: 'failed' } }, '/query/$or'],
  ['$or of texts', { $or: ['x'] }, '/query/$or/0'],
  ['$or of null', { $or: [null] }, '/query/$or/0'],
  ['$in of no list', { status: { $in: 'failed' } }, '/query/status/$in'],
  ['$in of lists', { object: { $in: [['x']] } }, '/query/object/$in/0'],
  ['$in of operators', { object: { $in: [{ $ne: null }] } }, '/query/object/$in/0'],
  ['$eq of an object', { 'parameters.x': { $eq: { a: 1 } } }, '/query/parameters.x/$eq'],
  ['$ne of an operator', { object: { $ne: { $exists: true } } }, '/query/object/$ne'],
  ['$gt of an object', { rating: { $gt: {} } }, '/query/rating/$gt'],
  ['$gt of a list', { rating: { $gt: [] } }, '/query/rating/$gt'],
  ['no operator', { object: {} }, '/query/object'],
  ['$not of a text', { object: { $not: 'x' } }, '/query/object/$not'],
  ['$not of nothing', { object: { $not: {} } }, '/query/object/$not'],
  ['$elemMatch of a text', { 'parameters.x': { $elemMatch: 'x' } }, '/query/parameters.x/$elemMatch'],
  ['$elemMatch of nothing', { 'parameters.x': { $elemMatch: {} } }, '/query/parameters.x/$elemMatch'],
  [
    '$elemMatch with a script',
    { 'parameters.x': { $elemMatch: { $where: 'x' } } },
    '/query/parameters.x/$elemMatch/$where',
  ],
  [
    '$elemMatch with a hidden script',
    { 'parameters.x': { $elemMatch: { a: { $where: 'x' } } } },
    '/query/parameters.x/$elemMatch/a/$where',
  ],
  [
    '$elemMatch with an empty name',
    { 'parameters.x': { $elemMatch: { 'a..b': 1 } } },
    '/query/parameters.x/$elemMatch/a..b',
  ],
  ['$elemMatch of a column', { tags: { $elemMatch: { owner: 'x' } } }, '/query/tags/$elemMatch/owner'],
  ['$size of a text', { tags: { $size: '1' } }, '/query/tags/$size'],
  ['$size below zero', { tags: { $size: -1 } }, '/query/tags/$size'],
  ['$size of a part', { tags: { $size: 1.5 } }, '/query/tags/$size'],
  ['$exists of a number', { tags: { $exists: 1 } }, '/query/tags/$exists'],
  ['an unknown status', { status: 'lost' }, '/query/status'],
  ['a status that is a number', { status: 1 }, '/query/status'],
  ['a status that is true', { status: { $ne: true } }, '/query/status/$ne'],
  ['a kind that there is not', { kind: { $in: ['interaction', 'secret'] } }, '/query/kind/$in/1'],
  ['a date in words', { created_at: { $gte: 'yesterday' } }, '/query/created_at/$gte'],
  ['a date that is none', { created_at: '2026-13-01' }, '/query/created_at'],
  ['a date that is a number', { created_at: { $lt: 1_700_000_000 } }, '/query/created_at/$lt'],
  ['a date as the shell writes it', { created_at: { $gte: { $date: '2026-01-01' } } }, '/query/created_at/$gte'],
  ['a number in text', { rating: '3' }, '/query/rating'],
  ['NaN in text', { rating: { $gt: 'NaN' } }, '/query/rating/$gt'],
  ['true for a number', { execution_time: true }, '/query/execution_time'],
  ['an id that is a number', { id: 7 }, '/query/id'],
  ['an id as the shell writes it', { _id: { $oid: '0123456789abcdef01234567' } }, '/query/_id/$oid'],
  ['a list for an id', { id: ['0123456789abcdef01234567'] }, '/query/id'],
];

describe('two hundred hostile queries', () => {
  test('are two hundred', () => {
    expect(hostile.length).toBeGreaterThanOrEqual(200);
  });

  test.each(hostile)('%s', async (_name, query, path) => {
    commands.length = 0;
    const { data, errors } = await gateway.send(findRunsQuery, { query });
    expect(data ?? null).toBeNull();
    expect(errors).toHaveLength(1);
    const [error] = errors;
    expect(error?.extensions?.code).toBe('VALIDATION_ERROR');
    expect(error?.extensions?.issues).toEqual([{ path, message: expect.stringMatching(/./) }]);
    // It is refused before the database hears of it. What the process asks for itself is of no project.
    const asked = commands.filter(({ command }) => isOfProject(command) && JSON.stringify(command).includes('"runs"'));
    expect(asked).toEqual([]);
  });

  test('no prototype comes in, by variables or in the text', async () => {
    const texts = [
      '{ findRuns(query: { __proto__: { x: 1 } }) { totalCount } }',
      '{ findRuns(query: { object: { __proto__: { _where: "x" } } }) { totalCount } }',
    ];
    for (const query of texts) {
      const body = JSON.stringify({ query });
      const headers = { authorization: `Bearer ${gateway.key}`, 'content-type': 'application/json' };
      const response = await fetch(`${gateway.url}/graphql`, { method: 'POST', headers, body });
      expect(await response.json()).toMatchObject({
        data: null,
        errors: [{ extensions: { code: 'VALIDATION_ERROR' } }],
      });
    }
    for (const text of [
      '{"__proto__": {"x": 1}}',
      '{"object": {"__proto__": 1}}',
      '{"$or": [{"__proto__": {"x": 1}}]}',
    ]) {
      const { data, errors } = await gateway.send(findRunsQuery, { query: JSON.parse(text) });
      expect(data).toBeUndefined();
      expect(errors).toMatchObject([{ extensions: { code: 'BAD_REQUEST' } }]);
    }
  });

  test('no pattern is more than its letters', async () => {
    for (const pattern of [...evilPatterns, '.*', '|', '^|x', '[a-z]+']) {
      expect(await find({ object: { $regex: pattern } })).toEqual([]);
    }
  });

  test("another project's runs are not there, however they are asked for", async () => {
    const asked = [
      { id: foreign },
      { id: { $in: [foreign] } },
      { _id: { $ne: null } },
      { $or: [{ id: foreign }, { id: { $exists: true } }] },
      { $nor: [{ id: 'x' }] },
      { 'parameters.object': 'secret' },
      { $and: [{}, { $or: [{}] }] },
    ];
    for (const query of asked) {
      const { findRuns } = await gateway.query(findRunsQuery, { query, first: 100 });
      expect(findRuns.nodes.map(({ id }) => id)).not.toContain(foreign);
    }
  });
});

test('an interaction is its draft and its versions, whichever operators ask for it', async () => {
  const { execute, publishInteraction, interaction } = await createWorld(gateway);
  const version = expectType(await publishInteraction(interaction.id), 'Interaction').id;
  await execute({ interactionId: version, object: 'version', data: { object: 'x' } });
  await execute({ interactionId: interaction.id, object: 'draft', data: { object: 'x' } });
  const draft = interaction.id;
  expect(await find({ interaction: draft })).toEqual(['draft', 'version']);
  expect(await find({ interaction: { $in: [draft], $ne: version } })).toEqual(['draft']);
  expect(await find({ interaction: { $in: [draft], $nin: ['x', version] } })).toEqual(['draft']);
  expect(await find({ interaction: { $not: { $ne: version } } })).toEqual(['version']);
  expect(await find({ interaction: { $not: { $ne: draft } } })).toEqual(['draft', 'version']);
  expect(await find({ interaction: { $not: { $regex: '^x' }, $eq: version } })).toEqual(['version']);
  expect(await find({ interaction: { $regex: `^${version.toUpperCase()}`, $options: 'i' } })).toEqual(['version']);
});
