import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { GenerateRequest } from '../../src/providers/provider.ts';
import type { ReceivedRequest } from '../support/openai-server.ts';
import { failureOf, findWire, noSettings, startVendorClient, type VendorClient } from '../support/vendor-client.ts';

/** What Replicate does differently; `vendors.test.ts` has what all vendors share. */

const wire = findWire('replicate');
const token = wire.credentials;
let client: VendorClient;
beforeEach(async () => {
  client = await startVendorClient(wire);
  client.answer(answerWell);
});
afterEach(() => client[Symbol.asyncDispose]());

function answerWell(request: ReceivedRequest): void {
  wire.chunk(request, 'Hello', true);
  wire.finish(request);
}
/** Answers the request to `path` so, and all others as the vendor does. */
function answerAt(path: string, answer: (request: ReceivedRequest) => void): void {
  client.server.always((request) => {
    if (request.path === path) answer(request);
    else if (!wire.prepare?.(request)) answerWell(request);
  });
}
const predictionOf = () => client.server.requests.find(({ path }) => path.endsWith('/predictions'));
const withInputs = (...names: string[]) => ({
  latest_version: {
    openapi_schema: {
      components: { schemas: { Input: { properties: Object.fromEntries(names.map((name) => [name, {}])) } } },
    },
  },
});

const everything: Partial<GenerateRequest> = {
  messages: [
    { role: 'safety', content: 'Be kind.' },
    { role: 'system', content: 'Be brief.' },
    { role: 'user', content: 'Hi' },
  ],
  settings: { temperature: 0.2, maxTokens: 9, topP: 0.5, stop: ['END', 'STOP'], seed: 4, options: { top_k: 5 } },
};

describe('a request', () => {
  test('has the names of the model', async () => {
    const events = await client.collect(everything);
    expect(predictionOf()).toMatchObject({ method: 'POST', path: '/v1/models/meta/llama/predictions' });
    expect(predictionOf()?.body).toEqual({
      input: {
        prompt: 'Hi',
        system_prompt: 'Be kind.\n\nBe brief.',
        temperature: 0.2,
        max_tokens: 9,
        top_p: 0.5,
        stop: 'END,STOP',
        seed: 4,
        top_k: 5,
      },
      stream: true,
    });
    expect(events.at(-1)).toMatchObject({ warnings: [] });
  });

  test('says what the model has no name for', async () => {
    answerAt('/v1/models/meta/llama', (request) => request.json(200, withInputs('prompt', 'max_new_tokens')));
    const events = await client.collect(everything);
    expect(predictionOf()?.body?.input).toEqual({
      prompt: 'Be kind.\n\nBe brief.\n\nHi',
      max_new_tokens: 9,
      top_k: 5,
    });
    expect(events.at(-1)).toMatchObject({
      warnings: ['temperature', 'topP', 'stop', 'seed'].map(
        (name) => `The model has no setting ${name}; it was left out.`,
      ),
    });
  });

  test('has the most common names where the model does not say', async () => {
    answerAt('/v1/models/meta/llama', (request) => request.json(200, { latest_version: null }));
    await client.collect(everything);
    expect(predictionOf()?.body?.input).toMatchObject({ max_tokens: 9, stop_sequences: 'END,STOP' });
  });

  test('of a conversation says who speaks', async () => {
    await client.collect({
      messages: [
        { role: 'user', content: 'Hi' },
        { role: 'assistant', content: 'Yes?' },
        { role: 'user', content: 'Go on' },
      ],
    });
    expect(predictionOf()?.body?.input).toEqual({ prompt: 'User: Hi\n\nAssistant: Yes?\n\nUser: Go on\n\nAssistant:' });
  });

  test('for JSON is one in words, with a warning', async () => {
    const events = await client.collect({ resultSchema: { type: 'object' } });
    expect(predictionOf()?.body?.input).toMatchObject({ system_prompt: expect.stringContaining('{"type":"object"}') });
    expect(events.at(-1)).toMatchObject({ warnings: [expect.stringContaining('asked for in words')] });
  });

  test('may name a version', async () => {
    await client.collect({ model: 'meta/llama:abc' });
    expect(predictionOf()).toMatchObject({ path: '/v1/predictions', body: { version: 'abc' } });
  });

  test.each(['../../account', 'a/b?c', 'a b'])('for the model %s is none', async (model) => {
    expect(await failureOf(client.collect({ model }))).toMatchObject({ code: 'invalid_request' });
    expect(client.server.requests).toEqual([]);
  });
});

test('the token goes to the API, and not to the address of the stream', async () => {
  await client.collect();
  expect(client.server.requests.map(({ path, headers }) => [path, headers.authorization])).toEqual([
    ['/v1/models/meta/llama', `Bearer ${token}`],
    ['/v1/models/meta/llama/predictions', `Bearer ${token}`],
    ['/stream/p1', undefined],
    ['/v1/predictions/p1', `Bearer ${token}`],
  ]);
});

test('text of several lines comes as it was', async () => {
  client.answer((request) => {
    wire.chunk(request, 'one\ntwo', true);
    wire.finish(request);
  });
  expect((await client.collect())[0]).toEqual({ type: 'text', text: 'one\ntwo' });
});

test('an abort cancels the prediction', async () => {
  const cancelled = Promise.withResolvers<ReceivedRequest>();
  client.server.always((request) => {
    if (request.path.endsWith('/cancel')) cancelled.resolve(request);
    if (!wire.prepare?.(request)) wire.chunk(request, 'Hel', true);
  });
  const controller = new AbortController();
  const events = client.open({}, { signal: controller.signal })[Symbol.asyncIterator]();
  await events.next();
  controller.abort(new Error('enough'));
  await expect(events.next()).rejects.toThrow('enough');
  expect(await cancelled.promise).toMatchObject({ method: 'POST', headers: { authorization: `Bearer ${token}` } });
});

describe('a prediction that fails', () => {
  test.each([
    ['/v1/models/meta/llama', 404, 'invalid_request'],
    ['/v1/models/meta/llama/predictions', 402, 'invalid_request'],
    ['/v1/models/meta/llama/predictions', 429, 'rate_limited'],
  ])('at %s with %i is %s', async (path, status, code) => {
    answerAt(path, (request) => request.json(status, { title: 'No', detail: `No, ${token}`, status }));
    const failure = await failureOf(client.collect());
    expect(failure).toMatchObject({ code, upstreamStatus: status, message: expect.stringContaining('No, …') });
  });

  test.each([
    ['error', /failed/],
    ['canceled', /cancelled/],
  ])('with the reason %s has no answer', async (reason, message) => {
    client.answer((request) => {
      wire.chunk(request, 'Hel', true);
      request.write(`event: done\ndata: {"reason":"${reason}"}\n\n`, 'text/event-stream');
    });
    expect(await failureOf(client.collect())).toMatchObject({ message: expect.stringMatching(message) });
  });
});

describe('a model that does not stream', () => {
  const start = (prediction: object) =>
    answerAt('/v1/models/meta/llama/predictions', (request) => request.json(201, { id: 'p1', ...prediction }));

  test('is waited for', async () => {
    start({ status: 'processing' });
    expect(await client.collect()).toEqual([
      { type: 'progress', tokenUse: null },
      { type: 'text', text: 'Hello' },
      { type: 'finish', reason: 'stop', tokenUse: { prompt: 11, result: 7, total: 18 }, warnings: [] },
    ]);
  });

  test('may have answered already', async () => {
    start({ status: 'succeeded', output: 'Hello' });
    expect((await client.collect())[0]).toEqual({ type: 'text', text: 'Hello' });
  });

  test('may fail', async () => {
    start({ status: 'failed', error: `CUDA out of memory, ${token}` });
    const failure = await failureOf(client.collect());
    expect(failure.message).toContain('CUDA out of memory, …');
  });

  test('may make what is no text', async () => {
    start({ status: 'succeeded', output: { image: 'x' } });
    expect(await failureOf(client.collect({ settings: noSettings }))).toMatchObject({
      message: "The model's output is not text",
    });
  });
});
