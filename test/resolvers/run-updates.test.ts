import { MongoClient } from 'mongodb';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadConfig } from '../../src/config.ts';
import { startGateway } from '../../src/gateway.ts';
import { graphql } from '../generated/gql.ts';
import type { RunFilter, RunUpdatesSubscription } from '../generated/graphql.ts';
import { startTestGateway, type TestGateway } from '../support/gateway.ts';
import { startOpenaiServer } from '../support/openai-server.ts';
import { createWorld, expectType } from '../support/operations.ts';
import { openRawClient } from '../support/raw-client.ts';

const runUpdates = graphql(`
  subscription RunUpdates($filter: RunFilter, $since: DateTime) {
    runUpdates(filter: $filter, since: $since) { id status updatedAt environment { name } }
  }
`);
const renameEnvironment = graphql(`
  mutation RenameEnvironment($id: ID!, $input: EnvironmentInput!) {
    updateEnvironment(id: $id, input: $input) { __typename }
  }
`);
const closeRun = graphql(`subscription CloseRun($id: ID!) { runStream(id: $id) { __typename } }`);

type Update = RunUpdatesSubscription['runUpdates'];

let gateway: TestGateway;
let world: Awaited<ReturnType<typeof createWorld>>;
let client: MongoClient;

beforeAll(async () => {
  gateway = await startTestGateway();
  world = await createWorld(gateway);
  client = await new MongoClient(gateway.database.uri).connect();
});
afterAll(async () => {
  await client.close();
  await gateway[Symbol.asyncDispose]();
});

const input = (more: object = {}) => ({ interactionId: world.interaction.id, data: { object: 'car' }, ...more });
const execute = async (more: object = {}, key?: string) =>
  expectType(await world.execute(input(more), key === undefined ? {} : { key }), 'InteractionRun').id;

/** Follows until the test ends; what came can be awaited. */
const follow = async (variables: { filter?: RunFilter; since?: string } = {}, key?: string) => {
  const before = gateway.countStreams();
  const updates: Update[] = [];
  const reader = gateway.subscribe(runUpdates, variables, key === undefined ? {} : { key });
  const reading = (async () => {
    for await (const { runUpdates: update } of reader) updates.push(update);
  })();
  reading.catch(() => undefined);
  // Live from the moment on which its source is there.
  await expect.poll(() => gateway.countStreams().subscriptions).toBe(before.subscriptions + 1);
  await expect.poll(() => gateway.countStreams().followedProjects).toBe(1);
  return updates;
};
const statusesOf = (updates: readonly Update[], id: string) =>
  updates.filter((update) => update.id === id).map(({ status }) => status);

describe('runUpdates', () => {
  test('has the runs of this process as they are created and change', async () => {
    const updates = await follow();
    const id = await execute();
    await expect.poll(() => statusesOf(updates, id).at(-1), { timeout: 900 }).toBe('COMPLETED');
    const streamed = await execute({ stream: true });
    await expect.poll(() => statusesOf(updates, streamed), { timeout: 900 }).toEqual(['CREATED']);
    await Array.fromAsync(gateway.subscribe(closeRun, { id: streamed }));
    await expect.poll(() => statusesOf(updates, streamed).at(-1), { timeout: 900 }).toBe('COMPLETED');
  });

  test('has those of other processes, and what is written with a time of a while ago', async () => {
    const { uri, databaseName } = gateway.database;
    const config = loadConfig({ PORT: '0', MONGODB_URI: uri, SECRET_KEY: 'a secret key that only the tests have' });
    const other = await startGateway(config, pino({ level: 'error' }), { databaseName });
    try {
      const updates = await follow();
      const response = await fetch(`${other.url}/graphql`, {
        method: 'POST',
        headers: { authorization: `Bearer ${gateway.key}`, 'content-type': 'application/json' },
        body: JSON.stringify({
          query: 'mutation($input: ExecuteInput!) { execute(input: $input) { ... on InteractionRun { id } } }',
          variables: { input: input() },
        }),
      });
      const { id } = ((await response.json()) as { data: { execute: { id: string } } }).data.execute;
      await expect.poll(() => statusesOf(updates, id).at(-1), { timeout: 5_000 }).toBe('COMPLETED');

      const runs = client.db(databaseName).collection<{ _id: string }>('runs');
      const late = new Date(Date.now() - 5_000);
      await runs.updateOne({ _id: id }, { $set: { status: 'failed', updatedAt: late } });
      await expect.poll(() => statusesOf(updates, id).at(-1), { timeout: 5_000 }).toBe('FAILED');
      expect(statusesOf(updates, id).filter((status) => status === 'FAILED')).toHaveLength(1);
    } finally {
      await other.close();
    }
  });

  test('has only those that fit the filter', async () => {
    const updates = await follow({ filter: { status: ['FAILED'] } });
    const good = await execute();
    const bad = await execute({ config: { model: 'execution-error' } });
    // Once at least.
    await expect.poll(() => new Set(statusesOf(updates, bad))).toEqual(new Set(['FAILED']));
    expect(statusesOf(updates, good)).toEqual([]);
  });

  test("has only a browser key's own", async () => {
    await world.publishInteraction(world.interaction.id);
    const keys = await Promise.all(
      ['one', 'two'].map(async (name) => {
        const created = await world.createApiKey({ name, role: 'EXECUTOR', kind: 'PUBLIC' });
        return expectType(created, 'CreatedApiKey').secret;
      }),
    );
    const [one, two] = [await follow({}, keys[0]), await follow({}, keys[1])];
    const specifier = { interactionId: undefined, specifier: world.interaction.name };
    const [first, second] = await Promise.all(keys.map((key) => execute(specifier, key)));
    await expect.poll(() => new Set(one.map(({ id }) => id))).toEqual(new Set([first]));
    await expect.poll(() => new Set(two.map(({ id }) => id))).toEqual(new Set([second]));
  });

  test('reads each event afresh', async () => {
    const updates = await follow();
    const { id } = world.environment;
    const environmentInput = { name: 'renamed', provider: 'test', defaultModel: 'test-echo' };
    const before = await execute();
    await expect.poll(() => updates.filter((update) => update.id === before).at(-1)?.environment?.name).toBe('test');
    await gateway.query(renameEnvironment, { id, input: environmentInput });
    const after = await execute();
    await expect.poll(() => updates.filter((update) => update.id === after).at(-1)?.environment?.name).toBe('renamed');
    await gateway.query(renameEnvironment, { id, input: { ...environmentInput, name: 'test' } });
  });
});

describe('since', () => {
  test('begins with what changed from then on, in order, and loses nothing while it reads on', async () => {
    const since = new Date().toISOString();
    const ids = await Promise.all(Array.from({ length: 60 }, () => execute()));
    let isDone = false;
    const more: string[] = [];
    const executing = (async () => {
      while (!isDone) more.push(await execute());
    })();
    const updates = await follow({ since });
    await expect.poll(() => new Set(updates.map(({ id }) => id)).size, { timeout: 15_000 }).toBeGreaterThanOrEqual(70);
    isDone = true;
    await executing;
    for (const id of [...ids, ...more]) {
      await expect.poll(() => statusesOf(updates, id).at(-1)).toBe('COMPLETED');
    }
    const times = updates.slice(0, 60).map(({ updatedAt }) => Date.parse(updatedAt));
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    expect(times[0]).toBeGreaterThanOrEqual(Date.parse(since));
  });

  test('none: nothing of before', async () => {
    const old = await execute();
    // Within some milliseconds it may be told twice; that is another process's for sure.
    await client
      .db(gateway.database.databaseName)
      .collection<{ _id: string }>('runs')
      .updateOne({ _id: old }, { $set: { updatedAt: new Date(Date.now() - 60_000) } });
    const updates = await follow();
    const id = await execute();
    await expect.poll(() => statusesOf(updates, id).at(-1)).toBe('COMPLETED');
    expect(statusesOf(updates, old)).toEqual([]);
  });
});

test('a reader that does not read for a while gets every run in its last state', async () => {
  await using server = await startOpenaiServer();
  server.always((request) => {
    request.chunk('x'.repeat(60_000));
    request.done();
  });
  await using slow = await startTestGateway();
  const environment = { provider: 'openai_compatible', endpoint: server.url, defaultModel: 'm-1' };
  const { execute: executeSlow, interaction } = await createWorld(slow, { environment });
  using reader = await openRawClient(slow.url, {
    method: 'POST',
    path: '/graphql',
    headers: { authorization: `Bearer ${slow.key}`, accept: 'text/event-stream' },
    // Enough for each that its connection is full long before the end.
    body: { query: 'subscription { runUpdates { id status result a: result b: result c: result } }' },
  });
  await reader.readUntil(':\n\n');
  const ids = [];
  for (let count = 0; count < 40; count += 1) {
    const run = await executeSlow({ interactionId: interaction.id, data: { object: 'car' } });
    ids.push(expectType(run, 'InteractionRun').id);
  }
  for (const id of ids) await reader.readUntil(`"id":"${id}","status":"COMPLETED"`);
});
