import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { selectFields } from '../../../src/rest/composable/run-select.ts';
import { startTestGateway, type TestGateway } from '../../support/gateway.ts';
import { createWorld } from '../../support/operations.ts';
import { type CallRest, createRestCaller } from '../../support/rest.ts';

const oldInteraction = '6554cf617eae1c28ef5f3d40';

let gateway: TestGateway;
let call: CallRest;
/** Ids by what the runs are about. */
const ids = new Map<string, string>();

beforeAll(async () => {
  gateway = await startTestGateway();
  call = createRestCaller(gateway, '/api/v1');
  await createWorld(gateway, {
    prompt: { name: 'p', content: 'Look at {{ object }}' },
    interaction: { name: 'Look', externalId: oldInteraction },
  });
  await run('rose', { tags: ['red', 'flower'] });
  await run('sunflower', { tags: ['yellow', 'flower'], object: 'garden-1' });
  await run('car', { tags: ['red'] });
  await run('ship', { config: { model: 'execution-error' } });
  const stopped = await call('POST', '/runs', {
    body: { interaction: 'Look', data: { object: 'stopped' }, stream: true },
  });
  await call('POST', `/runs/${stopped.body.id}/cancel`);
  ids.set('stopped', stopped.body.id);
});
afterAll(() => gateway[Symbol.asyncDispose]());

async function run(object: string, more: object): Promise<void> {
  const { body } = await call('POST', '/runs', { body: { interaction: 'Look', data: { object }, ...more } });
  ids.set(object, body.id);
}

const objectsOf = (runs: readonly { id: string }[]) =>
  runs.map(({ id }) => [...ids].find(([, known]) => known === id)?.[0]).sort();

test('empty parameters of a list are none', async () => {
  const { status, body } = await call('GET', '/runs?limit=&offset=&status=&tag=&parent=&interaction=');
  expect([status, body.length]).toEqual([200, ids.size]);
  const interactions = await call('GET', '/interactions?limit=&version=&name=&status=&tags=');
  expect(interactions.body).toMatchObject([{ name: 'Look' }]);
});

test.each([
  ['source', ['api']],
  ['status', ['completed', 'failed']],
  ['tag', ['red', 'flower', 'yellow']],
  ['error.code', ['cancelled', 'provider_error']],
])('filter options and facets of %s have the words of this API', async (field, expected) => {
  const { body: options } = await call('GET', `/runs/filter-options/${field}`);
  expect(options.map(({ id }: { id: string }) => id).sort()).toEqual([...expected].sort());
  const { body } = await call('POST', '/runs/facets', { body: { facets: [{ name: 'x', field }] } });
  expect(body.x.map(({ _id }: { _id: string }) => _id).sort()).toEqual([...expected].sort());
});

describe('search', () => {
  const search = async (query: object, page: object = {}) => {
    const { status, body } = await call('POST', '/runs/search', { body: { ...page, query } });
    expect(status).toBe(200);
    return body;
  };
  const find = async (query: object) => objectsOf(await search(query));

  test.each([
    [{}, ['car', 'rose', 'ship', 'stopped', 'sunflower']],
    [{ query: 'parameters.object:rose' }, ['rose']],
    [{ query: 'parameters.object:(rose OR car) AND NOT tags:flower' }, ['car']],
    [{ query: 'sunflower' }, ['sunflower']],
    [{ query: 'sun*' }, ['sunflower']],
    [{ query: 'flower', default_query_path: 'tags' }, ['rose', 'sunflower']],
    [{ query: 'status:failed' }, ['ship', 'stopped']],
    [{ query: 'NOT status:failed' }, ['car', 'rose', 'sunflower']],
    [{ query: `interaction:${oldInteraction} AND car` }, ['car']],
    [{ status: 'failed' }, ['ship', 'stopped']],
    [{ tags: ['red', 'flower'] }, ['rose']],
    [{ tags: ['flower'], exclude_tags: ['red'] }, ['sunflower']],
    [{ object: 'garden-1' }, ['sunflower']],
    [{ name: 'Look', interaction: oldInteraction, model: 'test-echo', tags: 'red' }, ['car', 'rose']],
    [{ name: 'Other' }, []],
    [{ interaction: [], model: '', status: [], tags: [], parent: [], name: '', object: '', query: 'rose' }, ['rose']],
    [{ end: '2001-01-01' }, []],
    [{ start: '2001-01-01', parent: false, tags: ['red'] }, ['car', 'rose']],
  ])('%j', async (query, expected) => {
    expect(await find(query)).toEqual(expected);
  });

  test('pages, newest first', async () => {
    const all = await search({});
    expect(objectsOf(all.slice(0, 1))).toEqual(['stopped']);
    expect(await search({}, { limit: 2, offset: 1 })).toEqual(all.slice(1, 3));
    expect(await search({ limit: 2, offset: 1 })).toEqual(all.slice(1, 3));
  });

  test('end is included', async () => {
    const [run] = await search({ query: 'car' });
    expect(await find({ start: run.created_at, end: run.created_at, tags: ['red'] })).toEqual(['car']);
  });

  test('facets count what a search finds', async () => {
    const facets = [{ name: 'states', field: 'status' }];
    const { body } = await call('POST', '/runs/facets', { body: { facets, query: { query: 'status:failed' } } });
    expect(body).toEqual({ states: [{ _id: 'failed', count: 2 }], total: 2 });
  });
});

describe('find', () => {
  const find = async (query: object, more: object = {}) => {
    const { status, body } = await call('POST', '/runs/find', { body: { query, ...more } });
    expect(status).toBe(200);
    return body;
  };

  test.each([
    [{ 'parameters.object': 'rose' }, ['rose']],
    [{ tags: { $all: ['red', 'flower'] } }, ['rose']],
    [{ $or: [{ 'parameters.object': 'car' }, { object: 'garden-1' }] }, ['car', 'sunflower']],
    [{ status: 'failed' }, ['ship', 'stopped']],
    [{ status: { $ne: 'failed' } }, ['car', 'rose', 'sunflower']],
    [{ status: { $in: ['failed', 'processing'] } }, ['ship', 'stopped']],
    [{ $nor: [{ status: { $eq: 'failed' } }, { tags: 'red' }] }, ['sunflower']],
    [{ interaction: oldInteraction, modelId: 'execution-error' }, ['ship']],
    [{ interaction: { $in: [oldInteraction] }, tags: 'yellow' }, ['sunflower']],
  ])('%j', async (query, expected) => {
    expect(objectsOf(await find(query))).toEqual(expected);
  });

  test('answers what is selected; references are ids', async () => {
    const [all] = await find({ 'parameters.object': 'rose' });
    expect(all).toMatchObject({ interaction: expect.any(String), environment: expect.any(String), prompt: [{}] });
    const id = ids.get('rose');
    expect(await find({ _id: id }, { select: 'status parameters.object nothing' })).toEqual([
      { id, status: 'completed', parameters: { object: 'rose' } },
    ]);
    expect((await find({ _id: id }, { select: '-prompt -result' }))[0]).not.toHaveProperty('prompt');
    expect(await find({}, { limit: 2, select: 'id' })).toHaveLength(2);
  });

  test('reaches no other project', async () => {
    const query = 'mutation { createProject(input: { name: "Other" }) { ... on Project { id } } }';
    const { body } = await createRestCaller(gateway)('POST', '/graphql', { body: { query } });
    const headers = { 'x-project-id': body.data.createProject.id };
    const found = await call('POST', '/runs/find', { headers, body: { query: { _id: ids.get('rose') } } });
    expect(found.body).toEqual([]);
  });
});

test('fields are selected by their names and paths', () => {
  const answer = { id: 'x', a: 1, b: { c: 2, d: [3] }, e: null };
  expect(selectFields(answer, null)).toEqual(answer);
  expect(selectFields(answer, ' a  e ')).toEqual({ id: 'x', a: 1, e: null });
  expect(selectFields(answer, 'b.c b.z')).toEqual({ id: 'x', b: { c: 2 } });
  expect(selectFields(answer, 'b.c b')).toEqual({ id: 'x', b: { c: 2, d: [3] } });
  expect(selectFields(answer, 'a.b __proto__')).toEqual({ id: 'x', a: 1 });
  expect(selectFields(answer, '-b -id')).toEqual({ id: 'x', a: 1, e: null });
});
