import { afterEach, beforeEach, expect, test } from 'vitest';
import type { ReceivedRequest } from '../support/openai-server.ts';
import { failureOf, findWire, noSettings, startVendorClient, type VendorClient } from '../support/vendor-client.ts';

/** What watsonx.ai does differently; `vendors.test.ts` has what all vendors share. */

const wire = findWire('watsonx');
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
const at = (changes: object) =>
  JSON.stringify({
    ...JSON.parse(wire.credentials),
    iamUrl: `${new URL(client.server.url).origin}/identity/token`,
    ...changes,
  });

test('a request says what the engine says, in its words', async () => {
  await client.collect({
    settings: { temperature: 0.2, maxTokens: 9, topP: 0.5, stop: ['END'], seed: 4, options: { time_limit: 1000 } },
    resultSchema: { type: 'object' },
  });
  expect(client.received[0]?.body).toEqual({
    model_id: 'ibm/granite-x',
    project_id: 'my-project',
    messages: [{ role: 'user', content: 'Hi' }],
    temperature: 0.2,
    max_tokens: 9,
    top_p: 0.5,
    stop: ['END'],
    seed: 4,
    time_limit: 1000,
    response_format: {
      type: 'json_schema',
      json_schema: { name: 'result', schema: { type: 'object' }, strict: false },
    },
  });
});

test('the key is exchanged for a token once', async () => {
  await client.collect();
  await client.collect();
  const [exchange, ...calls] = client.server.requests;
  expect(exchange).toMatchObject({
    path: '/identity/token',
    body: { grant_type: 'urn:ibm:params:oauth:grant-type:apikey', apikey: 'the-key-of-ibm' },
  });
  expect(calls.map(({ path }) => path)).toEqual([wire.path, wire.path]);
});

test('a space stands in place of a project', async () => {
  await client.collect({}, { credentials: at({ projectId: undefined, spaceId: 'my-space' }) });
  expect(client.received[0]?.body).toMatchObject({ space_id: 'my-space' });
  expect(client.received[0]?.body).not.toHaveProperty('project_id');
});

test.each([
  ['a key alone', () => 'the-key-of-ibm'],
  ['neither project nor space', () => at({ projectId: undefined })],
  ['both', () => at({ spaceId: 'my-space' })],
])('credentials with %s are refused, and not shown', async (_what, credentials) => {
  const failure = await failureOf(client.collect({}, { credentials: credentials() }));
  expect(failure).toMatchObject({
    code: 'invalid_request',
    message: expect.stringContaining('must be JSON with apiKey and either projectId or spaceId'),
  });
  expect(failure.message).not.toContain('the-key-of-ibm');
  expect(client.server.requests).toEqual([]);
});

test('a key that IBM does not know is told as wrong credentials', async () => {
  client.server.always((request) =>
    request.json(400, { errorCode: 'BXNIM0415E', errorMessage: 'Provided API key could not be found.' }),
  );
  expect(await failureOf(client.collect())).toMatchObject({
    code: 'authentication_error',
    isRetryable: false,
    message: expect.stringContaining('(BXNIM0415E): Provided API key could not be found.'),
  });
});

test('an exchange that is down may be tried again', async () => {
  client.server.always((request) => request.json(503, { errorMessage: 'Down' }));
  expect(await failureOf(client.collect())).toMatchObject({ code: 'provider_error', isRetryable: true });
});

test('a model without JSON Schema is asked in words', async () => {
  client.answer((request) => {
    const message = "Json document validation error: response_format is not supported for model 'ibm/granite-x'";
    if (request.body === null || !('response_format' in request.body)) answerWell(request);
    else request.json(400, { errors: [{ code: 'json_validation_error', message }] });
  });
  expect((await client.collect({ resultSchema: {}, settings: noSettings })).at(-1)).toMatchObject({
    warnings: [expect.stringContaining('asked for in words')],
  });
});

test('an answer that ends with an error is none', async () => {
  client.answer((request) => {
    wire.chunk(request, 'Hel', true);
    request.event({ choices: [{ index: 0, delta: {}, finish_reason: 'error' }] });
    request.end();
  });
  expect(await failureOf(client.collect())).toMatchObject({ code: 'provider_error', isRetryable: true });
});

test('models have names, and see or not', async () => {
  const resources = [
    { model_id: 'ibm/a', label: 'a', functions: [{ id: 'text_chat' }, { id: 'image_chat' }] },
    { model_id: 'ibm/b', functions: [{ id: 'text_chat' }] },
  ];
  client.answer((request) => request.json(200, { resources }));
  expect(await client.listModels()).toMatchObject([
    { id: 'ibm/a', name: 'a', readsImages: true },
    { id: 'ibm/b', name: 'ibm/b', readsImages: false },
  ]);
});
