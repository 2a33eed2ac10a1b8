import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { RunFailure } from '../../src/errors.ts';
import { createOpenaiCompatibleProvider } from '../../src/providers/openai-compatible/openai-compatible.ts';
import { createOutbound, type Outbound } from '../../src/providers/outbound.ts';
import type { GenerateEvent, GenerateRequest, Provider } from '../../src/providers/provider.ts';
import { completion, type OpenaiServer, startOpenaiServer } from '../support/openai-server.ts';

const credentials = 'sk-the-key-of-the-vendor';

let server: OpenaiServer;
let outbound: Outbound;
let provider: Provider;

beforeEach(async () => {
  server = await startOpenaiServer();
  outbound = createOutbound({ allow: ['loopback'] });
  provider = createOpenaiCompatibleProvider(outbound);
});
afterEach(async () => {
  await outbound.close();
  await server[Symbol.asyncDispose]();
});

const streaming = { stream: true, stream_options: { include_usage: true } };
const noSettings = { temperature: null, maxTokens: null, topP: null, stop: null, seed: null, options: null };
const baseRequest: GenerateRequest = {
  model: 'm-1',
  messages: [{ role: 'user', content: 'Hi' }],
  settings: noSettings,
  resultSchema: null,
};
const open = (request: Partial<GenerateRequest> = {}, signal = new AbortController().signal) =>
  provider.generate({ ...baseRequest, ...request }, { endpoint: server.url, credentials }, signal);
const collect = (request: Partial<GenerateRequest> = {}): Promise<GenerateEvent[]> => Array.fromAsync(open(request));
const textOf = (events: GenerateEvent[]) => events.map((event) => (event.type === 'text' ? event.text : '')).join('');
const finishOf = (events: GenerateEvent[]) => events.at(-1);
async function fails(request: Partial<GenerateRequest> = {}): Promise<RunFailure> {
  const error = await collect(request).then(
    () => null,
    (reason: unknown) => reason,
  );
  if (!(error instanceof RunFailure)) throw new Error(`Expected a RunFailure, got ${error}`);
  expect(error.message).not.toContain(credentials);
  return error;
}

describe('a request', () => {
  test('says what the engine says, in the words of the protocol', async () => {
    server.always((request) => request.json(200, completion('Hello')));
    await collect({
      messages: [
        { role: 'safety', content: 'Be kind.' },
        { role: 'system', content: 'Be brief.' },
        { role: 'user', content: 'Hi' },
        { role: 'assistant', content: 'Yes?' },
      ],
      settings: {
        temperature: 0.2,
        maxTokens: 9,
        topP: 0.5,
        stop: ['.'],
        seed: 4,
        options: { user: 'u', model: 'other', stream: false },
      },
      resultSchema: { type: 'object' },
    });
    const [request] = server.requests;
    expect(request).toMatchObject({ method: 'POST', path: '/v1/chat/completions' });
    expect(request?.headers).toMatchObject({
      authorization: `Bearer ${credentials}`,
      'content-type': 'application/json',
    });
    expect(request?.body).toEqual({
      user: 'u',
      model: 'm-1',
      ...streaming,
      messages: [
        { role: 'system', content: 'Be kind.' },
        { role: 'system', content: 'Be brief.' },
        { role: 'user', content: 'Hi' },
        { role: 'assistant', content: 'Yes?' },
      ],
      temperature: 0.2,
      max_tokens: 9,
      top_p: 0.5,
      stop: ['.'],
      seed: 4,
      response_format: {
        type: 'json_schema',
        json_schema: { name: 'result', schema: { type: 'object' }, strict: false },
      },
    });
  });

  test('leaves out what nobody set, and a credential where there is none', async () => {
    server.always((request) => request.json(200, completion('Hello')));
    await Array.fromAsync(
      provider.generate(baseRequest, { endpoint: `${server.url}/`, credentials: null }, new AbortController().signal),
    );
    expect(server.requests[0]?.body).toEqual({
      model: 'm-1',
      messages: [{ role: 'user', content: 'Hi' }],
      ...streaming,
    });
    expect(server.requests[0]?.headers.authorization).toBeUndefined();
  });

  test('uses a connection that is kept', async () => {
    server.always((request) => request.json(200, completion('Hello')));
    for (let count = 0; count < 8; count += 1) await collect();
    // One is free again a moment after its answer is read, so two take turns.
    expect(new Set(server.requests.map(({ socket }) => socket)).size).toBeLessThanOrEqual(2);
  });
});

describe('an answer at once', () => {
  test.each([
    ['stop', 'stop'],
    ['length', 'length'],
    ['content_filter', 'content_filter'],
    ['tool_calls', 'other'],
  ])('with finish reason %s', async (theirs, ours) => {
    server.always((request) => request.json(200, completion('Hello', theirs)));
    expect(await collect()).toEqual([
      { type: 'text', text: 'Hello' },
      { type: 'finish', reason: ours, tokenUse: { prompt: 11, result: 7, total: 18 }, warnings: [] },
    ]);
  });

  test('from a server that does not stream', async () => {
    server.always((request) => request.json(200, completion('Hello')));
    expect(textOf(await collect())).toBe('Hello');
  });

  test.each([
    ['this is no JSON', /not JSON/],
    ['{"choices":[]}', /no chat completion/],
    ['[]', /no chat completion/],
  ])('%s is a failure', async (body, message) => {
    server.always((request) => request.text(200, body, { 'content-type': 'application/json' }));
    expect(await fails()).toMatchObject({ code: 'provider_error', message: expect.stringMatching(message) });
  });
});

describe('a stream', () => {
  test('is passed on as it comes', async () => {
    const events = open()[Symbol.asyncIterator]();
    const first = events.next();
    const request = await server.next();
    expect(request.body).toMatchObject({ stream: true, stream_options: { include_usage: true } });
    request.chunk('Hel');
    expect((await first).value).toEqual({ type: 'text', text: 'Hel' });
    request.event({ something: 'that we do not know' });
    request.chunk('lo');
    expect((await events.next()).value).toEqual({ type: 'text', text: 'lo' });
    request.done('length');
    expect((await events.next()).value).toEqual({
      type: 'finish',
      reason: 'length',
      tokenUse: { prompt: 11, result: 7, total: 18 },
      warnings: [],
    });
    expect((await events.next()).done).toBe(true);
  });

  test.each<[string, (request: Awaited<ReturnType<OpenaiServer['next']>>) => void, RegExp, boolean]>([
    ['that is cut', (request) => request.cut(), /connection to the provider failed/, true],
    [
      'that ends too early',
      (request) => request.text(200, 'data: {"choices":[]}\n\n', { 'content-type': 'text/event-stream' }),
      /ended before/,
      true,
    ],
    [
      'with an error in it',
      (request) => request.event({ error: { message: `${credentials} is overloaded`, type: 'overloaded' } }),
      /\(overloaded\): … is overloaded/,
      true,
    ],
    ['with a part that is not JSON', (request) => request.event('{"choices":'), /not JSON/, false],
  ])('%s is a failure', async (_name, answer, message, isRetryable) => {
    server.always((request) => {
      if (!String(_name).startsWith('that ends')) request.chunk('Hel');
      answer(request);
    });
    expect(await fails()).toMatchObject({
      code: 'provider_error',
      isRetryable,
      message: expect.stringMatching(message),
    });
  });

  test.each([
    [429, 'rate_limited', true],
    [400, 'invalid_request', false],
  ])('with an error %i in it fails as that status does', async (status, code, isRetryable) => {
    server.always((request) => {
      request.chunk('Hel');
      request.event({ error: { message: 'no', code: status } });
    });
    expect(await fails()).toMatchObject({ code, isRetryable, upstreamStatus: status });
  });

  test('of parts has the text of the answer, and not the thoughts before it', async () => {
    const parts = [
      { type: 'thinking', thinking: [{ type: 'text', text: 'Hm.' }] },
      { type: 'text', text: 'Hello' },
    ];
    server.always((request) => {
      request.event({ choices: [{ delta: { content: parts } }] });
      request.done();
    });
    expect(textOf(await collect())).toBe('Hello');
  });

  test('that is complete has no connection to wait for', async () => {
    server.always((request) => {
      request.chunk('Hello');
      request.event('[DONE]');
    });
    expect(finishOf(await collect())).toMatchObject({ type: 'finish' });
    await server.requests[0]?.closed;
    expect(server.openSockets()).toBe(0);
  });

  test('that stalls is left by an abort, which closes the socket', async () => {
    const controller = new AbortController();
    const events = open({}, controller.signal)[Symbol.asyncIterator]();
    const first = events.next();
    const request = await server.next();
    request.chunk('Hel');
    await first;
    const second = events.next();
    const reason = new Error('enough');
    controller.abort(reason);
    await expect(second).rejects.toBe(reason);
    await request.closed;
  });
});

describe('a refusal', () => {
  test.each([
    [401, { error: { message: 'Incorrect API key', code: 'invalid_api_key' } }, 'authentication_error', false],
    [403, { error: 'no' }, 'authentication_error', false],
    [404, { error: { message: 'The model m-1 does not exist', code: 'model_not_found' } }, 'invalid_request', false],
    [429, { error: { message: 'Slow down', code: 'rate_limit_exceeded' } }, 'rate_limited', true],
    [429, { error: { message: 'No money', code: 'insufficient_quota' } }, 'rate_limited', false],
    [500, { error: { message: 'Oops' } }, 'provider_error', true],
    [503, 'Bad gateway', 'provider_error', true],
  ])('%i %o', async (status, body, code, isRetryable) => {
    server.always((request) => request.json(status, body));
    const failure = await fails();
    expect(failure).toMatchObject({ code, isRetryable, upstreamStatus: status });
    expect(failure.message).toContain(String(status));
  });

  test('that comes with the status of a success is one all the same', async () => {
    server.always((request) => request.json(200, { error: { message: 'Over capacity', type: 'overloaded' } }));
    expect(await fails()).toMatchObject({
      code: 'provider_error',
      isRetryable: true,
      message: "The provider's answer is an error (overloaded): Over capacity",
    });
  });

  test.each([
    ['7', 7000],
    [new Date(Date.now() + 60_000).toUTCString(), 60_000],
  ])('with Retry-After %s', async (header, expected) => {
    server.always((request) => request.json(429, { error: { message: 'Slow down' } }, { 'retry-after': header }));
    const { retryAfterMs = 0 } = await fails();
    expect(Math.abs(retryAfterMs - expected)).toBeLessThan(5000);
  });

  test('is told in at most five hundred characters, and never with the credential', async () => {
    server.always((request) => request.json(400, { error: { message: `${credentials} ${'x'.repeat(5000)}` } }));
    expect((await fails()).message.length).toBeLessThan(560);
    server.always((request) => request.json(400, { error: { message: 'no', code: 'x'.repeat(5000) } }));
    expect((await fails()).message.length).toBeLessThan(160);
  });

  test('of nobody who listens', async () => {
    await server[Symbol.asyncDispose]();
    expect(await fails()).toMatchObject({
      code: 'provider_error',
      isRetryable: true,
      message: expect.stringMatching(/ECONNREFUSED/),
    });
  });
});

describe('a setting that the model refuses is left out', () => {
  const refuse = (param: string, status = 400) => {
    server.always((request) => {
      if (param in (request.body ?? {}))
        request.json(status, { error: { message: `Unsupported value: '${param}'`, param, code: 'unsupported_value' } });
      else request.json(200, completion('Hello'));
    });
  };

  test('a temperature, with a warning', async () => {
    refuse('temperature');
    const events = await collect({ settings: { ...noSettings, temperature: 0.7 } });
    expect(finishOf(events)).toMatchObject({ warnings: ['The model refuses a temperature; it was left out.'] });
    expect(server.requests).toHaveLength(2);
  });

  test('max_tokens, by its newer name and without a warning', async () => {
    refuse('max_tokens');
    expect(finishOf(await collect({ settings: { ...noSettings, maxTokens: 5 } }))).toMatchObject({ warnings: [] });
    expect(server.requests[1]?.body).toMatchObject({ max_completion_tokens: 5 });
  });

  test('a JSON Schema, for words that say the same', async () => {
    refuse('response_format', 422);
    const events = await collect({ resultSchema: { type: 'object', title: 'Color' } });
    expect(finishOf(events)).toMatchObject({ warnings: [expect.stringContaining('asked for in words')] });
    expect(server.requests[1]?.body?.messages).toEqual([
      { role: 'system', content: expect.stringMatching(/:\n\{"type":"object","title":"Color"\}$/) },
      ...baseRequest.messages,
    ]);
  });

  test('a stream, for an answer at once', async () => {
    refuse('stream');
    expect(textOf(await collect())).toBe('Hello');
    expect(server.requests[1]?.body).toEqual({ model: 'm-1', messages: [{ role: 'user', content: 'Hi' }] });
  });

  test('but what is wrong for another reason is not tried again', async () => {
    server.always((request) => request.json(400, { error: { message: 'The prompt is too long', param: 'messages' } }));
    await fails({ settings: { ...noSettings, temperature: 0.7 } });
    expect(server.requests).toHaveLength(1);
    // A part of a word is not the setting of that name.
    server.always((request) => request.json(400, { error: 'The upstream refused' }));
    await fails();
    expect(server.requests).toHaveLength(2);
  });
});

test('models are listed', async () => {
  server.always((request) => request.json(200, { object: 'list', data: [{ id: 'a' }, { id: 'b' }] }));
  const models = await provider.listModels({ endpoint: server.url, credentials }, new AbortController().signal);
  expect(models.map(({ id }) => id)).toEqual(['a', 'b']);
  expect(server.requests[0]).toMatchObject({ method: 'GET', path: '/v1/models' });
});

describe('embeddings', () => {
  const embed = (texts: string[], model: string | null = null) =>
    provider.embed?.({ model, texts }, { endpoint: server.url, credentials }, new AbortController().signal);

  test('come in the order of the texts', async () => {
    server.always((request) =>
      request.json(200, {
        data: [
          { index: 1, embedding: [0.5] },
          { index: 0, embedding: [1] },
        ],
        model: 'e-1',
        usage: { prompt_tokens: 3, total_tokens: 3 },
      }),
    );
    expect(await embed(['a', 'b'], 'e')).toEqual({ model: 'e-1', vectors: [[1], [0.5]], tokens: 3 });
    expect(server.requests[0]).toMatchObject({
      method: 'POST',
      path: '/v1/embeddings',
      body: { model: 'e', input: ['a', 'b'], encoding_format: 'float' },
    });
  });

  test('that are refused, too few or no list at all are failures', async () => {
    server.always((request) => request.json(401, { error: { message: 'No such key' } }));
    await expect(embed(['a'])).rejects.toThrow(RunFailure);
    server.always((request) => request.json(200, { data: [] }));
    await expect(embed(['a'])).rejects.toThrow('no list of one embedding for each text');
    server.always((request) => request.json(200, 'no'));
    await expect(embed(['a'])).rejects.toThrow(RunFailure);
  });
});
