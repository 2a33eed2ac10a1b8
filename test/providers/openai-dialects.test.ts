import { afterEach, describe, expect, test } from 'vitest';
import type { GenerateRequest } from '../../src/providers/provider.ts';
import { completion } from '../support/openai-server.ts';
import { failureOf, findWire, noSettings, startVendorClient, type VendorClient } from '../support/vendor-client.ts';

/** What each vendor on the OpenAI protocol does differently; `vendors.test.ts` has what they share. */

let client: VendorClient;
afterEach(() => client[Symbol.asyncDispose]());

async function start(kind: string): Promise<VendorClient> {
  client = await startVendorClient(findWire(kind));
  client.answer((request) => request.json(200, completion('Hello')));
  return client;
}

const everything: Partial<GenerateRequest> = {
  settings: { temperature: 0.2, maxTokens: 9, topP: 0.5, stop: ['END'], seed: 4, options: { user: 'u' } },
  resultSchema: { type: 'object' },
};
const body = {
  model: 'gpt-x',
  messages: [{ role: 'user', content: 'Hi' }],
  temperature: 0.2,
  top_p: 0.5,
  stop: ['END'],
  user: 'u',
  stream: true,
  response_format: { type: 'json_schema', json_schema: { name: 'result', schema: { type: 'object' }, strict: false } },
};
const counted = { stream_options: { include_usage: true } };

test.each([
  ['openai', { ...body, ...counted, seed: 4, max_completion_tokens: 9 }],
  ['azure_openai', { ...body, ...counted, seed: 4, max_tokens: 9 }],
  ['mistralai', { ...body, random_seed: 4, max_tokens: 9 }],
  ['groq', { ...body, ...counted, seed: 4, max_completion_tokens: 9 }],
  ['togetherai', { ...body, ...counted, seed: 4, max_tokens: 9 }],
  ['ollama', { ...body, ...counted, seed: 4, max_tokens: 9 }],
])('%s is sent every setting in its own words', async (kind, expected) => {
  await start(kind);
  await client.collect(everything);
  expect(client.received[0]?.body).toEqual(expected);
});

describe('openai', () => {
  test('lists the models that chat', async () => {
    await start('openai');
    const ids = [
      'gpt-4.1',
      'o3',
      'text-embedding-3-small',
      'whisper-1',
      'dall-e-3',
      'gpt-4o-audio-preview',
      'ft:gpt-4.1',
    ];
    client.answer((request) => request.json(200, { data: ids.map((id) => ({ id })) }));
    expect((await client.listModels()).map(({ id }) => id)).toEqual(['gpt-4.1', 'o3', 'ft:gpt-4.1']);
  });

  test.each([
    ['stop', { stop: ['END'] }, "Unsupported parameter: 'stop' is not supported with this model."],
    ['top_p', { topP: 0.5 }, "Unsupported parameter: 'top_p' is not supported with this model."],
    ['seed', { seed: 4 }, "Unrecognized request argument supplied: 'seed'"],
  ])('a model that refuses %s is asked without it, with a warning', async (name, setting, message) => {
    await start('openai');
    client.answer((request) =>
      name in (request.body ?? {})
        ? request.json(400, { error: { message, type: 'invalid_request_error', param: name, code: 'unsupported' } })
        : request.json(200, completion('Hello')),
    );
    const events = await client.collect({ settings: { ...noSettings, ...setting } });
    expect(events.at(-1)).toMatchObject({ warnings: [expect.stringMatching(/^The model refuses .* left out\.$/)] });
  });

  test('the wait that it asks for may be in milliseconds', async () => {
    await start('openai');
    client.answer((request) =>
      request.json(429, { error: { message: 'Slow down' } }, { 'retry-after': '1', 'retry-after-ms': '350' }),
    );
    expect(await failureOf(client.collect())).toMatchObject({ retryAfterMs: 350 });
  });
});

describe('azure_openai', () => {
  test.each([
    ['/?api-version=2025-01-01-preview', '/openai/deployments/gpt-x/chat/completions?api-version=2025-01-01-preview'],
    ['/openai', '/openai/deployments/gpt-x/chat/completions?api-version=2024-10-21'],
    ['/proxy/', '/proxy/openai/deployments/gpt-x/chat/completions?api-version=2024-10-21'],
    ['/openai/v1/', '/openai/v1/chat/completions'],
    ['/openai/v1?api-version=preview', '/openai/v1/chat/completions?api-version=preview'],
  ])('the endpoint %s is called at %s', async (endpoint, path) => {
    await start('azure_openai');
    await client.collect({}, { endpoint: `${new URL(client.server.url).origin}${endpoint}` });
    expect(client.received[0]).toMatchObject({ path, body: { model: 'gpt-x' } });
    expect(client.received[0]?.headers.authorization).toBeUndefined();
  });

  test("a deployment's name is a name, whatever it has in it", async () => {
    await start('azure_openai');
    await client.collect({ model: '../../secret?x' });
    expect(client.received[0]?.path).toBe(
      '/openai/deployments/..%2F..%2Fsecret%3Fx/chat/completions?api-version=2024-10-21',
    );
  });

  test('a prompt that its filter refuses is the one who asks', async () => {
    await start('azure_openai');
    const error = { message: 'The response was filtered', code: 'content_filter', param: 'prompt', status: 400 };
    client.answer((request) => request.json(400, { error }));
    expect(await failureOf(client.collect())).toMatchObject({
      code: 'invalid_request',
      message: 'The provider answered 400 (content_filter): The response was filtered',
    });
  });

  test('what stands before its first piece of text is not text', async () => {
    await start('azure_openai');
    client.answer((request) => {
      request.event({ choices: [], prompt_filter_results: [{ prompt_index: 0, content_filter_results: {} }] });
      request.chunk('Hello');
      request.done('content_filter');
    });
    const [text, finish] = await client.collect();
    expect([text, finish]).toMatchObject([{ type: 'text', text: 'Hello' }, { reason: 'content_filter' }]);
  });
});

describe('mistralai', () => {
  test('says which field is wrong', async () => {
    await start('mistralai');
    const detail = [{ type: 'extra_forbidden', loc: ['body', 'colour'], msg: 'Extra inputs are not permitted' }];
    client.answer((request) => request.json(422, { detail }));
    expect(await failureOf(client.collect({ settings: { ...noSettings, options: { colour: 1 } } }))).toMatchObject({
      code: 'invalid_request',
      message: 'The provider answered 422: body.colour: Extra inputs are not permitted',
    });
  });

  test('a model without JSON Schema is asked in words', async () => {
    await start('mistralai');
    client.answer((request) =>
      'response_format' in (request.body ?? {})
        ? request.json(422, { detail: [{ loc: ['body', 'response_format'], msg: 'Not supported' }] })
        : request.json(200, completion('{}')),
    );
    expect((await client.collect({ resultSchema: {} })).at(-1)).toMatchObject({
      warnings: [expect.stringContaining('asked for in words')],
    });
  });

  test('lists the models that chat, and whether they see', async () => {
    await start('mistralai');
    const data = [
      { id: 'a', name: 'Model A', capabilities: { completion_chat: true, vision: true } },
      { id: 'b', capabilities: { completion_chat: true, vision: false } },
      { id: 'embed', capabilities: { completion_chat: false, vision: false } },
    ];
    client.answer((request) => request.json(200, { data }));
    expect(await client.listModels()).toEqual([
      { id: 'a', name: 'Model A', streams: true, readsImages: true },
      { id: 'b', name: 'b', streams: true, readsImages: false },
    ]);
  });

  test('an answer that reaches the limit of the model was cut', async () => {
    await start('mistralai');
    client.answer((request) => request.json(200, completion('Hello', 'model_length')));
    expect((await client.collect()).at(-1)).toMatchObject({ reason: 'length' });
  });
});

describe('groq', () => {
  test('a model without JSON Schema is asked in words', async () => {
    await start('groq');
    const message = 'This model does not support response format `json_schema`.';
    client.answer((request) =>
      'response_format' in (request.body ?? {})
        ? request.json(400, { error: { message, type: 'invalid_request_error' } })
        : request.json(200, completion('{}')),
    );
    expect((await client.collect({ resultSchema: {} })).at(-1)).toMatchObject({
      warnings: [expect.stringContaining('asked for in words')],
    });
  });

  test('lists what is active and chats', async () => {
    await start('groq');
    const data = [
      { id: 'llama', active: true },
      { id: 'old', active: false },
      { id: 'whisper-large-v3', active: true },
    ];
    client.answer((request) => request.json(200, { data }));
    expect((await client.listModels()).map(({ id }) => id)).toEqual(['llama']);
  });
});

test('togetherai lists what chats', async () => {
  await start('togetherai');
  client.answer((request) =>
    request.json(200, [
      { id: 'a/chat', type: 'chat', display_name: 'Chat' },
      { id: 'a/image', type: 'image', display_name: 'Image' },
    ]),
  );
  expect(await client.listModels()).toEqual([{ id: 'a/chat', name: 'Chat', streams: true, readsImages: false }]);
});

describe('huggingface_ie', () => {
  test('an endpoint of its own reads the schema in either way', async () => {
    await start('huggingface_ie');
    await client.collect({ resultSchema: { type: 'object' } });
    expect(client.received[0]?.body?.response_format).toEqual({
      ...body.response_format,
      value: { name: 'result', schema: { type: 'object' } },
    });
  });

  test('a path that is there is kept', async () => {
    await start('huggingface_ie');
    await client.collect({}, { endpoint: `${new URL(client.server.url).origin}/api/v1/` });
    expect(client.received[0]?.path).toBe('/api/v1/chat/completions');
  });

  test('an endpoint that is asleep is worth another try', async () => {
    await start('huggingface_ie');
    client.answer((request) => request.json(503, { error: '503 Service Unavailable' }));
    expect(await failureOf(client.collect())).toMatchObject({ code: 'provider_error', isRetryable: true });
  });
});

describe('ollama', () => {
  test.each(['', '/v1', '/v1/'])('the endpoint may end in %j', async (path) => {
    await start('ollama');
    await client.collect({}, { endpoint: `${new URL(client.server.url).origin}${path}` });
    expect(client.received[0]?.path).toBe('/v1/chat/completions');
  });

  test('a token for a proxy before it is sent', async () => {
    await start('ollama');
    await client.collect({}, { credentials: 'of-the-proxy' });
    expect(client.received[0]?.headers.authorization).toBe('Bearer of-the-proxy');
  });
});

test('what was counted before an answer breaks off is told before', async () => {
  await start('openai_compatible');
  const usage = { prompt_tokens: 11, completion_tokens: 1, total_tokens: 12 };
  client.answer((request) => request.event({ choices: [{ delta: { content: 'Hel' } }], usage }));
  const events = client.open()[Symbol.asyncIterator]();
  expect((await events.next()).value).toEqual({ type: 'progress', tokenUse: { prompt: 11, result: 1, total: 12 } });
  expect((await events.next()).value).toEqual({ type: 'text', text: 'Hel' });
  client.received[0]?.cut();
  await expect(events.next()).rejects.toMatchObject({ code: 'provider_error' });
});

test.each(['reasoning', 'reasoning_content'])(
  'a thought in %s is a sign of life, and not of the answer',
  async (name) => {
    await start('groq');
    client.answer((request) => {
      request.event({ choices: [{ delta: { [name]: 'Hm.' } }] });
      request.chunk('Hello');
      request.done();
    });
    expect(await client.collect()).toMatchObject([
      { type: 'progress', tokenUse: null },
      { type: 'text', text: 'Hello' },
      { type: 'finish' },
    ]);
  },
);
