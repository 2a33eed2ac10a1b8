import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestGateway, type TestGateway } from '../../support/gateway.ts';
import { createWorld, expectType } from '../../support/operations.ts';
import { type CallRest, createRestCaller, readEvents } from '../../support/rest.ts';

let gateway: TestGateway;
let call: CallRest;
let world: Awaited<ReturnType<typeof createWorld>>;

beforeAll(async () => {
  gateway = await startTestGateway();
  call = createRestCaller(gateway, '/api/v1');
  world = await createWorld(gateway);
});
afterAll(() => gateway[Symbol.asyncDispose]());

const create = async (more: object = {}) =>
  (await call('POST', '/runs', { body: { interaction: 'Color', data: { object: 'sea' }, stream: true, ...more } }))
    .body;

const open = (id: string, headers: Record<string, string> = {}) =>
  fetch(`${gateway.url}/api/v1/runs/${id}/stream`, { headers: { authorization: `Bearer ${gateway.key}`, ...headers } });

const readAll = async (id: string, headers?: Record<string, string>) =>
  Array.fromAsync(readEvents(await open(id, headers)));

test('pieces, the result and the end, each with an id of its own', async () => {
  const { id } = await create();
  const events = await readAll(id);
  const names = events.map(({ event }) => event);
  expect(names.slice(-2)).toEqual(['chunk', 'close']);
  expect(new Set(names.slice(0, -2))).toEqual(new Set(['message']));
  const ids = events.map((event) => event.id);
  expect(new Set(ids).size).toBe(ids.length);
  expect(ids.every((eventId) => eventId?.startsWith(`${id}:1:`))).toBe(true);
  const run = JSON.parse(events.at(-1)?.data ?? '');
  expect(run).toMatchObject({ id, status: 'completed', result: expect.stringContaining('sea') });
  expect(
    events
      .slice(0, -2)
      .map(({ data }) => JSON.parse(data))
      .join(''),
  ).toBe(run.result);
  expect(JSON.parse(events.at(-2)?.data ?? '')).toBe(run.result);
});

test('Last-Event-ID goes on behind any event, and nothing is lost or doubled', async () => {
  const { id } = await create();
  const events = await readAll(id);
  for (const [index, event] of events.entries()) {
    const rest = await readAll(id, { 'last-event-id': event.id ?? '' });
    const expected = index === events.length - 1 ? [event] : events.slice(index + 1);
    expect(rest).toEqual(expected);
  }
});

test.each(['', 'nonsense', '0123456789abcdef01234567:1:1', '1:1'])(
  'a Last-Event-ID that is none of the run, %j, begins anew',
  async (lastEventId) => {
    const { id } = await create();
    const events = await readAll(id);
    expect(await readAll(id, { 'last-event-id': lastEventId })).toEqual(events);
  },
);

test('a second reader gets the same, and executes nothing again', async () => {
  const { id } = await create({ config: { model: 'test-story' } });
  const [one, other] = await Promise.all([readAll(id), readAll(id)]);
  expect(other).toEqual(one);
  expect(await readAll(id)).toEqual(one);
});

test('a run that was executed without a stream has its result and its end', async () => {
  const { body } = await call('POST', '/runs', { body: { interaction: 'Color', data: { object: 'sea' } } });
  expect((await readAll(body.id)).map(({ event }) => event)).toEqual(['chunk', 'close']);
});

test('a failed run, and one that was cancelled, are told with status 200 and a close', async () => {
  const failing = await create({ config: { model: 'execution-error' } });
  const [close, ...others] = (await readAll(failing.id)).toReversed();
  expect(others).toEqual([]);
  expect(JSON.parse(close?.data ?? '')).toMatchObject({ status: 'failed', error: { code: 'provider_error' } });

  const cancelled = await create();
  expect(await call('POST', `/runs/${cancelled.id}/cancel`)).toMatchObject({ status: 200, body: { status: 'failed' } });
  const [end] = await readAll(cancelled.id);
  expect(JSON.parse(end?.data ?? '')).toMatchObject({ status: 'failed', error: { code: 'cancelled' } });
});

test('a run that is deleted while a reader waits for it ends with a close', async () => {
  const { id } = await create();
  // A reader does not start what it may not execute, and waits.
  const reader = expectType(await world.createApiKey({ name: 'reader', role: 'READER' }), 'CreatedApiKey').secret;
  const response = await open(id, { authorization: `Bearer ${reader}` });
  const events = Array.fromAsync(readEvents(response));
  expect(await call('DELETE', `/runs/${id}`)).toMatchObject({ status: 200, body: { id } });
  const [close] = (await events).toReversed();
  expect(close?.event).toBe('close');
  expect(JSON.parse(close?.data ?? '')).toMatchObject({ id, status: 'failed' });
});

test('another run, another kind of credential and none are refused before the stream', async () => {
  expect((await open('0123456789abcdef01234567')).status).toBe(404);
  expect((await open('no-id')).status).toBe(404);
  const { id } = await create();
  expect((await fetch(`${gateway.url}/api/v1/runs/${id}/stream`)).status).toBe(401);
  expect((await fetch(`${gateway.url}/api/v1/runs/${id}/stream?access_token=sk-wrong`)).status).toBe(401);
  // Only streams take it there.
  expect((await fetch(`${gateway.url}/api/v1/runs/${id}?access_token=${gateway.key}`)).status).toBe(401);
  // To ask for the headers alone would start it.
  const head = { method: 'HEAD', headers: { authorization: `Bearer ${gateway.key}` } };
  expect((await fetch(`${gateway.url}/api/v1/runs/${id}/stream`, head)).status).toBe(404);
});

test('a reader who leaves is let go, and the run goes on', async () => {
  const { id } = await create({ config: { model: 'test-story' } });
  const response = await open(id);
  const reader = response.body?.getReader();
  await reader?.read();
  await reader?.cancel();
  const [close] = (await readAll(id)).toReversed();
  expect(JSON.parse(close?.data ?? '')).toMatchObject({ status: 'completed' });
});

test('the answer begins at once, and pages of every origin may read it', async () => {
  const { id } = await create();
  const response = await open(id, { origin: 'https://app.example' });
  expect(Object.fromEntries(response.headers)).toMatchObject({
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-cache, no-transform',
    'access-control-allow-origin': '*',
  });
  expect(await response.text()).toMatch(/^:\n\nretry: 1000\n\nid: /);
});
