import { afterAll, beforeAll, expect, test } from 'vitest';
import { graphql } from '../generated/gql.ts';
import type { RunFacetInput, RunFilter } from '../generated/graphql.ts';
import { startTestGateway, type TestGateway } from '../support/gateway.ts';
import { createWorld, expectType } from '../support/operations.ts';

const facetsQuery = graphql(`
  query RunFacets($facets: [RunFacetInput!]!, $filter: RunFilter) {
    runFacets(facets: $facets, filter: $filter) {
      total
      facets {
        name field otherCount
        buckets { value count node { __typename id ... on Interaction { name } ... on Environment { name } } }
      }
    }
  }
`);

const optionsQuery = graphql(`
  query RunFilterOptions($field: RunFacetField!, $filter: RunFilter) {
    runFilterOptions(field: $field, filter: $filter) { value label count }
  }
`);

let gateway: TestGateway;
let world: Awaited<ReturnType<typeof createWorld>>;

beforeAll(async () => {
  gateway = await startTestGateway();
  world = await createWorld(gateway);
  const run = async (tags: string[], model?: string) =>
    expectType(
      await world.execute({
        interactionId: world.interaction.id,
        data: { object: 'car' },
        tags,
        ...(model && { config: { model } }),
      }),
      'InteractionRun',
    );
  await run(['a']);
  await run(['a', 'b']);
  await run([]);
  await run(['a', 'c'], 'execution-error');
});
afterAll(() => gateway[Symbol.asyncDispose]());

const compute = async (facets: RunFacetInput[], filter?: RunFilter) =>
  (await gateway.query(facetsQuery, { facets, filter })).runFacets;
const plain = ({ value, count }: { value?: string | null; count: number }) => [value, count];

test('several fields are counted at once, the largest first, those without a value as null', async () => {
  const { total, facets } = await compute([
    { field: 'STATUS' },
    { field: 'TAGS' },
    { field: 'MODEL', name: 'models' },
    { field: 'RATING' },
  ]);
  expect(total).toBe(4);
  expect(facets.map(({ name }) => name)).toEqual(['STATUS', 'TAGS', 'models', 'RATING']);
  expect(facets.map(({ buckets }) => buckets.map(plain))).toEqual([
    [
      ['COMPLETED', 3],
      ['FAILED', 1],
    ],
    [
      ['a', 3],
      [null, 1],
      ['b', 1],
      ['c', 1],
    ],
    [
      ['test-echo', 3],
      ['execution-error', 1],
    ],
    [[null, 4]],
  ]);
});

test('what is not shown is counted', async () => {
  const { facets } = await compute([{ field: 'TAGS', first: 1 }]);
  expect(facets[0]).toMatchObject({ otherCount: 3, buckets: [{ value: 'a', count: 3 }] });
});

test('a facet can be counted as if the filter had no say on its field', async () => {
  const filter: RunFilter = { status: ['FAILED'], tags: { any: ['a'] } };
  const { total, facets } = await compute(
    [
      { field: 'STATUS', excludeOwnFilter: true },
      { field: 'STATUS', name: 'narrow' },
      { field: 'TAGS', excludeOwnFilter: true },
    ],
    filter,
  );
  expect(total).toBe(1);
  expect(facets.map(({ buckets }) => buckets.map(plain))).toEqual([
    [
      ['COMPLETED', 2],
      ['FAILED', 1],
    ],
    [['FAILED', 1]],
    [
      ['a', 1],
      ['c', 1],
    ],
  ]);
});

test('interactions, environments, days, sources, errors and kinds', async () => {
  const fields = ['INTERACTION', 'ENVIRONMENT', 'DAY', 'SOURCE', 'ERROR_CODE', 'KIND', 'END_USER'] as const;
  const { facets } = await compute(fields.map((field) => ({ field })));
  const [interactions, environments, days, sources, errors, kinds, users] = facets.map(({ buckets }) => buckets);
  expect(interactions).toEqual([
    {
      value: world.interaction.id,
      count: 4,
      node: { __typename: 'Interaction', id: world.interaction.id, name: 'Color' },
    },
  ]);
  expect(environments?.[0]?.node).toEqual({ __typename: 'Environment', id: world.environment.id, name: 'test' });
  expect(days?.reduce((sum, { count }) => sum + count, 0)).toBe(4);
  expect(days?.[0]?.value).toMatch(/^\d{4}-\d{2}-\d{2}$/);
  expect(sources?.map(plain)).toEqual([['API', 4]]);
  expect(errors?.map(plain)).toEqual([
    [null, 3],
    ['provider_error', 1],
  ]);
  expect(kinds?.map(plain)).toEqual([['INTERACTION', 4]]);
  expect(users?.map(plain)).toEqual([[null, 4]]);
});

test('options have the names that people know', async () => {
  const options = async (field: 'ENVIRONMENT' | 'STATUS' | 'TAGS', filter?: RunFilter) =>
    (await gateway.query(optionsQuery, { field, filter })).runFilterOptions;
  expect(await options('ENVIRONMENT')).toEqual([{ value: world.environment.id, label: 'test', count: 4 }]);
  expect(await options('STATUS', { status: ['FAILED'] })).toEqual([
    { value: 'COMPLETED', label: 'COMPLETED', count: 3 },
    { value: 'FAILED', label: 'FAILED', count: 1 },
  ]);
  expect((await options('TAGS')).find(({ value }) => value === null)).toEqual({ value: null, label: 'none', count: 1 });
});

test.each<[RunFacetInput[], string]>([
  [[{ field: 'STATUS', name: 'total' }], '/facets/0/name'],
  [[{ field: 'STATUS' }, { field: 'STATUS' }], '/facets/1/name'],
  [[{ field: 'STATUS', first: 0 }], '/facets/0/first'],
  [[{ field: 'STATUS', first: 1001 }], '/facets/0/first'],
])('%o is refused', async (facets, path) => {
  const { errors } = await gateway.send(facetsQuery, { facets });
  expect(errors[0]?.extensions).toMatchObject({ code: 'VALIDATION_ERROR', issues: [{ path }] });
});
