import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ReceivedRequest } from '../support/openai-server.ts';
import { failureOf, findWire, noSettings, startVendorClient, type VendorClient } from '../support/vendor-client.ts';

/** What Anthropic does differently; `vendors.test.ts` has what all vendors share. */

const wire = findWire('anthropic');
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
const send = (request: ReceivedRequest, event: { type: string } & Record<string, unknown>) =>
  request.write(`event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`, 'text/event-stream');
const usage = { input_tokens: 11, output_tokens: 1 };
const begin = (request: ReceivedRequest) =>
  send(request, { type: 'message_start', message: { id: 'm', role: 'assistant', content: [], usage } });

const schema = {
  type: 'object',
  properties: { color: { type: 'string' } },
  required: ['color'],
  additionalProperties: false,
};

test('a request says what the engine says, in its words', async () => {
  await client.collect({
    messages: [
      { role: 'safety', content: 'Be kind.' },
      { role: 'user', content: 'Hi' },
      { role: 'assistant', content: 'Yes?' },
      { role: 'user', content: 'Go on' },
      { role: 'system', content: 'Be brief.' },
    ],
    settings: {
      temperature: 0.2,
      maxTokens: 9,
      topP: null,
      stop: ['END'],
      seed: null,
      options: { top_k: 5, metadata: { user_id: 'u' }, model: 'other', stream: false, max_tokens: 1 },
    },
  });
  const [request] = client.received;
  expect(request?.headers).toMatchObject({ 'anthropic-version': '2023-06-01', 'content-type': 'application/json' });
  expect(request?.body).toEqual({
    model: 'claude-sonnet-4-5',
    max_tokens: 9,
    temperature: 0.2,
    stop_sequences: ['END'],
    top_k: 5,
    metadata: { user_id: 'u' },
    stream: true,
    system: [
      { type: 'text', text: 'Be kind.' },
      { type: 'text', text: 'Be brief.' },
    ],
    messages: [
      { role: 'user', content: [{ type: 'text', text: 'Hi' }] },
      { role: 'assistant', content: [{ type: 'text', text: 'Yes?' }] },
      { role: 'user', content: [{ type: 'text', text: 'Go on' }] },
    ],
  });
});

test('where nobody asks, the last of what is said in general is the question', async () => {
  await client.collect({
    messages: [
      { role: 'safety', content: 'Be kind.' },
      { role: 'system', content: 'Write a poem.' },
    ],
  });
  expect(client.received[0]?.body).toMatchObject({
    system: [{ type: 'text', text: 'Be kind.' }],
    messages: [{ role: 'user', content: [{ type: 'text', text: 'Write a poem.' }] }],
  });
});

describe('a result schema', () => {
  test('is asked for as it is, where the model takes one', async () => {
    await client.collect({ resultSchema: schema });
    expect(client.received[0]?.body?.output_config).toEqual({ format: { type: 'json_schema', schema } });
  });

  test('is a tool elsewhere, whose input is the answer', async () => {
    client.answer((request) => {
      begin(request);
      const block = { type: 'tool_use', id: 't', name: 'json', input: {} };
      send(request, { type: 'content_block_start', index: 0, content_block: block });
      for (const json of ['{"color":', '"red"}'])
        send(request, {
          type: 'content_block_delta',
          index: 0,
          delta: { type: 'input_json_delta', partial_json: json },
        });
      send(request, { type: 'content_block_stop', index: 0 });
      send(request, { type: 'message_delta', delta: { stop_reason: 'tool_use' }, usage: { output_tokens: 7 } });
      send(request, { type: 'message_stop' });
      request.end();
    });
    const events = await client.collect({ model: 'claude-3-haiku-20240307', resultSchema: schema });
    expect(client.received[0]?.body).toMatchObject({ tools: [{ name: 'json', input_schema: schema }] });
    expect(events.map((event) => (event.type === 'text' ? event.text : '')).join('')).toBe('{"color":"red"}');
    expect(events.at(-1)).toMatchObject({ reason: 'stop', tokenUse: { prompt: 11, result: 7, total: 18 } });
  });

  test('is asked for in words where the model refuses both', async () => {
    client.answer((request) =>
      request.body !== null && 'output_config' in request.body
        ? request.json(400, {
            type: 'error',
            error: { type: 'invalid_request_error', message: 'output_config.format: no' },
          })
        : answerWell(request),
    );
    expect((await client.collect({ resultSchema: schema })).at(-1)).toMatchObject({
      warnings: ['The model takes no JSON Schema for its answer; it was asked for in words.'],
    });
    expect(client.received[1]?.body?.system).toEqual([
      { type: 'text', text: expect.stringContaining(JSON.stringify(schema)) },
    ]);
  });
});

test.each([
  ['end_turn', 'stop'],
  ['stop_sequence', 'stop'],
  ['max_tokens', 'length'],
  ['refusal', 'content_filter'],
  ['pause_turn', 'stop'],
])('stop reason %s is %s', async (theirs, ours) => {
  client.answer((request) => {
    wire.chunk(request, 'Hello', true);
    send(request, { type: 'message_delta', delta: { stop_reason: theirs }, usage: { output_tokens: 7 } });
    send(request, { type: 'message_stop' });
    request.end();
  });
  expect((await client.collect()).at(-1)).toMatchObject({ reason: ours });
});

test('thoughts are signs of life, and not of the answer', async () => {
  client.answer((request) => {
    begin(request);
    send(request, { type: 'content_block_start', index: 0, content_block: { type: 'thinking', thinking: '' } });
    send(request, { type: 'content_block_delta', index: 0, delta: { type: 'thinking_delta', thinking: 'Hm.' } });
    send(request, { type: 'content_block_stop', index: 0 });
    send(request, { type: 'content_block_start', index: 1, content_block: { type: 'text', text: '' } });
    send(request, { type: 'content_block_delta', index: 1, delta: { type: 'text_delta', text: 'Hello' } });
    send(request, { type: 'content_block_stop', index: 1 });
    send(request, { type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 7 } });
    send(request, { type: 'message_stop' });
    request.end();
  });
  const events = await client.collect({ settings: { ...noSettings, options: { thinking: { type: 'adaptive' } } } });
  expect(client.received[0]?.body).toMatchObject({ thinking: { type: 'adaptive' } });
  expect(events.filter(({ type }) => type !== 'progress')).toMatchObject([{ text: 'Hello' }, { type: 'finish' }]);
  expect(events.filter(({ type }) => type === 'progress').length).toBeGreaterThan(3);
});

test('the prompt is counted before the answer comes, caches too', async () => {
  const events = client.open()[Symbol.asyncIterator]();
  expect((await events.next()).value).toEqual({ type: 'progress', tokenUse: { prompt: 11, result: 1, total: 12 } });
});

test('a model that refuses a temperature is asked without it, with a warning', async () => {
  client.answer((request) => {
    const message = '`temperature` may only be set to 1 when thinking is enabled.';
    if (request.body?.temperature === undefined) answerWell(request);
    else request.json(400, { type: 'error', error: { type: 'invalid_request_error', message } });
  });
  expect((await client.collect({ settings: { ...noSettings, temperature: 0.7 } })).at(-1)).toMatchObject({
    warnings: ['The model refuses temperature; it was left out.'],
  });
  expect(client.received).toHaveLength(2);
});

test('a temperature that it does not have is the nearest it has, with a warning', async () => {
  const events = await client.collect({ settings: { ...noSettings, temperature: 1.5 } });
  expect(client.received[0]?.body).toMatchObject({ temperature: 1 });
  expect(events.at(-1)).toMatchObject({ warnings: [expect.stringMatching(/^Anthropic changed a setting: .*\.$/)] });
});

test.each([
  ['overloaded_error', 'provider_error', true],
  ['rate_limit_error', 'rate_limited', true],
  ['invalid_request_error', 'invalid_request', false],
])('%s within a stream is %s', async (type, code, isRetryable) => {
  client.answer((request) => {
    wire.chunk(request, 'Hel', true);
    send(request, { type: 'error', error: { type, message: 'No' } });
  });
  expect(await failureOf(client.collect())).toMatchObject({ code, isRetryable });
});

test('an error before the first piece, which comes as a success, is one', async () => {
  client.answer((request) =>
    send(request, { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } }),
  );
  expect(await failureOf(client.collect())).toMatchObject({ code: 'provider_error', isRetryable: true });
});

test('a key that no header can carry is not shown and not sent', async () => {
  const failure = await failureOf(client.collect({}, { credentials: `${wire.credentials}\n` }));
  expect(failure).toMatchObject({ code: 'invalid_request', isRetryable: false });
  expect(failure.message).not.toContain(wire.credentials);
  expect(client.server.requests).toEqual([]);
});

test('models have names', async () => {
  client.answer((request) =>
    request.json(200, { data: [{ id: 'claude-x', display_name: 'Claude X' }], has_more: false }),
  );
  expect(await client.listModels()).toEqual([{ id: 'claude-x', name: 'Claude X', streams: true, readsImages: true }]);
});
