import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { graphql } from '../generated/gql.ts';
import { startTestGateway, type TestGateway } from '../support/gateway.ts';
import { createOperations, createWorld, expectType } from '../support/operations.ts';
import { createRunOperations } from '../support/run-operations.ts';

const searchQuery = graphql(`
  query SearchRuns($search: String, $filter: RunFilter) {
    runs(search: $search, filter: $filter, first: 50) {
      totalCount
      nodes { name object }
      facets(fields: [MODEL]) { buckets { value count } }
    }
    runFacets(search: $search, filter: $filter, facets: [{ field: STATUS }]) { total }
  }
`);

let gateway: TestGateway;
const now = new Date().toISOString();

beforeAll(async () => {
  gateway = await startTestGateway();
  const { execute, environment, createPrompt, createInteraction } = await createWorld(gateway);
  const { rateRun } = createRunOperations(gateway);
  const prompt = expectType(
    await createPrompt({ name: 'Any', content: '{{ text }}', inputSchema: { type: 'object' } }),
    'Prompt',
  );
  const define = async (name: string) =>
    expectType(await createInteraction({ name, promptIds: [prompt.id], environmentId: environment.id }), 'Interaction')
      .id;
  const flowers = await define('Flowers');
  const lights = await define('Light houses');
  // Each is called by its `object`.
  const run = async (object: string, interactionId: string, data: Record<string, unknown>, more = {}) =>
    expectType(await execute({ interactionId, object, data, ...more }), 'InteractionRun').id;
  await run(
    'rose',
    flowers,
    { text: 'A red Rose, in full bloom', color: 'red', height: 40, tall: false },
    { tags: ['garden', 'a b'] },
  );
  await run('tulip', flowers, {
    text: 'A yellow tulip from the north',
    color: 'yellow',
    height: 25,
    weight: 1.5,
    part: { petals: [6, 7] },
  });
  const lamp = await run(
    'lamp',
    lights,
    { text: 'The keeper lights the lamp: "full stop"', color: 'Red-ish', tall: true },
    { endUser: 'ann@example.com' },
  );
  await run(
    'tower',
    lights,
    { text: '東京タワー is a tower; it is in full red', height: 333 },
    { config: { model: 'test-story' } },
  );
  await run('broken', lights, { text: 'nothing' }, { config: { model: 'execution-error' } });
  await rateRun(lamp, 3);
});
afterAll(() => gateway[Symbol.asyncDispose]());

async function search(text: string, filter = {}) {
  const { runs, runFacets } = await gateway.query(searchQuery, { search: text, filter });
  // A list, its number, its facets and the facets of everything agree.
  expect(runs.totalCount).toBe(runs.nodes.length);
  expect(runFacets.total).toBe(runs.nodes.length);
  expect(runs.facets.flatMap(({ buckets }) => buckets).reduce((sum, { count }) => sum + count, 0)).toBe(
    runs.nodes.length,
  );
  return runs.nodes.map(({ object }) => object ?? '').sort();
}

const all = ['broken', 'lamp', 'rose', 'tower', 'tulip'];

test.each([
  ['rose', ['rose']],
  ['ROSE', ['rose']],
  ['rose tulip', ['rose', 'tulip']],
  ['rose OR tulip', ['rose', 'tulip']],
  ['rose || tulip', ['rose', 'tulip']],
  ['red AND full', ['lamp', 'rose', 'tower']],
  ['red && full', ['lamp', 'rose', 'tower']],
  ['+red +full -rose', ['lamp', 'tower']],
  ['red NOT rose', ['lamp', 'tower']],
  ['red !rose', ['lamp', 'tower']],
  ['NOT red', ['broken', 'tulip']],
  ['-red -tulip', ['broken']],
  ['rose OR NOT red', ['broken', 'rose', 'tulip']],
  ['tulip OR red AND bloom', ['rose', 'tulip']],
  ['(tulip OR red) AND full', ['lamp', 'rose', 'tower']],
  ['+full tulip', ['lamp', 'rose', 'tower']],
  ['NOT (rose OR tulip)', ['broken', 'lamp', 'tower']],
  ['tul*', ['tulip']],
  ['"in full"', ['rose', 'tower']],
  ['"full bloom"', ['rose']],
  ['"bloom full"', []],
  ['"full stop"', ['lamp']],
  ['タワー', ['tower']],
  ['京タ', ['tower']],
  ['タ東', []],
  ['red-ish', ['lamp']],
  ['*', all],
  ['*:*', all],
  ['', all],
])('%s: words', async (text, expected) => {
  expect(await search(text)).toEqual(expected);
});

test.each([
  ['status:failed', ['broken']],
  ['status:FAILED', ['broken']],
  ['status:fail*', ['broken']],
  ['NOT status:failed AND parameters.color:red', ['lamp', 'rose']],
  ['name:Flowers', ['rose', 'tulip']],
  ['interaction_name:"Light houses"', ['broken', 'lamp', 'tower']],
  ['name:Light\\ houses', ['broken', 'lamp', 'tower']],
  ['name:Fl*', ['rose', 'tulip']],
  ['name:flowers', []],
  ['tags:garden', ['rose']],
  ['tags:"a b"', ['rose']],
  ['modelId:test-story', ['tower']],
  ['model:(test-story OR execution-error)', ['broken', 'tower']],
  ['object:(rose tulip)', ['rose', 'tulip']],
  ['end_user:ann@example.com', ['lamp']],
  ['endUser:ann*', ['lamp']],
  ['rating:3', ['lamp']],
  ['rating:>=2', ['lamp']],
  ['parameters.object:rose', []],
  ['parameters.color:yellow', ['tulip']],
  ['input.color:YELLOW', ['tulip']],
  ['data.color:red', ['lamp', 'rose']],
  ['parameters.height:40', ['rose']],
  ['parameters.height:40.0', ['rose']],
  ['parameters.height:+4e1', ['rose']],
  ['parameters.weight:1.50', ['tulip']],
  ['parameters.weight:-1.5', []],
  ['NOT parameters.weight:1.50', ['broken', 'lamp', 'rose', 'tower']],
  ['parameters.color:r*', ['lamp', 'rose']],
  ['parameters.text:"in full"', ['rose', 'tower']],
  ['parameters.text:東京', ['tower']],
  ['parameters.text:"京 タワー is"', ['tower']],
  ['parameters.text:京タ*', ['tower']],
  ['parameters.text:東タ', []],
  ['parameters.text:infull', []],
  ['parameters.height:40', ['rose']],
  ['parameters.height:[25 TO 40]', ['rose', 'tulip']],
  ['parameters.height:{25 TO 40]', ['rose']],
  ['parameters.height:[25 TO 40}', ['tulip']],
  ['parameters.height:[41 TO *]', ['tower']],
  ['parameters.height:<40', ['tulip']],
  ['parameters.tall:true', ['lamp']],
  ['parameters.part.petals:7', ['tulip']],
  ['parameters.height:*', ['rose', 'tower', 'tulip']],
  ['_exists_:parameters.part', ['tulip']],
  ['NOT _exists_:parameters.height', ['broken', 'lamp']],
  ['_exists_:tags', ['rose']],
  ['error.message:refuses OR error.code:provider_error', ['broken']],
  ['created_at:[2026-01-01 TO now]', all],
  ['created_at:[now-1h TO now+1h}', all],
  [`created_at:${now.slice(0, 10)}`, all],
  [`created_at:${now.slice(0, 7)}`, all],
  [`created_at:[${now.slice(0, 13)}:00:00Z TO *]`, all],
  ['created_at:<2026-01-01T10:30:00.000Z', []],
  ['created_at:2001', []],
  ['execution_time:[0 TO *] AND kind:interaction', all],
  ['token_use.total:>0 AND source.type:api', ['lamp', 'rose', 'tower', 'tulip']],
])('%s: fields', async (text, expected) => {
  expect(await search(text)).toEqual(expected);
});

test('a filter and a search narrow together', async () => {
  expect(await search('full', { interactionName: 'Flowers' })).toEqual(['rose']);
});

test('no search is slow, whatever it meets', async () => {
  const { execute } = createOperations(gateway);
  const data = { text: '東'.repeat(20_000), color: ' -'.repeat(10_000), height: 'a '.repeat(10_000) };
  const { id } = expectType(await execute({ specifier: 'Flowers', data }), 'InteractionRun');
  const repeated = ['東'.repeat(900), `"${'a '.repeat(900)}"`, 'a'.repeat(1_900)];
  for (const text of repeated.flatMap((part) => [`parameters.text:${part}`, `parameters.height:${part}`, part]))
    await search(text);
  await createRunOperations(gateway).deleteRun(id);
});

describe('what is wrong is said with its place', () => {
  const ask = async (text: string) => {
    const { errors } = await gateway.send(searchQuery, { search: text });
    const [error] = errors;
    expect(error?.extensions).toMatchObject({ code: 'VALIDATION_ERROR', issues: [{ path: '/search' }] });
    return error?.message.replace(/^\/search: /, '');
  };

  test.each([
    ['rose AND', 'is wrong at character 9: expected a word, a phrase or a field, found the end'],
    [
      'AND rose',
      'is wrong at character 1: expected a word, a phrase or a field, found the operator AND; quote it to search for it',
    ],
    ['(rose', 'is wrong at character 6: expected ")", found the end'],
    ['rose)', 'is wrong at character 5: expected the end, found ")"'],
    ['"rose', 'is wrong at character 1: this quotation mark has no end'],
    ['status:', 'is wrong at character 8: expected a word, a phrase or a field, found the end'],
    [
      'status:lost',
      'is wrong at character 1: status is one of created, processing, completed, failed, cancelled, not "lost"',
    ],
    ['rating:good', 'is wrong at character 1: rating is a number, not "good"'],
    [
      'created_at:yesterday',
      'is wrong at character 1: created_at is a date, as in 2026-01-31, 2026-01-31T12:00:00Z, now or now-7d, not "yesterday"',
    ],
    [
      'created_at:2026-02-30',
      'is wrong at character 1: created_at is a date, as in 2026-01-31, 2026-01-31T12:00:00Z, now or now-7d, not "2026-02-30"',
    ],
    ['created_at:[2026-01-01 now]', 'is wrong at character 24: expected TO, found "now]"'],
    ['created_at:[2026-01-01 TO now', 'is wrong at character 30: expected "]" or "}", found the end'],
    ['[1 TO 2]', 'is wrong at character 1: a range needs a field, as in created_at:[2026-01-01 TO now]'],
    ['status:[a TO b]', 'is wrong at character 1: status has no order; write status:(a OR b)'],
    ['ro*se', 'is wrong at character 3: * may only stand at the end of a word'],
    ['ros?', 'is wrong at character 4: ? has no meaning here; write \\? to search for it'],
    ['rose~2', 'is wrong at character 5: ~ has no meaning here; write \\~ to search for it'],
    ['rose^2', 'is wrong at character 5: ^ has no meaning here; write \\^ to search for it'],
    ['/ro.e/', 'is wrong at character 1: regular expressions are not supported; quote the text to search for it'],
    ['name:ro\0se*', 'is wrong at character 8: the character U+0000 has no meaning here'],
    [':rose', 'is wrong at character 1: expected the name of a field before ":"'],
  ])('%s', async (text, message) => {
    expect(await ask(text)).toBe(message);
  });

  test('an unknown field, with those that there are', async () => {
    expect(await ask('owner:x')).toMatch(
      /^is wrong at character 1: there is no field "owner"; the fields are id or _id, kind, status, .*, result or result\.<path>; write \\: for a colon that is no field's$/,
    );
    for (const name of [
      'project',
      'searchTokens',
      'epoch',
      'source.clientIp',
      '$where',
      '__proto__',
      'constructor',
      'config',
      'result..x',
    ]) {
      expect(await ask(`${name}:x`)).toContain(`there is no field "${name}"`);
    }
  });

  test('too much', async () => {
    expect(await ask('x'.repeat(2001))).toBe('must have at most 2000 characters');
    expect(await ask('a '.repeat(101))).toContain('there may be at most 100 terms');
    expect(await ask('('.repeat(500))).toContain('may lie at most 20 deep in each other');
    expect(await ask('NOT '.repeat(400))).toContain('may lie at most 20 deep in each other');
  });
});

test('who may see only their own runs finds none of others, and not all of theirs for them', async () => {
  const { createApiKey, publishInteraction, execute, interaction } = await createWorld(gateway);
  await publishInteraction(interaction.id);
  const created = await createApiKey({ name: 'browser', role: 'EXECUTOR', kind: 'PUBLIC' });
  const { secret, apiKey } = expectType(created, 'CreatedApiKey');
  await execute({ specifier: 'Color', data: { object: 'sea' } }, { key: secret });
  const count = async (text: string) =>
    (await gateway.query(searchQuery, { search: text }, { key: secret })).runs.totalCount;
  expect(await count(`source.principal_id:${apiKey.id}`)).toBe(1);
  expect(await count('source.principal_id:0123456789abcdef01234567')).toBe(0);
  expect(await count(`NOT source.principal_id:${apiKey.id}`)).toBe(0);
});
