import { createPublicKey, verify } from 'node:crypto';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { ReceivedRequest } from '../support/openai-server.ts';
import { failureOf, findWire, startVendorClient, type VendorClient } from '../support/vendor-client.ts';

/** What Vertex AI does differently from Gemini's own API; `google.test.ts` has what they share. */

const wire = findWire('vertexai');
const account = JSON.parse(wire.credentials);
let client: VendorClient;
beforeEach(async () => {
  client = await startVendorClient(wire);
  client.answer((request: ReceivedRequest) => {
    wire.chunk(request, 'Hello', true);
    wire.finish(request);
  });
});
afterEach(() => client[Symbol.asyncDispose]());

const at = (changes: object) =>
  JSON.stringify({ ...account, token_uri: `${new URL(client.server.url).origin}/token`, ...changes });

test('a service account signs for a token, which serves until it expires', async () => {
  await client.collect();
  await client.collect();
  const [exchange, ...calls] = client.server.requests;
  expect(calls.map(({ headers }) => headers.authorization)).toEqual(['Bearer the-token', 'Bearer the-token']);
  expect(calls.map(({ headers }) => headers['x-goog-api-key'])).toEqual([undefined, undefined]);
  expect(exchange).toMatchObject({
    method: 'POST',
    path: '/token',
    body: { grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer' },
  });
  const [header = '', claim = '', signature = ''] = String(exchange?.body?.assertion).split('.');
  const read = (part: string) => JSON.parse(Buffer.from(part, 'base64url').toString());
  expect(read(header)).toEqual({ alg: 'RS256', typ: 'JWT' });
  const { iat, exp, ...rest } = read(claim);
  expect(exp - iat).toBe(3600);
  expect(rest).toEqual({
    iss: 'robot@my-project.iam.gserviceaccount.com',
    scope: 'https://www.googleapis.com/auth/cloud-platform',
    aud: `${new URL(client.server.url).origin}/token`,
  });
  const publicKey = createPublicKey(account.private_key);
  const isGood = verify(
    'RSA-SHA256',
    Buffer.from(`${header}.${claim}`),
    publicKey,
    Buffer.from(signature, 'base64url'),
  );
  expect(isGood).toBe(true);
});

test('another account gets a token of its own', async () => {
  await client.collect();
  await client.collect({}, { credentials: at({ client_email: 'another@my-project.iam.gserviceaccount.com' }) });
  expect(client.server.requests.filter(({ path }) => path === '/token')).toHaveLength(2);
});

test('a refused exchange is told as wrong credentials, without them', async () => {
  client.server.always((request) =>
    request.json(400, { error: 'invalid_grant', error_description: `Invalid JWT: ${request.body?.assertion}` }),
  );
  const failure = await failureOf(client.collect());
  expect(failure).toMatchObject({ code: 'authentication_error', isRetryable: false, upstreamStatus: 400 });
  expect(failure.message).toContain('invalid_grant');
  expect(failure.message).not.toContain(String(client.server.requests[0]?.body?.assertion));
});

test('a token that is none is a failure', async () => {
  client.server.always((request) => request.json(200, { token: 'x' }));
  expect(await failureOf(client.collect())).toMatchObject({
    code: 'provider_error',
    message: "The provider's answer is no access token",
  });
});

test('an abort while it waits for a token closes the socket', async () => {
  const controller = new AbortController();
  const arrived = Promise.withResolvers<ReceivedRequest>();
  client.server.always((request) => arrived.resolve(request));
  const answer = client.collect({}, { signal: controller.signal });
  const request = await arrived.promise;
  const reason = new Error('enough');
  controller.abort(reason);
  await expect(answer).rejects.toBe(reason);
  await request.closed;
});

test.each([
  ['an API key', () => 'AIza-the-key', /must be a service account's key file/],
  ['no project', () => at({ project_id: undefined }), /wrong or missing: project_id/],
  ['a location that is none', () => at({ location: 'evil.example/' }), /wrong or missing: location/],
  ['a key that is none', () => at({ private_key: 'not-a-key' }), /private_key .* is no private key/],
])('credentials with %s are refused, and not shown', async (_what, credentials, message) => {
  const failure = await failureOf(client.collect({}, { credentials: credentials() }));
  expect(failure).toMatchObject({ code: 'invalid_request', message: expect.stringMatching(message) });
  expect(failure.message).not.toMatch(/AIza|not-a-key|evil/);
  expect(client.server.requests).toEqual([]);
});

test('its list of models has those that it calls', async () => {
  const names = ['gemini-2.5-pro', 'gemini-embedding-001', 'imagen-4', 'text-bison'];
  client.answer((request) =>
    request.json(200, { publisherModels: names.map((name) => ({ name: `publishers/google/models/${name}` })) }),
  );
  expect((await client.listModels()).map(({ id }) => id)).toEqual(['gemini-2.5-pro']);
});
