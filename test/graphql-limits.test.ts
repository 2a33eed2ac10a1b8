import { getIntrospectionQuery } from 'graphql';
import type { CommandStartedEvent } from 'mongodb';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { isOfProject } from './support/database.ts';
import { startTestGateway, type TestGateway } from './support/gateway.ts';

let gateway: TestGateway;
/** The commands of a project that reached the database: neither those that find out whose key it is, nor the process's own. */
let commands: string[] = [];

beforeAll(async () => {
  const onCommand = ({ commandName, command }: CommandStartedEvent) => {
    const collection = String(command[commandName]);
    if (isOfProject(command) && collection !== 'api_keys') commands.push(`${commandName} ${collection}`);
  };
  gateway = await startTestGateway({}, { onCommand });
});
afterAll(() => gateway[Symbol.asyncDispose]());
beforeEach(() => {
  commands = [];
});

interface Result {
  readonly data?: unknown;
  readonly errors?: { readonly message: string; readonly extensions?: Record<string, unknown> }[];
  readonly extensions?: { readonly cost?: { readonly requested: number; readonly maximum: number } };
}

const post = (body: string, accept = 'application/graphql-response+json') =>
  fetch(`${gateway.url}/graphql`, {
    method: 'POST',
    headers: { authorization: `Bearer ${gateway.key}`, 'content-type': 'application/json', accept },
    body,
  });
/** `variables` are JSON. */
const send = async (query: string, variables = '{}'): Promise<Result & { status: number }> => {
  const operationName = query.startsWith('query Q0') ? '"Q0"' : null;
  const response = await post(
    `{"query":${JSON.stringify(query)},"operationName":${operationName},"variables":${variables}}`,
  );
  return { status: response.status, ...((await response.json()) as Result) }; // GraphQL answers are like this.
};

const nest = (open: string, inner: string, close: string, depth: number) =>
  open.repeat(depth) + inner + close.repeat(depth);
/** Fragments that each spread the next one twice. */
const bomb = (count: number, last: string) =>
  `{ ...F0 } ${Array.from({ length: count }, (_, n) => `fragment F${n} on Query { ...F${n + 1} ...F${n + 1} }`).join(' ')}
  fragment F${count} on Query { ${last} }`;

/** What is sent, the limit that refuses it, and what was measured. */
const hostile: readonly [name: string, limit: string, query: string, variables: string, measured: number][] = [
  ['many tokens', 'tokens', `{ ${'__typename '.repeat(90_000)} }`, '{}', 5001],
  ['a list without an end', 'inputDepth', `{ node(id: ${'['.repeat(50_000)}`, '{}', 65],
  ['deep selections', 'depth', nest('{ runs ', '', '}', 10_000), '{}', 17],
  ['deep selections of a subscription', 'depth', `subscription ${nest('{ a ', '', '}', 200)}`, '{}', 17],
  ['fragments in fragments', 'depth', nest('{ ... on Query ', '', '}', 2_000), '{}', 17],
  ['a deep list of types', 'depth', `type A { a: ${'['.repeat(50_000)}`, '{}', 17],
  [
    'depth by fragments',
    'depth',
    `{ viewer { project { ...A } } } ${Array.from({ length: 20 }, (_, n) => `fragment ${'A'.repeat(n + 1)} on Project { account { ...${'A'.repeat(n + 2)} } }`).join(' ')}
     fragment ${'A'.repeat(21)} on Project { id }`,
    '{}',
    23,
  ],
  [
    'deep input in the document',
    'inputDepth',
    `{ previewPrompt(data: ${nest('{ a: ', '1', '}', 500)}) { tokens } }`,
    '{}',
    65,
  ],
  ['wide', 'fields', `{ ${'__typename '.repeat(2_000)} }`, '{}', 2000],
  ['exponential fragments', 'fields', bomb(60, '__typename'), '{}', 2 ** 61 * 1.5 - 2],
  ['exponential fragments with nothing in them', 'fields', bomb(60, ''), '{}', 0],
  ['aliases', 'aliases', `{ ${Array.from({ length: 51 }, (_, n) => `a${n}: viewer { role }`).join(' ')} }`, '{}', 51],
  [
    'aliased executions',
    'aliases',
    `mutation { ${Array.from({ length: 100 }, (_, n) => `a${n}: execute(input: { specifier: "x" }) { __typename }`).join(' ')} }`,
    '{}',
    100,
  ],
  ['directives', 'directives', `{ __typename ${'@include(if: true) '.repeat(300)} }`, '{}', 300],
  ['very many directives', 'tokens', `{ __typename ${'@include(if: true) '.repeat(10_000)} }`, '{}', 5001],
  ['operations', 'operations', Array.from({ length: 21 }, (_, n) => `query Q${n} { __typename }`).join(' '), '{}', 21],
  [
    'deep variables',
    'inputDepth',
    'query ($d: JSONObject) { previewPrompt(data: $d) { tokens } }',
    `{"d":{"a":${nest('[', '', ']', 5_000)}}}`,
    65,
  ],
  ['very deep variables, not even used', 'inputDepth', '{ __typename }', `{"d":${nest('[', '', ']', 400_000)}}`, 65],
  [
    'big variables',
    'inputValues',
    '{ __typename }',
    JSON.stringify({ d: Array.from({ length: 60_000 }, () => 1) }),
    60_002,
  ],
  ['a page without an end', 'cost', '{ runs(first: 1000000000) { nodes { id } } }', '{}', 1_000_000_006],
  [
    'the same, by a variable',
    'cost',
    'query ($n: Int) { runs(first: $n) { edges { node { id } } } }',
    '{"n":20000}',
    0,
  ],
  [
    'pages in pages',
    'cost',
    '{ interactions(first: 100) { nodes { runs(first: 100) { nodes { id name } } } } }',
    '{}',
    0,
  ],
  [
    'pages in pages, read backwards',
    'cost',
    '{ interactions(last: 100) { nodes { runs(first: 100) { nodes { id name } } } } }',
    '{}',
    0,
  ],
  [
    'executions below the limit of aliases',
    'cost',
    `mutation { ${Array.from({ length: 50 }, (_, n) => `a${n}: execute(input: { specifier: "x" }) { __typename ... on InteractionRun { children(first: 100) { nodes { id name status } } } }`).join(' ')} }`,
    '{}',
    0,
  ],
  [
    'facets',
    'cost',
    `{ runFacets(facets: [${'{ field: TAGS, first: 1000 } '.repeat(20)}]) { facets { buckets { value count } } } }`,
    '{}',
    0,
  ],
  [
    'all of the schema five times',
    'cost',
    getIntrospectionQuery().replace(
      '__schema {',
      (start) =>
        `${['a', 'b', 'c', 'd'].map((alias) => `${alias}: ${start} types { ...FullType } } `).join('')} ${start}`,
    ),
    '{}',
    0,
  ],
];

describe('an operation that is too much is refused before anything runs', () => {
  test.each(hostile)('%s: %s', async (_name, limit, query, variables, measured) => {
    const { status, errors, data } = await send(query, variables);
    expect(errors).toEqual([
      {
        message: expect.stringMatching(/^The operation is too complex: \S+ .+; at most \d+ are allowed$/),
        extensions: { code: 'QUERY_TOO_COMPLEX', limit, measured: expect.any(Number), maximum: expect.any(Number) },
      },
    ]);
    if (measured > 0) expect(errors?.[0]?.extensions?.measured).toBe(measured);
    expect([status, data, commands]).toEqual([400, undefined, []]);
  });

  test.each([
    [
      'circular fragments',
      '{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }',
      /Cannot spread fragment "A" within itself/,
    ],
    [
      'circular introspection',
      '{ __schema { types { fields { type { fields { type { fields { type { fields { name } } } } } } } } } }',
      /Maximum introspection depth exceeded/,
    ],
  ])('%s: by validation', async (_name, query, message) => {
    const { status, errors } = await send(query);
    expect([status, errors?.[0]?.message, commands]).toEqual([400, expect.stringMatching(message), []]);
  });

  test('a batch', async () => {
    const response = await post(
      JSON.stringify(Array.from({ length: 10 }, () => ({ query: '{ runs { totalCount } }' }))),
    );
    const { errors } = await response.json();
    expect([response.status, errors[0].message, commands]).toEqual([400, 'Batching is not supported.', []]);
  });

  test.each([
    ['fields', '__typename '.repeat(1_000)],
    [
      'cost',
      '... on RunClosed { run { children(first: 100) { nodes { children(first: 100) { nodes { id name } } } } } }',
    ],
  ])('a subscription that asks for events is told by one, and its source never begins: %s', async (limit, fields) => {
    const query = `subscription { runStream(id: "0123456789abcdef01234567") { ${fields} } }`;
    const response = await post(JSON.stringify({ query }), 'text/event-stream');
    expect(response.headers.get('content-type')).toContain('text/event-stream');
    const [, event = ''] = /^event: next\ndata: (.*)\n\nevent: complete/m.exec(await response.text()) ?? [];
    expect(JSON.parse(event)).toMatchObject({ errors: [{ extensions: { code: 'QUERY_TOO_COMPLEX', limit } }] });
    expect(commands).toEqual([]);
  });
});

describe('what is not too much', () => {
  test.each([
    ['nothing but the type', '{ __typename }', '{}', 0],
    ['a field in a field', '{ viewer { role } }', '{}', 2],
    // 5 for the connection, 1 for nodes, and 20 times id and name.
    ['a page of the usual size', '{ prompts { nodes { id name } } }', '{}', 5 + 1 + 20 * 2],
    [
      'a page whose size is written',
      '{ prompts(last: 3) { edges { node { id } } pageInfo { endCursor } } }',
      '{}',
      5 + 1 + 3 * 2 + 2,
    ],
    [
      'a page whose size is a variable',
      'query ($n: Int!) { prompts(first: $n) { nodes { id } } }',
      '{"n":7}',
      5 + 1 + 7,
    ],
    [
      'the same document with another size',
      'query ($n: Int!) { prompts(first: $n) { nodes { id } } }',
      '{"n":50}',
      5 + 1 + 50,
    ],
    ['the default of a variable', 'query ($n: Int = 4) { prompts(first: $n) { nodes { id } } }', '{}', 5 + 1 + 4],
    ['a total', '{ prompts(first: 0) { totalCount } }', '{}', 5 + 20],
    ['fragments', '{ ...A ...A } fragment A on Query { viewer { role } }', '{}', 4],
    [
      'sixteen levels, with a fragment in each',
      `{ run(id: "0") { ${nest('... on InteractionRun { parent { ', 'id', '} }', 14)} } }`,
      '{}',
      16,
    ],
    [
      'facets of a list',
      '{ runs(first: 1) { facets(fields: [STATUS, MODEL]) { buckets { count } } } }',
      '{}',
      5 + 40 + 100 * 2,
    ],
    ['facets', '{ runFacets(facets: [{ field: STATUS, first: 5 }, { field: MODEL }]) { total } }', '{}', 40 + 1],
    ['some records by their ids', '{ nodes(ids: ["a", "b", "c"]) { id } }', '{}', 1 + 3],
    ['a mutation', 'mutation { deletePrompt(id: "0") { __typename ... on Error { code } } }', '{}', 11 + 1],
    ['an execution', 'mutation { execute(input: {}) { __typename } }', '{}', 110],
  ])('%s', async (_name, query, variables, requested) => {
    const { errors, extensions } = await send(query, variables);
    expect([errors, extensions]).toEqual([undefined, { cost: { requested, maximum: 20_000 } }]);
  });

  test("GraphiQL's reading of the schema", async () => {
    const query = getIntrospectionQuery({
      inputValueDeprecation: true,
      schemaDescription: true,
      specifiedByUrl: true,
      directiveIsRepeatable: true,
      oneOf: true,
    });
    const { errors, extensions } = await send(query);
    expect(errors).toBeUndefined();
    expect(extensions?.cost?.requested).toBeLessThan(5_000);
  });
});

test("variables that do not fit are the caller's fault, and nothing runs", async () => {
  const query =
    'query ($n: Int, $status: [RunStatus!]) { runs(first: $n, filter: { status: $status }) { totalCount } }';
  const { status, errors, extensions } = await send(query, '{"n":"many","status":["COMPLETE"]}');
  expect([status, extensions, commands]).toEqual([400, undefined, []]);
  expect(errors?.map(({ extensions: { code } = {} }) => code)).toEqual(['BAD_USER_INPUT', 'BAD_USER_INPUT']);
  expect(errors?.map(({ message }) => message)).toMatchInlineSnapshot(`
    [
      "Variable "$n" has invalid value: Int cannot represent non-integer value: "many"",
      "Variable "$status" has invalid value at [0]: Value "COMPLETE" does not exist in "RunStatus" enum. Did you mean the enum value "COMPLETED"?",
    ]
  `);
});

test('a limit can be set, and holds for every operation', async () => {
  await using small = await startTestGateway({ QUERY_MAX_COST: '24', QUERY_MAX_ALIASES: '1' });
  const ask = async (query: string) => {
    const url = `${small.url}/graphql?query=${encodeURIComponent(query)}`;
    const response = await fetch(url, { headers: { authorization: `Bearer ${small.key}` } });
    return (await response.json()) as Result; // GraphQL answers are like this.
  };
  expect((await ask('{ a: viewer { role } }')).extensions).toEqual({ cost: { requested: 2, maximum: 24 } });
  expect((await ask('{ a: viewer { role } b: viewer { role } }')).errors?.[0]?.extensions).toMatchObject({
    limit: 'aliases',
  });
  expect((await ask('{ prompts(first: 1) { totalCount } }')).errors).toEqual([
    {
      message: 'The operation is too complex: 25 units of cost; at most 24 are allowed',
      extensions: { code: 'QUERY_TOO_COMPLEX', limit: 'cost', measured: 25, maximum: 24 },
    },
  ]);
});
