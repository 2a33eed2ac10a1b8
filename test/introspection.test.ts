import { getIntrospectionQuery } from 'graphql';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestGateway, type TestGateway } from './support/gateway.ts';

let open: TestGateway;
let closed: TestGateway;

beforeAll(async () => {
  [open, closed] = await Promise.all([startTestGateway(), startTestGateway({ INTROSPECTION: 'false' })]);
});
afterAll(() => Promise.all([open[Symbol.asyncDispose](), closed[Symbol.asyncDispose]()]));

interface Result {
  readonly data?: unknown;
  readonly errors?: { readonly message: string }[];
}

async function send(gateway: TestGateway, body: object): Promise<Result> {
  const response = await fetch(`${gateway.url}/graphql`, {
    method: 'POST',
    headers: { authorization: `Bearer ${gateway.key}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  return (await response.json()) as Result; // GraphQL answers are like this.
}

describe('without introspection', () => {
  test.each([getIntrospectionQuery(), '{ __type(name: "Run") { name } }'])(
    'the schema cannot be read: %.40s',
    async (query) => {
      expect((await send(open, { query })).data).toBeTruthy();
      const { data, errors } = await send(closed, { query });
      expect(data).toBeUndefined();
      expect(errors?.[0]?.message).toMatch(/^GraphQL introspection has been disabled/);
    },
  );

  test('an object still says its type, and operations work', async () => {
    const { data } = await send(closed, { query: '{ __typename viewer { __typename role } }' });
    expect(data).toEqual({ __typename: 'Query', viewer: { __typename: 'Viewer', role: 'ADMIN' } });
  });

  const filter = 'query ($filter: RunFilter) { runs(filter: $filter) { totalCount } }';
  test.each([
    ['a field', { query: '{ viewer { roles } }' }],
    ['a field of a union', { query: 'mutation { deletePrompt(id: "1") { id } }' }],
    ['an argument', { query: '{ runs(frist: 1) { totalCount } }' }],
    ['a type', { query: 'query ($a: RunFilters) { runs(filter: $a) { totalCount } }' }],
    ['a fragment', { query: '{ run(id: "1") { ... on InteractionRuns { id } } }' }],
    ['an enum value', { query: '{ runs(filter: { status: [COMPLETE] }) { totalCount } }' }],
    ['an input field', { query: '{ runs(filter: { statuses: [COMPLETED] }) { totalCount } }' }],
    ['a directive', { query: '{ viewer { role @includes(if: true) } }' }],
    ['an enum value in a variable', { query: filter, variables: { filter: { status: ['COMPLETE'] } } }],
    ['an input field in a variable', { query: filter, variables: { filter: { statuses: ['COMPLETED'] } } }],
    [
      'an enum value in the default of a variable',
      { query: 'query ($s: [RunStatus!] = [COMPLETE]) { runs(filter: { status: $s }) { totalCount } }' },
    ],
  ])('errors suggest no name for %s', async (_name, body) => {
    const { errors = [], data } = await send(closed, body);
    expect([errors.length > 0, data]).toEqual([true, undefined]);
    expect(JSON.stringify(errors)).not.toMatch(/Did you mean/i);
  });

  test('the same errors suggest names otherwise', async () => {
    const [field, variable] = await Promise.all([
      send(open, { query: '{ viewer { roles } }' }),
      send(open, { query: filter, variables: { filter: { status: ['COMPLETE'] } } }),
    ]);
    expect(JSON.stringify(field.errors)).toContain('Did you mean');
    expect(JSON.stringify(variable.errors)).toContain('Did you mean');
  });

  test('nor does a subscription', async () => {
    const response = await fetch(`${closed.url}/graphql`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${closed.key}`,
        'content-type': 'application/json',
        accept: 'text/event-stream',
      },
      body: JSON.stringify({ query: 'subscription { runStreams(id: "1") { __typename } }' }),
    });
    const text = await response.text();
    expect(text).toContain('Cannot query field');
    expect(text).not.toMatch(/Did you mean/i);
  });

  test('GraphiQL is not served, and a browser is told so', async () => {
    const response = await fetch(`${closed.url}/graphql`, { headers: { accept: 'text/html' } });
    expect(response.status).toBe(404);
    expect(await response.json()).toEqual({
      errors: [
        {
          message: 'GraphiQL is switched off here; send your operations to /graphql with POST',
          extensions: { code: 'NOT_FOUND' },
        },
      ],
    });
  });
});
