import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestGateway, type TestGateway } from '../../support/gateway.ts';
import { type OpenaiServer, startOpenaiServer } from '../../support/openai-server.ts';
import { createWorld } from '../../support/operations.ts';
import { type CallRest, createRestCaller } from '../../support/rest.ts';

/** What becomes of a run when the client of the REST API leaves, as the server of the model sees it. */

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
