import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestGateway, type TestGateway } from './support/gateway.ts';
import { createWorld, expectType } from './support/operations.ts';
import { openRawClient } from './support/raw-client.ts';
import { createRestCaller } from './support/rest.ts';

/** A key may have two event streams open. */

let gateway: TestGateway;
let world: Awaited<ReturnType<typeof createWorld>>;
let otherKey: string;

beforeAll(async () => {
  gateway = await startTestGateway({ EVENT_STREAM_MAX_PER_KEY: '2' });
  world = await createWorld(gateway);
  otherKey = expectType(await world.createApiKey({ name: 'other', role: 'READER' }), 'CreatedApiKey').secret;
});
afterAll(() => gateway[Symbol.asyncDispose]());

const createRun = async () => {
  const input = { interactionId: world.interaction.id, data: { object: 'car' }, stream: true };
  return expectType(await world.execute(input), 'InteractionRun').id;
};

/** A stream that is silent: of all updates. */
const openUpdates = async (path: string, key = gateway.key) => {
  const client = await openRawClient(gateway.url, {
    method: 'POST',
    path,
    headers: { authorization: `Bearer ${key}`, accept: 'text/event-stream' },
    body: { query: 'subscription { runUpdates { id } }' },
  });
  await client.readUntil(':\n\n');
  return client;
};

const follow = (id: string) =>
  JSON.stringify({
    query: 'subscription($id: ID!) { runStream(id: $id) { __typename } }',
    variables: { id },
  });
const headers = () => ({ authorization: `Bearer ${gateway.key}`, accept: 'text/event-stream' });
const post = (path: string, id: string) =>
  fetch(gateway.url + path, {
    method: 'POST',
    headers: { ...headers(), 'content-type': 'application/json' },
    body: follow(id),
  });

const message = 'This key has 2 event streams open, which is the most; close one, or try again';

describe('one more is refused with 429', () => {
  const graphqlRefusal = { errors: [{ message, extensions: { code: 'RATE_LIMITED', retryAfterMs: 1000 } }] };
  const ways: readonly [name: string, open: (id: string) => Promise<Response>, body: object][] = [
    ['/graphql', (id) => post('/graphql', id), graphqlRefusal],
    ['/graphql/stream', (id) => post('/graphql/stream', id), graphqlRefusal],
    [
      'the single connection',
      async () => {
        const { authorization } = headers();
        const token = await (
          await fetch(`${gateway.url}/graphql/stream`, { method: 'PUT', headers: { authorization } })
        ).text();
        return fetch(`${gateway.url}/graphql/stream?token=${token}`, { headers: headers() });
      },
      graphqlRefusal,
    ],
    [
      'the REST API',
      (id) => fetch(`${gateway.url}/api/v1/runs/${id}/stream`, { headers: headers() }),
      { error: 'Too Many Requests', status: 429, message },
    ],
  ];

  test.each(ways)('by %s', async (_name, open, body) => {
    const id = await createRun();
    {
      using _one = await openUpdates('/graphql');
      using _two = await openUpdates('/graphql/stream');
      const response = await open(id);
      expect([response.status, response.headers.get('retry-after')]).toEqual([429, '1']);
      expect(await response.json()).toEqual(body);
      // Each key has its own.
      using _other = await openUpdates('/graphql', otherKey);
      expect(gateway.countStreams().connections).toBe(3);
    }
    await expect.poll(() => gateway.countStreams()).toEqual({ connections: 0, subscriptions: 0, followedProjects: 0 });
    // Once there is room, everything can be read.
    const stream = await fetch(`${gateway.url}/api/v1/runs/${id}/stream`, { headers: headers() });
    expect(await stream.text()).toMatch(/event: message.*event: chunk.*event: close\n/s);
  });
});

test('what is no stream is answered all the same', async () => {
  using _one = await openUpdates('/graphql');
  using _two = await openUpdates('/graphql');
  const { status } = await createRestCaller(gateway)('GET', '/api/v1/runs');
  expect(status).toBe(200);
});
