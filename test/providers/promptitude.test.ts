import { afterAll, beforeEach, expect, test } from 'vitest';
import { createOutbound } from '../../src/providers/outbound.ts';
import { createProviderRegistry } from '../../src/providers/registry.ts';
import type { RemoteCall, RemoteEvent } from '../../src/providers/remote.ts';
import { type OpenaiServer, startOpenaiServer } from '../support/openai-server.ts';
import { failureOf, noSettings } from '../support/vendor-client.ts';

/** Promptitude as its document has it. */

const outbound = createOutbound({ allow: ['loopback'] });
const remote = createProviderRegistry(outbound).findRemote('promptitude');
let server: OpenaiServer;

beforeEach(async () => {
  server = await startOpenaiServer();
  return () => server[Symbol.asyncDispose]();
});
afterAll(() => outbound.close());

const call: RemoteCall = {
  id: 'flow/1',
  key: 'k1',
  hops: 1,
  data: { name: 'Andres', lastName: 'Lopez' },
  model: null,
  settings: noSettings,
  validate: true,
  resultSchema: null,
  tags: [],
  endUser: null,
  object: null,
  steps: [],
  files: [],
  started: null,
};

function open(changes: Partial<RemoteCall> = {}, signal = new AbortController().signal): AsyncIterable<RemoteEvent> {
  if (remote === undefined) throw new Error('There is no provider promptitude');
  const connection = { endpoint: new URL(server.url).origin, credentials: 'YOUR_API_KEY' };
  return remote.execute({ ...call, ...changes }, connection, signal);
}

const collect = (changes?: Partial<RemoteCall>) => Array.fromAsync(open(changes));

const joke = "Why did the developer need glasses? Because he couldn't C#!";
const envelope = (result: unknown) => ({
  code: 200,
  message: 'OK',
  error: false,
  results: { result, logId: 'Z2gV2otfCKIt17t76KFJ' },
});

test('sends what the document has, and reads its answer', async () => {
  server.always((request) => request.json(200, envelope(joke)));
  const events = await collect({ endUser: '9hhsOa6pGHes5BCDpCDeLD2i0kw2' });
  expect(server.requests[0]).toMatchObject({
    method: 'POST',
    path: '/v1/flows/flow%2F1/generate',
    headers: { authorization: 'Bearer YOUR_API_KEY', 'content-type': 'application/json' },
  });
  expect(server.requests[0]?.body).toEqual({
    userId: '9hhsOa6pGHes5BCDpCDeLD2i0kw2',
    flow: { inputs: { name: 'Andres', lastName: 'Lopez' } },
  });
  expect(events).toEqual([
    { type: 'started', run: 'Z2gV2otfCKIt17t76KFJ' },
    { type: 'text', text: joke },
    { type: 'finish', result: joke, tokenUse: null, warnings: [], report: {} },
  ]);
});

test('passes on which contents a step reads, and warns of settings that there are not', async () => {
  server.always((request) => request.json(200, envelope(['one', 'two'])));
  const events = await collect({
    model: 'gpt-4',
    settings: { ...noSettings, temperature: 0.5 },
    steps: [
      { step: 'step1', folders: { ids: ['folder1'], names: ['my folder'] }, tags: { ids: [], names: null } },
      { step: 'Answer', folders: null, tags: null },
    ],
  });
  expect(server.requests[0]?.body).toMatchObject({
    steps: {
      step1: { context: { folders: { ids: ['folder1'], names: ['my folder'] }, tags: { ids: [] } } },
      Answer: { context: {} },
    },
  });
  expect(events.at(-1)).toMatchObject({
    result: ['one', 'two'],
    warnings: [
      'Promptitude has its own model; what was given was left out.',
      'Promptitude has its own temperature; what was given was left out.',
    ],
  });
});

test.each([
  [400, 'invalid_request'],
  [401, 'authentication_error'],
  [404, 'invalid_request'],
  [429, 'rate_limited'],
  [502, 'provider_error'],
])('a refusal with %i is %s, in its words', async (status, code) => {
  server.always((request) => request.json(status, { code: status, message: 'No for YOUR_API_KEY', error: true }));
  const failure = await failureOf(collect());
  expect(failure).toMatchObject({ code, upstreamStatus: status });
  expect(failure.message).toBe(`The provider answered ${status}: No for …`);
});

test.each([502, 200])('a failure of the model names its run, whether its status is %i or not', async (status) => {
  const body = { code: 502, message: 'The model is away', error: true, results: { logId: 'L1' } };
  server.always((request) => request.json(status, body));
  const events = open()[Symbol.asyncIterator]();
  expect((await events.next()).value).toEqual({ type: 'started', run: 'L1' });
  await expect(events.next()).rejects.toThrow('The model is away');
});

test.each(['{}', '{"results":{"result":7}}', 'nothing'])('an answer that is none fails: %s', async (body) => {
  server.always((request) => request.text(200, body));
  expect(await failureOf(collect())).toMatchObject({ code: 'provider_error' });
});

test('leaving closes the socket', async () => {
  const controller = new AbortController();
  const reason = new Error('enough');
  const next = open({}, controller.signal)[Symbol.asyncIterator]().next();
  const request = await server.next();
  controller.abort(reason);
  await expect(next).rejects.toBe(reason);
  await request.closed;
});

test('there is no list but of the ids that are asked for', async () => {
  const list = async (ids: string[] | null) =>
    remote?.list(ids, { endpoint: null, credentials: 'k' }, new AbortController().signal);
  expect(await list(['a', 'b'])).toEqual([
    { kind: 'flow', id: 'a' },
    { kind: 'flow', id: 'b' },
  ]);
  expect(await failureOf(list(null))).toMatchObject({ code: 'invalid_request' });
});
