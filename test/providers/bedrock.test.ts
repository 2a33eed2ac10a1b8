import { AwsV4Signer } from 'aws4fetch';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { encodeEventStreamMessage } from '../support/event-stream-message.ts';
import type { ReceivedRequest } from '../support/openai-server.ts';
import { failureOf, findWire, noSettings, startVendorClient, type VendorClient } from '../support/vendor-client.ts';

/** What Bedrock does differently; `vendors.test.ts` has what all vendors share. */

const wire = findWire('bedrock');
const credentials = JSON.parse(wire.credentials);
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
const send = (request: ReceivedRequest, type: string, payload: unknown) =>
  request.write(
    encodeEventStreamMessage({ ':event-type': type, ':message-type': 'event' }, payload),
    'application/vnd.amazon.eventstream',
  );

/** The signature that Amazon would find for what arrived. */
async function signAsReceived({ method, path, headers, body }: ReceivedRequest): Promise<string | null> {
  const { origin } = new URL(client.server.url);
  const signer = new AwsV4Signer({
    ...credentials,
    service: 'bedrock',
    method,
    url: `${origin}${path}`,
    datetime: String(headers['x-amz-date']),
    ...(body !== null && { body: JSON.stringify(body) }),
  });
  return (await signer.sign()).headers.get('authorization');
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
      seed: null,
      options: { additionalModelRequestFields: { top_k: 5 }, inferenceConfig: { temperature: 1 } },
    },
  });
  expect(client.received[0]?.body).toEqual({
    system: [{ text: 'Be brief.' }],
    messages: [
      { role: 'user', content: [{ text: 'Hi' }] },
      { role: 'assistant', content: [{ text: 'Yes?' }] },
      { role: 'user', content: [{ text: 'Go on' }] },
    ],
    inferenceConfig: { temperature: 0.2, maxTokens: 9, topP: 0.5, stopSequences: ['END'] },
    additionalModelRequestFields: { top_k: 5 },
  });
});

describe('credentials', () => {
  test('sign what is sent, options too', async () => {
    await client.collect({ settings: { ...noSettings, options: { requestMetadata: { team: 'a' } } } });
    const [request] = client.received;
    if (request === undefined) throw new Error('Nothing arrived');
    expect(request.body).toMatchObject({ requestMetadata: { team: 'a' } });
    expect(request.headers.authorization).toMatch(
      /^AWS4-HMAC-SHA256 Credential=AKIA-OF-THE-PROJECT\/\d{8}\/eu-central-1\/bedrock\/aws4_request, SignedHeaders=/,
    );
    expect(request.headers.authorization).toBe(await signAsReceived(request));
  });

  test('sign the lists of models', async () => {
    client.answer((request) => request.json(200, wire.modelList('m', request.path)));
    await client.listModels();
    expect(client.received).toHaveLength(2);
    for (const request of client.received) {
      expect(request.headers.authorization).toBe(await signAsReceived(request));
    }
  });

  test('may be an API key', async () => {
    await client.collect({}, { credentials: JSON.stringify({ apiKey: 'ABSK-key', region: 'us-east-1' }) });
    expect(client.received[0]?.headers.authorization).toBe('Bearer ABSK-key');
    expect(client.received[0]?.headers['x-amz-date']).toBeUndefined();
  });

  test.each([
    ['a key alone', 'AKIA-x'],
    ['no secret', JSON.stringify({ accessKeyId: 'AKIA-x', region: 'us-east-1' })],
    ['a region that is none', JSON.stringify({ ...credentials, region: 'evil.example/' })],
  ])('with %s are refused, and not shown', async (_what, wrong) => {
    const failure = await failureOf(client.collect({}, { credentials: wrong }));
    expect(failure).toMatchObject({ code: 'invalid_request', message: expect.stringContaining('must be JSON with') });
    expect(failure.message).not.toMatch(/AKIA|evil|the-secret/);
    expect(client.server.requests).toEqual([]);
  });
});

test.each([
  ['end_turn', 'stop'],
  ['stop_sequence', 'stop'],
  ['max_tokens', 'length'],
  ['guardrail_intervened', 'content_filter'],
  ['content_filtered', 'content_filter'],
])('stop reason %s is %s', async (theirs, ours) => {
  client.answer((request) => {
    wire.chunk(request, 'Hello', true);
    send(request, 'messageStop', { stopReason: theirs });
    request.end();
  });
  expect((await client.collect()).at(-1)).toMatchObject({ reason: ours, tokenUse: null });
});

test('a result schema is a tool, whose input is the answer', async () => {
  const schema = { type: 'object', properties: { color: { type: 'string' } } };
  client.answer((request) => {
    send(request, 'messageStart', { role: 'assistant' });
    const start = { toolUse: { toolUseId: 't', name: 'json' } };
    send(request, 'contentBlockStart', { contentBlockIndex: 0, start });
    for (const input of ['{"color":', '"red"}'])
      send(request, 'contentBlockDelta', { contentBlockIndex: 0, delta: { toolUse: { input } } });
    send(request, 'contentBlockStop', { contentBlockIndex: 0 });
    send(request, 'messageStop', { stopReason: 'tool_use' });
    request.end();
  });
  const events = await client.collect({ resultSchema: schema });
  expect(client.received[0]?.body?.toolConfig).toMatchObject({
    tools: [{ toolSpec: { name: 'json', inputSchema: { json: schema } } }],
    toolChoice: { any: {} },
  });
  expect(events.filter(({ type }) => type !== 'progress')).toMatchObject([
    { text: '{"color":"red"}' },
    { reason: 'stop' },
  ]);
  // The tool's input is held back to its end, which must not look like a stall.
  expect(events.filter(({ type }) => type === 'progress').length).toBeGreaterThan(3);
});

test('a model without tools is asked in words', async () => {
  client.answer((request) =>
    request.body !== null && 'toolConfig' in request.body
      ? request.json(
          400,
          { message: "This model doesn't support tool use." },
          { 'x-amzn-errortype': 'ValidationException' },
        )
      : answerWell(request),
  );
  expect((await client.collect({ resultSchema: { type: 'object' } })).at(-1)).toMatchObject({
    warnings: [expect.stringContaining('asked for in words')],
  });
});

describe('an error', () => {
  test('is called by the name beside it', async () => {
    const name = 'ThrottlingException:http://internal.amazon.com/coral/com.amazon.bedrock/';
    client.answer((request) => request.json(429, { message: 'Too many requests' }, { 'x-amzn-errortype': name }));
    expect(await failureOf(client.collect())).toMatchObject({
      code: 'rate_limited',
      isRetryable: true,
      message: 'The provider answered 429 (ThrottlingException): Too many requests',
    });
  });

  test('of the model behind it is not of the request', async () => {
    client.answer((request) => request.json(424, { message: 'The model failed' }));
    expect(await failureOf(client.collect())).toMatchObject({ code: 'provider_error', isRetryable: true });
  });

  test.each([
    ['throttlingException', 'rate_limited', true],
    ['validationException', 'invalid_request', false],
    ['serviceUnavailableException', 'provider_error', true],
  ])('within a stream, %s, is %s', async (type, code, isRetryable) => {
    client.answer((request) => {
      wire.chunk(request, 'Hel', true);
      request.write(
        encodeEventStreamMessage({ ':exception-type': type, ':message-type': 'exception' }, { message: 'No' }),
        'application/vnd.amazon.eventstream',
      );
    });
    expect(await failureOf(client.collect())).toMatchObject({ code, isRetryable });
  });
});

test('a model by its ARN is one path segment', async () => {
  await client.collect({ model: 'arn:aws:bedrock:eu-central-1:1:inference-profile/eu.x/../y' });
  expect(client.received[0]?.path).toBe(
    '/model/arn%3Aaws%3Abedrock%3Aeu-central-1%3A1%3Ainference-profile%2Feu.x%2F..%2Fy/converse-stream',
  );
});

test('models are those on demand, and the profiles', async () => {
  const modelSummaries = [
    {
      modelId: 'amazon.nova-lite-v1:0',
      modelName: 'Nova Lite',
      inputModalities: ['TEXT', 'IMAGE'],
      responseStreamingSupported: true,
      inferenceTypesSupported: ['ON_DEMAND'],
    },
    { modelId: 'anthropic.claude-x', inferenceTypesSupported: ['INFERENCE_PROFILE'] },
  ];
  const inferenceProfileSummaries = [
    { inferenceProfileId: 'eu.anthropic.claude-x', inferenceProfileName: 'EU Claude' },
  ];
  client.answer((request) =>
    request.json(200, request.path.startsWith('/inference') ? { inferenceProfileSummaries } : { modelSummaries }),
  );
  expect(await client.listModels()).toEqual([
    { id: 'amazon.nova-lite-v1:0', name: 'Nova Lite', streams: true, readsImages: true },
    { id: 'eu.anthropic.claude-x', name: 'EU Claude', streams: true, readsImages: true },
  ]);
});
