import { createClient } from 'graphql-sse';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { startTestGateway, type TestGateway } from '../support/gateway.ts';
import { createWorld, expectType } from '../support/operations.ts';
import { openRawClient, type RawClient } from '../support/raw-client.ts';

/** The protocol on the wire: https://github.com/enisdenjo/graphql-sse/blob/master/PROTOCOL.md */

let gateway: TestGateway;
let world: Awaited<ReturnType<typeof createWorld>>;
let otherKey: string;

beforeAll(async () => {
  gateway = await startTestGateway();
  world = await createWorld(gateway);
  otherKey = expectType(await world.createApiKey({ name: 'other', role: 'ADMIN' }), 'CreatedApiKey').secret;
});
afterAll(() => gateway[Symbol.asyncDispose]());

interface Call {
  readonly key?: string | null;
  readonly token?: string;
  readonly body?: unknown;
  readonly path?: string;
  readonly headers?: Record<string, string>;
}

const call = async (method: string, { key = gateway.key, token, body, path = '', headers = {} }: Call = {}) => {
  const response = await fetch(`${gateway.url}/graphql/stream${path}`, {
    method,
    headers: {
      ...(key !== null && { authorization: `Bearer ${key}` }),
      ...(token !== undefined && { 'x-graphql-event-stream-token': token }),
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  return { status: response.status, text: await response.text(), headers: response.headers };
};

const reserve = async (key?: string) => (await call('PUT', key === undefined ? {} : { key })).text;

const open = (token: string): Promise<RawClient> =>
  openRawClient(gateway.url, {
    method: 'GET',
    path: '/graphql/stream',
    headers: {
      authorization: `Bearer ${gateway.key}`,
      accept: 'text/event-stream',
      'x-graphql-event-stream-token': token,
    },
  });

const operation = (query: string, operationId: string, variables = {}) => ({
  query,
  variables,
  extensions: { operationId },
});

describe('an event stream', () => {
  test('is reserved, opened, and carries the results of its operations', async () => {
    const reserved = await call('PUT');
    expect(reserved).toMatchObject({
      status: 201,
      text: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/),
    });
    const token = reserved.text;
    const early = await call('POST', { token, body: operation('{ viewer { role } }', 'early') });
    expect(early).toMatchObject({ status: 202, text: '' });
    using client = await open(token);
    await client.readUntil('event: complete\ndata: {"id":"early"}');
    await call('POST', { token, body: operation('{ nothing }', 'wrong') });
    const text = await client.readUntil('event: complete\ndata: {"id":"wrong"}');
    expect(text).toMatch(/event: next\ndata: \{"id":"early","payload":\{"data":\{"viewer":\{"role":"ADMIN"\}\}/);
    expect(text).toContain('Cannot query field');
    // What Yoga's errors say to its own HTTP server.
    expect(text).not.toContain('"http"');
  });

  test('is limited as every operation is', async () => {
    const token = await reserve();
    using client = await open(token);
    const aliases = Array.from({ length: 1_000 }, (_none, index) => `a${index}: viewer { role }`).join(' ');
    await call('POST', { token, body: operation(`{ ${aliases} }`, 'wide') });
    const text = await client.readUntil('event: complete\ndata: {"id":"wide"}');
    expect(text).toContain('QUERY_TOO_COMPLEX');
    expect(text).not.toContain('"data":');
  });

  test('takes its token from the query, too', async () => {
    const token = await reserve();
    const accepted = await call('POST', { path: `?token=${token}`, body: operation('{ viewer { role } }', '1') });
    expect(accepted.status).toBe(202);
  });

  test('ends an operation, and its source, on request', async () => {
    const token = await reserve();
    using client = await open(token);
    await client.readUntil(':\n\n');
    const before = gateway.countStreams().subscriptions;
    await call('POST', { token, body: operation('subscription { runUpdates { id } }', '1') });
    await call('POST', { token, body: operation('subscription { runUpdates { id } }', '2') });
    await expect.poll(() => gateway.countStreams().subscriptions).toBe(before + 2);
    expect(await call('DELETE', { token, path: '?operationId=1' })).toMatchObject({ status: 200 });
    await expect.poll(() => gateway.countStreams().subscriptions).toBe(before + 1);
    client.socket.destroy();
    await expect.poll(() => gateway.countStreams().subscriptions).toBe(before);
    expect(await call('POST', { token, body: operation('{ viewer { role } }', '3') })).toMatchObject({ status: 404 });
  });

  test('is opened once', async () => {
    const token = await reserve();
    using client = await open(token);
    await client.readUntil(':\n\n');
    const second = await call('GET', { token, headers: { accept: 'text/event-stream' } });
    expect(second).toMatchObject({ status: 409 });
  });

  test('has at most a hundred operations', async () => {
    const token = await reserve();
    const start = (id: number) => operation('subscription { runUpdates { id } }', String(id));
    for (let id = 0; id < 100; id += 1) {
      expect((await call('POST', { token, body: start(id) })).status).toBe(202);
    }
    const refused = await call('POST', { token, body: start(100) });
    expect(refused).toMatchObject({ status: 429, text: expect.stringContaining('RATE_LIMITED') });
    using client = await open(token);
    await client.readUntil(':\n\n');
    expect(await call('DELETE', { token, path: '?operationId=7' })).toMatchObject({ status: 200 });
    await expect.poll(async () => (await call('POST', { token, body: start(101) })).status).toBe(202);
  });
});

describe('a token', () => {
  test('is of use to its key only', async () => {
    const token = await reserve();
    const body = operation('{ viewer { role } }', '1');
    const message = 'There is no event stream with this token for this key; PUT reserves one';
    const refusal = { status: 404, text: JSON.stringify({ errors: [{ message, extensions: { code: 'NOT_FOUND' } }] }) };
    expect(await call('POST', { key: otherKey, token, body })).toMatchObject(refusal);
    expect(await call('DELETE', { key: otherKey, token, path: '?operationId=1' })).toMatchObject(refusal);
    const opened = await call('GET', { key: otherKey, token, headers: { accept: 'text/event-stream' } });
    expect(opened).toMatchObject(refusal);
    expect(await call('POST', { token: crypto.randomUUID(), body })).toMatchObject(refusal);
  });

  test('is no credential', async () => {
    const token = await reserve();
    const opened = await call('GET', { key: null, token, headers: { accept: 'text/event-stream' } });
    expect(opened).toMatchObject({ status: 401 });
    expect(await call('PUT', { key: null })).toMatchObject({ status: 401 });
    const large = 'x'.repeat(2 ** 21);
    // Before a byte of the body is read: that one is too large.
    expect(await call('POST', { key: null, token, body: operation(large, '1') })).toMatchObject({ status: 401 });
  });

  test('that nobody opens expires after half a minute, with its operations', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'], shouldAdvanceTime: true });
    try {
      const token = await reserve();
      const before = gateway.countStreams().subscriptions;
      const body = operation('subscription { runUpdates { id } }', '1');
      expect(await call('POST', { token, body })).toMatchObject({ status: 202 });
      expect(gateway.countStreams().subscriptions).toBe(before + 1);
      vi.advanceTimersByTime(30_000);
      expect(await call('POST', { token, body })).toMatchObject({ status: 404 });
      await vi.waitUntil(() => gateway.countStreams().subscriptions === before);
    } finally {
      vi.useRealTimers();
    }
  });

  test('can be reserved a hundred times by a key that opens none', async () => {
    const { secret } = expectType(await world.createApiKey({ name: 'greedy', role: 'READER' }), 'CreatedApiKey');
    for (let count = 0; count < 100; count += 1) expect((await call('PUT', { key: secret })).status).toBe(201);
    const refused = await call('PUT', { key: secret });
    expect(refused).toMatchObject({ status: 429, text: expect.stringContaining('RATE_LIMITED') });
    expect((await call('PUT', { key: otherKey })).status).toBe(201);
  });
});

describe('what is not part of the protocol', () => {
  test.each([
    ['no operation id', 400, 'POST', { query: '{ viewer { role } }' }],
    ['no query', 400, 'POST', { extensions: { operationId: '1' } }],
    ['a list of operations', 400, 'POST', [operation('{ viewer { role } }', '1')]],
  ])('%s is refused', async (_what, status, method, body) => {
    const token = await reserve();
    expect(await call(method, { token, body })).toMatchObject({ status });
  });

  test('an operation without an event stream is refused', async () => {
    expect((await call('POST', { body: operation('{ viewer { role } }', '1') })).status).toBe(404);
    expect((await call('GET', { path: '?query={viewer{role}}' })).status).toBe(404);
  });

  test('a mutation by GET is refused', async () => {
    const query = encodeURIComponent('mutation { deletePrompt(id: "0123456789abcdef01234567") { __typename } }');
    const { text } = await call('GET', { path: `?query=${query}`, headers: { accept: 'text/event-stream' } });
    expect(text).toContain('Can only perform a mutation operation from a POST request');
  });
});

test("graphql-sse's own client runs several operations on one connection", async () => {
  const before = gateway.countStreams().connections;
  const headers = { authorization: `Bearer ${gateway.key}` };
  const client = createClient({
    url: `${gateway.url}/graphql/stream`,
    singleConnection: true,
    headers,
    retryAttempts: 0,
  });
  const stream = { interactionId: world.interaction.id, data: { object: 'car' }, stream: true };
  const ids = await Promise.all(
    Array.from({ length: 3 }, async () => expectType(await world.execute(stream), 'InteractionRun').id),
  );
  const query = 'subscription($id: ID!) { runStream(id: $id) { __typename ... on RunClosed { run { id status } } } }';
  let most = 0;
  const readings = ids.map(async (id) => {
    const results = [];
    for await (const { data } of client.iterate<{ runStream: unknown }>({ query, variables: { id } })) {
      results.push(data?.runStream);
      most = Math.max(most, gateway.countStreams().connections - before);
    }
    return results.at(-1);
  });
  expect(await Promise.all(readings)).toEqual(
    ids.map((id) => ({ __typename: 'RunClosed', run: { id, status: 'COMPLETED' } })),
  );
  expect(most).toBe(1);
  client.dispose();
});
