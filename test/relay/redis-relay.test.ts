import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { graphql } from '../generated/gql.ts';
import { startTestGateway, type TestGateway } from '../support/gateway.ts';
import { type OpenaiServer, startOpenaiServer } from '../support/openai-server.ts';
import { createWorld, expectType } from '../support/operations.ts';
import { findRedisServer, type RedisServer, startRedisServer } from '../support/redis.ts';
import { createRunOperations } from '../support/run-operations.ts';
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.ts';

/** Two gateways that tell each other by Redis, which may go away. */

const updates = graphql(`
  subscription RelayedUpdates {
    runUpdates { id status }
  }
`);

const executablePath = findRedisServer();
let redis: RedisServer;
let network: TcpProxy;
let server: OpenaiServer;
let gateway: TestGateway;
let other: TestGateway;
let world: Awaited<ReturnType<typeof createWorld>>;
let runs: ReturnType<typeof createRunOperations>;
let otherRuns: ReturnType<typeof createRunOperations>;
/** How often the first gateway has written the log of a run. */
let logWrites = 0;

beforeAll(async () => {
  if (executablePath === undefined) return;
  redis = await startRedisServer(executablePath);
  network = await startTcpProxy({ host: '127.0.0.1', port: redis.port });
  const environment = { REDIS_URL: `redis://127.0.0.1:${network.port}` };
  server = await startOpenaiServer();
  gateway = await startTestGateway(environment, {
    onCommand: ({ command }) => {
      if (command.insert === 'run_events') logWrites += 1;
    },
  });
  other = await startTestGateway(environment, { beside: gateway });
  world = await createWorld(gateway, {
    environment: { provider: 'openai_compatible', endpoint: server.url, defaultModel: 'm' },
  });
  runs = createRunOperations(gateway);
  otherRuns = createRunOperations(other);
});
afterAll(async () => {
  await other?.[Symbol.asyncDispose]();
  await gateway?.[Symbol.asyncDispose]();
  await server?.[Symbol.asyncDispose]();
  await network?.[Symbol.asyncDispose]();
  await redis?.[Symbol.asyncDispose]();
});
beforeEach(({ skip }) => {
  if (executablePath === undefined) skip('there is no redis-server');
});

/** A streamed run with its first reader on the one gateway and another on the other, who both have its first chunk. */
async function begin() {
  const input = { interactionId: world.interaction.id, data: { object: 'car' }, stream: true };
  const { id } = expectType(await world.execute(input), 'InteractionRun');
  const reader = runs.followRun(id);
  const first = reader.next();
  const request = await server.next();
  request.chunk('one ');
  expect((await first).value).toMatchObject({ text: 'one ' });
  const watcher = otherRuns.followRun(id);
  expect((await watcher.next()).value).toMatchObject({ id: `${id}:1:1`, text: 'one ' });
  return { id, reader, watcher, request };
}

test('a chunk reaches the readers of another process before the database has it', async () => {
  const { id, watcher, request } = await begin();
  const before = logWrites;
  request.chunk('two ');
  expect((await watcher.next()).value).toMatchObject({ id: `${id}:1:2`, text: 'two ' });
  request.chunk('three');
  expect((await watcher.next()).value).toMatchObject({ id: `${id}:1:3`, text: 'three' });
  expect(logWrites).toBe(before);
  request.done();
  expect((await watcher.next()).value).toMatchObject({ run: { status: 'COMPLETED', result: 'one two three' } });
});

test('a run is cancelled from another process', async () => {
  const { id, request, watcher } = await begin();
  expect(await otherRuns.cancelRun(id)).toMatchObject({ run: { status: 'CANCELLED' } });
  await request.closed;
  expect((await watcher.next()).value).toMatchObject({ run: { status: 'CANCELLED' } });
});

test('changes of runs reach the readers of another process', async () => {
  const feed = other.subscribe(updates, {});
  const first = feed.next();
  const { id, request, watcher } = await begin();
  request.done();
  await Array.fromAsync(watcher);
  let update = (await first).value?.runUpdates;
  while (update?.id !== id || update.status !== 'COMPLETED') update = (await feed.next()).value?.runUpdates;
  await feed.return?.();
});

test('while Redis is away, the database does it; nothing is lost or doubled, and nothing needs a restart', async () => {
  const { id, watcher, request } = await begin();
  await network.close();
  request.chunk('two ');
  expect((await watcher.next()).value).toMatchObject({ id: `${id}:1:2`, text: 'two ' });
  await network.open();
  request.chunk('three ');
  expect((await watcher.next()).value).toMatchObject({ id: `${id}:1:3`, text: 'three ' });
  request.chunk('four');
  request.done();
  expect((await watcher.next()).value).toMatchObject({ id: `${id}:1:4`, text: 'four' });
  expect((await watcher.next()).value).toMatchObject({ run: { status: 'COMPLETED', result: 'one two three four' } });
});
