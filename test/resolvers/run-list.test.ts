import type { CommandStartedEvent } from 'mongodb';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { graphql } from '../generated/gql.ts';
import type { RunFilter } from '../generated/graphql.ts';
import { isOfProject } from '../support/database.ts';
import { startTestGateway, type TestGateway } from '../support/gateway.ts';
import { createWorld, expectType } from '../support/operations.ts';

const runsQuery = graphql(`
  query Runs($filter: RunFilter, $orderBy: RunOrder, $first: Int, $after: String, $last: Int, $before: String) {
    runs(filter: $filter, orderBy: $orderBy, first: $first, after: $after, last: $last, before: $before) {
      edges { cursor node { id } }
      nodes { id }
      pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    }
  }
`);

const encode = (place: unknown) => Buffer.from(JSON.stringify(place)).toString('base64url');

const screenQuery = graphql(`
  query RunScreen {
    runs(first: 20) {
      nodes {
        id status
        environment { id name }
        ... on InteractionRun { interaction { id name } }
      }
    }
  }
`);

const countedQuery = graphql(`
  query CountedRuns($filter: RunFilter) {
    runs(first: 1, filter: $filter) {
      totalCount
      facets(fields: [STATUS, TAGS]) { name field buckets { value count } otherCount }
    }
  }
`);

let gateway: TestGateway;
let world: Awaited<ReturnType<typeof createWorld>>;
/** Oldest first. */
const ids: string[] = [];
const commands: string[] = [];

const execute = async (input: object = {}) => {
  const request = { interactionId: world.interaction.id, data: { object: 'car' }, ...input };
  return expectType(await world.execute(request), 'InteractionRun').id;
};

beforeAll(async () => {
  const onCommand = ({ commandName, command }: CommandStartedEvent) => {
    if (isOfProject(command)) commands.push(commandName);
  };
  gateway = await startTestGateway({}, { onCommand });
  world = await createWorld(gateway);
  for (let index = 0; index < 25; index += 1) {
    ids.push(await execute({ tags: index % 2 === 0 ? ['even'] : ['odd', 'all'], endUser: `user${index % 3}` }));
  }
  ids.push(await execute({ config: { model: 'execution-error' } }));
});
afterAll(() => gateway[Symbol.asyncDispose]());
beforeEach(() => {
  commands.length = 0;
});

const newestFirst = () => ids.toReversed();
const list = async (variables: Parameters<typeof gateway.query<unknown, never>>[1] | object) =>
  (await gateway.query(runsQuery, variables)).runs;

describe('pages', () => {
  test('the first is the newest twenty, and the next the rest', async () => {
    const first = await list({});
    expect(first.nodes.map(({ id }) => id)).toEqual(newestFirst().slice(0, 20));
    expect(first.pageInfo).toMatchObject({ hasNextPage: true, hasPreviousPage: false });
    const second = await list({ after: first.pageInfo.endCursor });
    expect(second.nodes.map(({ id }) => id)).toEqual(newestFirst().slice(20));
    expect(second.pageInfo).toMatchObject({ hasNextPage: false, hasPreviousPage: true });
  });

  test('backwards from the end they are the same', async () => {
    const last = await list({ last: 4 });
    expect(last.nodes.map(({ id }) => id)).toEqual(newestFirst().slice(-4));
    expect(last.pageInfo).toMatchObject({ hasNextPage: false, hasPreviousPage: true });
    const before = await list({ last: 4, before: last.pageInfo.startCursor });
    expect(before.nodes.map(({ id }) => id)).toEqual(newestFirst().slice(-8, -4));
  });

  test('an insert moves nothing', async () => {
    const first = await list({ first: 5 });
    ids.push(await execute());
    const second = await list({ first: 5, after: first.pageInfo.endCursor });
    expect(second.nodes.map(({ id }) => id)).toEqual(newestFirst().slice(6, 11));
  });

  test.each([
    ['EXECUTION_TIME', 'ASC'],
    ['EXECUTION_TIME', 'DESC'],
    ['UPDATED_AT', 'ASC'],
    ['CREATED_AT', 'ASC'],
  ] as const)('by %s %s every run comes once', async (field, direction) => {
    // A run without an execution time has its place too.
    ids.push(await execute({ stream: true }));
    const seen: string[] = [];
    let after: string | null | undefined = null;
    do {
      const page = await list({ first: 7, after, orderBy: { field, direction } });
      seen.push(...page.nodes.map(({ id }) => id));
      after = page.pageInfo.hasNextPage ? page.pageInfo.endCursor : null;
    } while (after != null);
    expect(seen).toHaveLength(ids.length);
    expect(new Set(seen)).toEqual(new Set(ids));
  });

  test.each([
    [{ first: 101 }, '/first', 'must be between 0 and 100'],
    [{ first: -1 }, '/first', 'must be between 0 and 100'],
    [{ first: 1, last: 1 }, '/last', 'must not stand beside first'],
    [{ after: 'nonsense' }, '/after', 'is not a cursor of this connection in this order'],
    [{ after: '' }, '/after', 'is not a cursor of this connection in this order'],
    [{ after: encode([1e300, 'x']) }, '/after', 'is not a cursor of this connection in this order'],
    [{ last: 1, before: encode([null, 'x']) }, '/before', 'is not a cursor of this connection in this order'],
  ])('%o is refused', async (variables, path, message) => {
    const { errors } = await gateway.send(runsQuery, variables);
    expect(errors[0]?.extensions).toMatchObject({ code: 'VALIDATION_ERROR', issues: [{ path, message }] });
  });
});

test('a cursor of another order is refused, instead of leading to a wrong place', async () => {
  const orders = (['CREATED_AT', 'UPDATED_AT', 'EXECUTION_TIME'] as const).map((field) => ({ field }));
  for (const order of orders) {
    const { pageInfo } = await list({ first: 1, orderBy: order });
    for (const orderBy of orders) {
      const { errors } = await gateway.send(runsQuery, { after: pageInfo.endCursor, orderBy });
      const issues = [{ path: '/after', message: 'is not a cursor of this connection in this order' }];
      const refusals = order === orderBy ? [] : [{ extensions: { issues } }];
      expect([order, orderBy, errors ?? []]).toMatchObject([order, orderBy, refusals]);
    }
  }
});

describe('the database is asked for no more than the client', () => {
  test('twenty runs with interaction and environment are three queries', async () => {
    const { runs } = await gateway.query(screenQuery, {});
    expect(runs.nodes).toHaveLength(20);
    expect(runs.nodes.every(({ environment }) => environment?.name === 'test')).toBe(true);
    expect(commands).toEqual(['find', 'find', 'find']);
  });

  test('counts and facets are computed only when asked for, the facets together', async () => {
    await list({});
    expect(commands).toEqual(['find']);
    commands.length = 0;
    await gateway.query(countedQuery, {});
    expect(commands.toSorted()).toEqual(['aggregate', 'aggregate', 'find']);
  });
});

describe('filters', () => {
  const count = async (filter: RunFilter) => (await gateway.query(countedQuery, { filter })).runs.totalCount;

  test.each<[RunFilter, (index: number) => boolean]>([
    [{ tags: { all: ['odd', 'all'] } }, (index) => index < 25 && index % 2 === 1],
    [{ tags: { any: ['even', 'odd'] } }, (index) => index < 25],
    [{ tags: { none: ['even', 'odd'] } }, (index) => index >= 25],
    [{ endUser: ['user0', 'user1'] }, (index) => index < 25 && index % 3 !== 2],
    [{ status: ['FAILED'] }, (index) => index === 25],
    [{ model: ['execution-error'] }, (index) => index === 25],
    [{ status: ['FAILED'], tags: { any: ['even'] } }, () => false],
    [{ status: [] }, () => false],
    [{ status: null }, () => true],
    [{ tags: {} }, () => true],
    [{ createdAt: {} }, () => true],
    [{ createdAt: { from: '2000-01-01T00:00:00Z' } }, () => true],
    [{ createdAt: { to: '2000-01-01T00:00:00Z' } }, () => false],
    [{ interactionName: 'Color' }, () => true],
    [{ interactionName: 'Col' }, () => false],
    [{ isRoot: true }, () => true],
    [{ isRoot: false }, () => false],
    [{ kind: ['INTERACTION'] }, () => true],
    [{ kind: ['FLOW'] }, () => false],
    [{ source: ['API'] }, () => true],
  ])('%o', async (filter, matches) => {
    expect(await count(filter)).toBe(ids.filter((_id, index) => matches(index)).length);
  });

  test("a draft's id covers its versions, a version's only itself", async () => {
    const version = expectType(await world.publishInteraction(world.interaction.id), 'Interaction');
    const before = await count({ interaction: [world.interaction.id] });
    ids.push(await execute({ interactionId: version.id }));
    expect(await count({ interaction: [world.interaction.id] })).toBe(before + 1);
    expect(await count({ interaction: [version.id] })).toBe(1);
  });

  test('children are found by their parent, and have it', async () => {
    const [parentId = ''] = ids;
    const id = await execute({ parentId });
    ids.push(id);
    expect(await count({ parent: [parentId] })).toBe(1);
    expect(await count({ isRoot: false })).toBe(1);
    const family = graphql(`
      query Family($id: ID!) {
        run(id: $id) { parent { id } children { nodes { id } } }
      }
    `);
    expect((await gateway.query(family, { id })).run).toEqual({ parent: { id: parentId }, children: { nodes: [] } });
    expect((await gateway.query(family, { id: parentId })).run).toEqual({
      parent: null,
      children: { nodes: [{ id }] },
    });
  });
});
