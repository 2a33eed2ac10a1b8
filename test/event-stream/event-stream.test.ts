import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { graphql } from '../generated/gql.ts';
import { startTestGateway, type TestGateway } from '../support/gateway.ts';
import { createWorld, expectType } from '../support/operations.ts';
import { openRawClient } from '../support/raw-client.ts';

const runStream = graphql(`subscription FollowShortly($id: ID!) { runStream(id: $id) { __typename } }`);
const deleteKey = graphql(`mutation DeleteKeyOfReader($id: ID!) { deleteApiKey(id: $id) { __typename } }`);
const runUpdates = graphql(`subscription FollowUpdatesShortly { runUpdates { id } }`);

let gateway: TestGateway;
let world: Awaited<ReturnType<typeof createWorld>>;
/** May follow runs, and start none. */
let readerKey: string;

beforeAll(async () => {
  gateway = await startTestGateway({ EVENT_STREAM_HEARTBEAT_MS: '100' });
  world = await createWorld(gateway);
  readerKey = expectType(await world.createApiKey({ name: 'reader', role: 'READER' }), 'CreatedApiKey').secret;
});
afterAll(() => gateway[Symbol.asyncDispose]());

const createRun = async (config = {}) => {
  const input = { interactionId: world.interaction.id, data: { object: 'car' }, stream: true, config };
  return expectType(await world.execute(input), 'InteractionRun').id;
};

const quiet = { connections: 0, subscriptions: 0, followedProjects: 0 };

const openUpdates = async (path: string) =>
  openRawClient(gateway.url, {
    method: 'POST',
    path,
    headers: { authorization: `Bearer ${gateway.key}`, accept: 'text/event-stream' },
    body: { query: 'subscription { runUpdates { id status } }' },
  });

/** Of a run that this reader may not start: nothing comes. */
const openRun = async (path: string, id: string) =>
  openRawClient(gateway.url, {
    method: 'POST',
    path,
    headers: { authorization: `Bearer ${readerKey}`, accept: 'text/event-stream' },
    body: { query: 'subscription($id: ID!) { runStream(id: $id) { __typename } }', variables: { id } },
  });

describe.each(['/graphql', '/graphql/stream'])('at %s', (path) => {
  test('silence is filled with comments', async () => {
    using client = await openUpdates(path);
    const text = await client.readUntil(':\n\n\r\n3\r\n:\n\n\r\n3\r\n:\n\n');
    expect(text).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    expect(text.toLowerCase()).toContain('content-type: text/event-stream');
    expect(text.toLowerCase()).toContain('x-accel-buffering: no');
    expect(text).not.toContain('event:');
  });

  test('a reader that leaves ends its source', async () => {
    const client = await openUpdates(path);
    await client.readUntil(':\n\n');
    await expect.poll(() => gateway.countStreams()).toEqual({ connections: 1, subscriptions: 1, followedProjects: 1 });
    client.socket.destroy();
    await expect.poll(() => gateway.countStreams()).toEqual(quiet);
  });

  test('a reader that leaves before anything came ends its source, too', async () => {
    const id = await createRun();
    for (let count = 0; count < 20; count += 1) (await openRun(path, id)).socket.destroy();
    // Those before a request that was answered have begun.
    await createRun();
    await expect.poll(() => gateway.countStreams()).toEqual(quiet);
  });

  test('what cannot begin says so by an event', async () => {
    const response = await fetch(`${gateway.url}${path}`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${gateway.key}`,
        'content-type': 'application/json',
        accept: 'text/event-stream',
      },
      body: JSON.stringify({ query: 'subscription { runStream(id: "0123456789abcdef01234567") { __typename } }' }),
    });
    const text = await response.text();
    expect(text).toMatch(/^:\n\nevent: next\ndata: \{.*\}\n\nevent: complete\ndata:.*\n\n$/);
    expect(text).toContain('"code":"NOT_FOUND"');
  });
});

describe.each([
  ['/graphql', 'POST', { query: 'subscription { runUpdates { id status } }' }],
  ['/graphql/stream', 'POST', { query: 'subscription { runUpdates { id status } }' }],
  ['/graphql/stream', 'GET', undefined],
  ['/api/v1/runs/RUN/stream', 'GET', undefined],
])('at %s by %s', (path, method, body) => {
  test('a reader whose key is not good any more is cut off', async () => {
    const made = expectType(await world.createApiKey({ name: 'leaver', role: 'READER' }), 'CreatedApiKey');
    const authorization = `Bearer ${made.secret}`;
    const isReserved = path === '/graphql/stream' && method === 'GET';
    const token = isReserved
      ? await (await fetch(`${gateway.url}${path}`, { method: 'PUT', headers: { authorization } })).text()
      : '';
    using client = await openRawClient(gateway.url, {
      method,
      path: `${path.replace('RUN', await createRun())}${token && `?token=${token}`}`,
      headers: { authorization, accept: 'text/event-stream' },
      ...(body && { body }),
    });
    await client.readUntil(':\n\n\r\n3\r\n:\n\n');
    const closed = once(client.socket, 'close');
    client.socket.resume();
    await gateway.query(deleteKey, { id: made.apiKey.id });
    await closed;
    await expect.poll(() => gateway.countStreams()).toEqual(quiet);
  });
});

describe('the sources of subscriptions end', () => {
  test('when a reader leaves a run that nobody executes', async () => {
    const id = await createRun();
    const reader = await openRun('/graphql', id);
    await reader.readUntil(':\n\n');
    expect(gateway.countStreams()).toMatchObject({ connections: 1, subscriptions: 1 });
    reader.socket.destroy();
    await expect.poll(() => gateway.countStreams()).toEqual(quiet);
  });

  test('when a reader leaves a run that is executed', async () => {
    const id = await createRun({ options: { chunkDelayMs: 50 } });
    const reader = gateway.subscribe(runStream, { id });
    await reader.next();
    expect(gateway.countStreams()).toMatchObject({ connections: 1, subscriptions: 1 });
    await reader.return?.();
    await expect.poll(() => gateway.countStreams()).toEqual(quiet);
  });

  test('when the run ends', async () => {
    const id = await createRun();
    await Array.fromAsync(gateway.subscribe(runStream, { id }));
    await expect.poll(() => gateway.countStreams()).toEqual(quiet);
  });

  test('when the gateway is closed, and so do the streams', async () => {
    const closing = await startTestGateway();
    const ended = Array.fromAsync(closing.subscribe(runUpdates, {}));
    await expect.poll(() => closing.countStreams().followedProjects).toBe(1);
    const token = await (
      await fetch(`${closing.url}/graphql/stream`, {
        method: 'PUT',
        headers: { authorization: `Bearer ${closing.key}` },
      })
    ).text();
    using single = await openRawClient(closing.url, {
      method: 'GET',
      path: `/graphql/stream?token=${token}`,
      headers: { authorization: `Bearer ${closing.key}`, accept: 'text/event-stream' },
    });
    await single.readUntil(':\n\n');
    const closed = once(single.socket, 'close');
    single.socket.resume();
    await closing[Symbol.asyncDispose]();
    expect(await ended).toEqual([]);
    await closed;
    expect(closing.countStreams()).toEqual(quiet);
  });
});
