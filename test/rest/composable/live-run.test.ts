import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { startTestGateway, type TestGateway } from '../../support/gateway.ts';
import { type OpenaiServer, startOpenaiServer } from '../../support/openai-server.ts';
import { createWorld } from '../../support/operations.ts';
import { type CallRest, createRestCaller, readEvents } from '../../support/rest.ts';

/** Clients of the REST API that are there, or leave, while a model answers. */

let server: OpenaiServer;
let gateway: TestGateway;
let call: CallRest;

beforeAll(async () => {
  server = await startOpenaiServer();
  gateway = await startTestGateway({ DISCONNECT_GRACE_MS: '100' });
  call = createRestCaller(gateway, '/api/v1');
  await createWorld(gateway, {
    environment: { provider: 'openai_compatible', endpoint: server.url, defaultModel: 'm' },
  });
});
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});

const payload = (more: object) => ({ interaction: 'Color', data: { object: 'sea' }, ...more });

/** Begins to read a run, and leaves once its first piece was there. Answers with what the model was asked. */
async function leaveStream(more: object) {
  const { body } = await call('POST', '/runs', { body: payload({ stream: true, ...more }) });
  const reader = new AbortController();
  const url = `${gateway.url}/api/v1/runs/${body.id}/stream?access_token=${gateway.key}`;
  const response = await fetch(url, { signal: reader.signal });
  const request = await server.next();
  request.chunk('one ');
  const pieces = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  while (!text.includes('"one "')) text += (await pieces?.read())?.value;
  reader.abort();
  return { id: body.id, request };
}

/** The run as its stream says it ended. */
async function readEnd(id: string) {
  const response = await fetch(`${gateway.url}/api/v1/runs/${id}/stream?access_token=${gateway.key}`);
  const [, close] = (await response.text()).split('event: close\ndata: ');
  return JSON.parse(close ?? '');
}

test('on_disconnect: cancel ends a stream that nobody reads any more, and its call of the model', async () => {
  const { id, request } = await leaveStream({ on_disconnect: 'cancel' });
  await request.closed;
  expect(await readEnd(id)).toMatchObject({ status: 'failed', error: { code: 'cancelled' } });
});

test('on_disconnect: cancel ends a blocking execution whose caller left', async () => {
  const caller = new AbortController();
  const answer = fetch(`${gateway.url}/api/v1/execute`, {
    method: 'POST',
    headers: { authorization: `Bearer ${gateway.key}`, 'content-type': 'application/json' },
    body: JSON.stringify(payload({ on_disconnect: 'cancel' })),
    signal: caller.signal,
  });
  const request = await server.next();
  caller.abort();
  await expect(answer).rejects.toThrow('aborted');
  await request.closed;
});

test('else the run goes on, past the time in which another was cancelled', async () => {
  const kept = await leaveStream({});
  await (await leaveStream({ on_disconnect: 'cancel' })).request.closed;
  kept.request.chunk('two');
  kept.request.done();
  expect(await readEnd(kept.id)).toMatchObject({ status: 'completed', result: 'one two' });
});

test('what comes while twenty read is written once for all of them', async () => {
  const { body } = await call('POST', '/runs', { body: payload({ stream: true }) });
  const url = `${gateway.url}/api/v1/runs/${body.id}/stream?access_token=${gateway.key}`;
  const responses = await Promise.all(Array.from({ length: 20 }, () => fetch(url)));
  const readers = responses.map(readEvents);
  const request = await server.next();
  // Who has had a piece follows what is live.
  request.chunk('first ');
  for (const reader of readers) expect((await reader.next()).value).toMatchObject({ data: '"first "' });
  const stringify = vi.spyOn(JSON, 'stringify');
  try {
    request.chunk('written ');
    request.chunk('once');
    request.done();
    const all = await Promise.all(readers.map((reader) => Array.fromAsync(reader)));
    expect(all[0]?.map(({ event }) => event)).toEqual(['message', 'message', 'chunk', 'close']);
    for (const events of all) expect(events).toEqual(all[0]);
    const values: unknown[] = stringify.mock.calls.map(([value]) => value);
    const count = (isMeant: (value: unknown) => boolean) => values.filter(isMeant).length;
    expect(count((value) => value === 'written ')).toBe(1);
    expect(count((value) => value === 'once')).toBe(1);
    expect(count((value) => isRun(value, body.id))).toBe(1);
  } finally {
    stringify.mockRestore();
  }
});

/** Whether a value is the run as this API has it. */
const isRun = (value: unknown, id: string) =>
  typeof value === 'object' && value !== null && 'id' in value && value.id === id && 'modelId' in value;
