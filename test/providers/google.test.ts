import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ReceivedRequest } from '../support/openai-server.ts';
import { failureOf, findWire, noSettings, startVendorClient, type VendorClient } from '../support/vendor-client.ts';

/** What Gemini does differently; `vendors.test.ts` has what all vendors share. */

const wire = findWire('google');
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

test('a request says what the engine says, in its words', async () => {
  await client.collect({
    messages: [
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: 'Hi' },
      { role: 'assistant', content: 'Yes?' },
      { role: 'user', content: 'Go on' },
    ],
    settings: {
      temperature: 0.2,
      maxTokens: 9,
      topP: 0.5,
      stop: ['END'],
      seed: 4,
      options: { generationConfig: { topK: 5, temperature: 2 }, labels: { team: 'a' } },
    },
    resultSchema: { type: 'object', properties: { color: { type: 'string' } } },
  });
  expect(client.received[0]?.body).toEqual({
    systemInstruction: { parts: [{ text: 'Be brief.' }] },
    contents: [
      { role: 'user', parts: [{ text: 'Hi' }] },
      { role: 'model', parts: [{ text: 'Yes?' }] },
      { role: 'user', parts: [{ text: 'Go on' }] },
    ],
    generationConfig: {
      temperature: 0.2,
      maxOutputTokens: 9,
      topP: 0.5,
      topK: 5,
      stopSequences: ['END'],
      seed: 4,
      responseMimeType: 'application/json',
      responseJsonSchema: { type: 'object', properties: { color: { type: 'string' } } },
    },
    labels: { team: 'a' },
  });
});

test.each([
  ['STOP', 'stop'],
  ['MAX_TOKENS', 'length'],
  ['SAFETY', 'content_filter'],
  ['RECITATION', 'content_filter'],
  ['OTHER', 'other'],
])('finish reason %s is %s', async (theirs, ours) => {
  client.answer((request) => {
    request.event({ candidates: [{ content: { parts: [{ text: 'Hello' }] }, finishReason: theirs }] });
    request.end();
  });
  expect((await client.collect()).at(-1)).toMatchObject({ reason: ours, tokenUse: null });
});

test('a prompt that it blocks is answered with nothing, for that reason', async () => {
  client.answer((request) => {
    request.event({ promptFeedback: { blockReason: 'SAFETY' }, usageMetadata: { promptTokenCount: 11 } });
    request.end();
  });
  expect((await client.collect()).at(-1)).toMatchObject({ type: 'finish', reason: 'content_filter' });
});

test('what was counted so far is told with each piece', async () => {
  const events = await client.collect();
  expect(events[0]).toEqual({ type: 'progress', tokenUse: { prompt: 11, result: 0, total: 11 } });
});

test('thoughts are not of the answer', async () => {
  client.answer((request) => {
    request.event({ candidates: [{ content: { parts: [{ text: 'Hm.', thought: true }], role: 'model' } }] });
    answerWell(request);
  });
  const events = await client.collect();
  expect(events.filter(({ type }) => type === 'text')).toEqual([{ type: 'text', text: 'Hello' }]);
});

describe('a refusal', () => {
  test('has a name, and says how long to wait', async () => {
    const details = [
      { '@type': 'type.googleapis.com/google.rpc.QuotaFailure', violations: [] },
      { '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '34.5s' },
    ];
    const error = { code: 429, message: 'Quota exceeded', status: 'RESOURCE_EXHAUSTED', details };
    client.answer((request) => request.json(429, { error }));
    expect(await failureOf(client.collect())).toMatchObject({
      code: 'rate_limited',
      isRetryable: true,
      retryAfterMs: 34_500,
      message: 'The provider answered 429 (RESOURCE_EXHAUSTED): Quota exceeded',
    });
  });

  test('may be a list of one', async () => {
    const error = { code: 400, message: 'API key not valid', status: 'INVALID_ARGUMENT' };
    client.answer((request) => request.json(400, [{ error }]));
    expect(await failureOf(client.collect())).toMatchObject({
      code: 'invalid_request',
      message: 'The provider answered 400 (INVALID_ARGUMENT): API key not valid',
    });
  });

  test('of a schema is answered by asking in words', async () => {
    client.answer((request) => {
      const { generationConfig } = request.body ?? {};
      const message = 'JSON mode is not enabled for this model';
      if (!JSON.stringify(generationConfig ?? {}).includes('responseMimeType')) answerWell(request);
      else request.json(400, { error: { code: 400, message, status: 'INVALID_ARGUMENT' } });
    });
    const events = await client.collect({ resultSchema: { type: 'object' }, settings: { ...noSettings } });
    expect(events.at(-1)).toMatchObject({ warnings: [expect.stringContaining('asked for in words')] });
  });
});

test.each(['../x', 'a?b', 'a#b', 'models/x:delete?y='])('the model %s is none', async (model) => {
  expect(await failureOf(client.collect({ model }))).toMatchObject({ code: 'invalid_request' });
  expect(client.server.requests).toEqual([]);
});

test('a tuned model keeps its path', async () => {
  await client.collect({ model: 'tunedModels/mine' });
  expect(client.received[0]?.path).toBe('/v1beta/tunedModels/mine:streamGenerateContent?alt=sse');
});

test('models are those that generate', async () => {
  const models = [
    { name: 'models/gemini-x', displayName: 'Gemini X', supportedGenerationMethods: ['generateContent'] },
    { name: 'models/embed', displayName: 'Embed', supportedGenerationMethods: ['embedContent'] },
  ];
  client.answer((request) => request.json(200, { models }));
  expect(await client.listModels()).toEqual([{ id: 'gemini-x', name: 'Gemini X', streams: true, readsImages: true }]);
});
