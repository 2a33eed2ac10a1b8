import { once } from 'node:events';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import Fastify from 'fastify';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createEventStreams } from '../../src/event-stream/event-stream.ts';
import { graphql } from '../generated/gql.ts';
import { startTestGateway, type TestGateway } from '../support/gateway.ts';
import { type OpenaiServer, startOpenaiServer } from '../support/openai-server.ts';
import { createWorld, expectType } from '../support/operations.ts';
import { openRawClient, type RawClient } from '../support/raw-client.ts';

/** Readers on real sockets that do not read. */

const query = 'subscription($id: ID!) { runStream(id: $id) { __typename ... on RunChunk { text } } }';
const chunk = '~'.repeat(32_768);
const chunkCount = 256;
const readerCount = 32;

const statusQuery = graphql(`query RunStatus($id: ID!) { run(id: $id) { status } }`);

let gateway: TestGateway;
let world: Awaited<ReturnType<typeof createWorld>>;
let server: OpenaiServer;

beforeAll(async () => {
  gateway = await startTestGateway({ EVENT_STREAM_STALL_MS: '2000', EVENT_STREAM_HEARTBEAT_MS: '200' });
  server = await startOpenaiServer();
  const environment = { provider: 'openai_compatible', endpoint: server.url, defaultModel: 'm-1' };
  world = await createWorld(gateway, { environment });
});
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});

const createRun = async () => {
  const input = { interactionId: world.interaction.id, data: { object: 'car' }, stream: true };
  return expectType(await world.execute(input), 'InteractionRun').id;
};

const findStatus = async (id: string) => (await gateway.query(statusQuery, { id })).run?.status;

const headers = () => ({ authorization: `Bearer ${gateway.key}`, accept: 'text/event-stream' });

const modes: readonly (readonly [string, (id: string) => Promise<RawClient>])[] = [
  [
    'its own connection at /graphql',
    (id) =>
      openRawClient(gateway.url, {
        method: 'POST',
        path: '/graphql',
        headers: headers(),
        body: { query, variables: { id } },
      }),
  ],
  [
    'its own connection at /graphql/stream',
    (id) =>
      openRawClient(gateway.url, {
        method: 'POST',
        path: '/graphql/stream',
        headers: headers(),
        body: { query, variables: { id } },
      }),
  ],
  [
    'the single connection at /graphql/stream',
    async (id) => {
      const { authorization } = headers();
      const url = `${gateway.url}/graphql/stream`;
      const token = await (await fetch(url, { method: 'PUT', headers: { authorization } })).text();
      const client = await openRawClient(gateway.url, {
        method: 'GET',
        path: `/graphql/stream?token=${token}`,
        headers: headers(),
      });
      const operation = { query, variables: { id }, extensions: { operationId: '1' } };
      const accepted = await fetch(`${url}?token=${token}`, {
        method: 'POST',
        headers: { authorization, 'content-type': 'application/json' },
        body: JSON.stringify(operation),
      });
      expect(accepted.status).toBe(202);
      return client;
    },
  ],
  [
    'the stream of the REST API',
    (id) =>
      openRawClient(gateway.url, {
        method: 'GET',
        path: `/api/v1/runs/${id}/stream?access_token=${gateway.key}`,
        headers: { accept: 'text/event-stream' },
      }),
  ],
];

setFlagsFromString('--expose-gc');
const collectGarbage: () => void = runInNewContext('gc');

/** What the process holds, in bytes. */
const measureMemory = () => {
  collectGarbage();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
};

describe.each(modes)('a reader that does not read, by %s', (_mode, open) => {
  test('costs little, is cut off, and takes nothing from the run', async () => {
    const id = await createRun();
    const readers = await Promise.all(Array.from({ length: readerCount }, () => open(id)));
    const request = await server.next();
    await expect.poll(() => gateway.countStreams()).toMatchObject({ connections: readerCount });

    for (let index = 0; index < chunkCount; index += 1) request.chunk(chunk);
    request.done();
    await expect.poll(() => findStatus(id), { timeout: 15_000 }).toBe('COMPLETED');
    const withReaders = measureMemory();
    const none = { connections: 0, subscriptions: 0, followedProjects: 0 };
    await expect.poll(() => gateway.countStreams(), { timeout: 15_000 }).toEqual(none);
    // Queues would hold the text for each of them; what there is besides is what the execution left behind.
    const queues = chunk.length * chunkCount * readerCount;
    expect(withReaders - measureMemory()).toBeLessThan(queues / 2);
    for (const { socket } of readers) {
      const closed = once(socket, 'close');
      socket.resume();
      await closed;
    }
  });
});

test('a slow reader that does read gets everything, and so does a late one', async () => {
  const id = await createRun();
  const [[, open]] = modes as [(typeof modes)[number]]; // The list has four.
  using reader = await open(id);
  const request = await server.next();
  for (let index = 0; index < chunkCount; index += 1) request.chunk(chunk);
  request.done();
  await expect.poll(() => findStatus(id), { timeout: 15_000 }).toBe('COMPLETED');
  const text = await reader.readUntil('RunClosed');
  expect(text.split('~')).toHaveLength(chunk.length * chunkCount + 1);
  using late = await open(id);
  expect((await late.readUntil('RunClosed')).split('~')).toHaveLength(chunk.length * chunkCount + 1);
});

test('after a piece that took its reader longer than a heartbeat, silence is filled again', async () => {
  const streams = createEventStreams({ heartbeatMs: 1, stallMs: 30_000 }, async () => true);
  await using server = Fastify();
  const left = Promise.withResolvers<{ done: true }>();
  const pieces = [Promise.resolve({ value: `${'~'.repeat(12 * 1024 ** 2)}END\n\n` }), left.promise];
  server.get('/', async (_request, reply) => {
    const next = () => pieces.shift() ?? left.promise;
    const body = { next, return: async () => left.resolve({ done: true }) };
    await streams.send(reply, { status: 200, headers: {} }, body, 'key');
    return reply;
  });
  using reader = await openRawClient(await server.listen(), { method: 'GET', path: '/' });
  await reader.readUntil('END\n\n\r\n3\r\n:\n\n');
});
