import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { graphql } from './generated/gql.ts';
import { startTestGateway, type TestGateway } from './support/gateway.ts';
import { createWorld } from './support/operations.ts';

const viewerRoleQuery = graphql(`
  query ViewerRole { viewer { role } }
`);

let gateway: TestGateway;
let url: string;

beforeAll(async () => {
  gateway = await startTestGateway();
  url = `${gateway.url}/graphql`;
});
afterAll(() => gateway[Symbol.asyncDispose]());

const post = (body: string, headers: Record<string, string> = {}) =>
  fetch(url, {
    method: 'POST',
    body,
    headers: { authorization: `Bearer ${gateway.key}`, 'content-type': 'application/json', ...headers },
  });

describe('a request without a good credential is 401 and says what is wrong', () => {
  test.each([
    [undefined, 'The header Authorization is missing; send "Authorization: Bearer <API key>"'],
    ['Basic dXNlcjpwYXNz', 'The header Authorization is malformed; send "Authorization: Bearer <API key>"'],
    ['Bearer', 'The header Authorization is malformed; send "Authorization: Bearer <API key>"'],
    ['Bearer sk-nobody-has-this-key', 'The API key is unknown'],
  ])('%s', async (authorization, message) => {
    const headers = { 'content-type': 'application/json', ...(authorization && { authorization }) };
    const response = await fetch(url, { method: 'POST', headers, body: '{"query":"{ __typename }"}' });
    expect(response.status).toBe(401);
    expect(response.headers.get('www-authenticate')).toBe('Bearer realm="trivium"');
    expect(await response.json()).toEqual({ errors: [{ message, extensions: { code: 'UNAUTHENTICATED' } }] });
  });

  test('before the body is read', async () => {
    const { port, hostname } = new URL(url);
    const socket = connect(Number(port), hostname);
    // A body is promised and never sent.
    socket.write('POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 1000\r\n\r\n');
    const { value } = await socket.iterator({ destroyOnReturn: true }).next();
    expect(String(value)).toMatch(/^HTTP\/1\.1 401 /);
    socket.destroy();
  });

  test('also for introspection and for subscriptions', async () => {
    const headers = { 'content-type': 'application/json', accept: 'text/event-stream' };
    const body = JSON.stringify({ query: 'subscription { runStream(id: "0123456789abcdef01234567") { __typename } }' });
    expect((await fetch(url, { method: 'POST', headers, body })).status).toBe(401);
    expect((await fetch(`${url}?query={__schema{types{name}}}`)).status).toBe(401);
  });
});

describe('bad requests are answered in JSON with what is wrong', () => {
  test.each([
    ['{"query":', 400, /JSON/],
    ['{"query":"{ viewer { nothing } }"}', 200, /Cannot query field "nothing"/],
    ['{"query":"{ viewer {"}', 200, /Syntax Error/],
    ['{"variables":{}}', 200, /Must provide query string/],
    [JSON.stringify({ query: `{ a }${' '.repeat(1_100_000)}` }), 413, /too large: at most 1048576 bytes are allowed/],
  ])('%.40s', async (body, status, message) => {
    const response = await post(body);
    const { errors } = await response.json();
    expect([response.status, errors[0].message]).toEqual([status, expect.stringMatching(message)]);
  });

  test('a body of another type', async () => {
    const response = await post('query', { 'content-type': 'text/csv' });
    expect(response.status).toBe(415);
    expect((await response.json()).errors[0].extensions.code).toBe('BAD_REQUEST');
  });

  test('a compressed body', async () => {
    const response = await post('{"query":"{ __typename }"}', { 'content-encoding': 'gzip' });
    expect(response.status).toBe(415);
    const message = 'The content encoding must be identity, not gzip: send the body as it is';
    expect(await response.json()).toEqual({ errors: [{ message, extensions: { code: 'BAD_REQUEST' } }] });
  });

  test.each(['PUT', 'PATCH', 'DELETE'])('%s', async (method) => {
    const response = await fetch(url, { method, headers: { authorization: `Bearer ${gateway.key}` } });
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'GET, POST']);
    expect((await response.json()).errors[0].message).toBe(`${method} has no meaning here; send GET or POST`);
  });

  test('another path', async () => {
    const response = await fetch(`${gateway.url}/nothing?secret=1`);
    expect(response.status).toBe(404);
    expect((await response.json()).errors[0].message).toBe('There is nothing at GET /nothing; GraphQL is at /graphql');
  });
});

test('nothing is said about TLS by a server that has none', async () => {
  for (const path of ['/graphql', '/api/v1/runs', '/docs', '/healthz']) {
    const { headers } = await fetch(gateway.url + path);
    expect([headers.get('strict-transport-security'), headers.get('x-content-type-options')]).toEqual([
      null,
      'nosniff',
    ]);
  }
});

test('health, and readiness', async () => {
  expect(await (await fetch(`${gateway.url}/healthz`)).json()).toEqual({ status: 'ok' });
  expect(await (await fetch(`${gateway.url}/readyz`)).json()).toEqual({ status: 'ok' });
});

test('GraphiQL comes to a browser without a credential, and once', async () => {
  const page = await fetch(url, { headers: { accept: 'text/html,*/*' } });
  expect([page.status, page.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
  expect(page.headers.get('content-security-policy')).toContain("default-src 'none'");
  await page.arrayBuffer();
  const etag = page.headers.get('etag') ?? '';
  const again = await fetch(url, { headers: { accept: 'text/html,*/*', 'if-none-match': etag } });
  expect(again.status).toBe(304);
});

test('OPTIONS is answered to those who are no browsers, too', async () => {
  for (const path of ['/graphql', '/api/v1/runs']) {
    const response = await fetch(`${gateway.url}${path}`, { method: 'OPTIONS' });
    expect([response.status, await response.text()]).toEqual([204, '']);
  }
});

test('pages of any origin may ask, with a header and no cookie', async () => {
  const headers = {
    origin: 'https://example.com',
    'access-control-request-method': 'POST',
    'access-control-request-headers': 'authorization,content-type',
  };
  const response = await fetch(url, { method: 'OPTIONS', headers });
  expect(response.status).toBe(204);
  expect(response.headers.get('access-control-allow-origin')).toBe('*');
  expect(response.headers.get('access-control-allow-headers')).toBe('authorization,content-type');
  expect(response.headers.get('access-control-allow-credentials')).toBeNull();
});

test('a subscription whose reader leaves is ended on the server', async () => {
  const { execute, interaction } = await createWorld(gateway);
  const created = await execute({
    interactionId: interaction.id,
    data: { object: 'car' },
    stream: true,
    config: { options: { chunkDelayMs: 50 } },
  });
  const id = created.__typename === 'InteractionRun' ? created.id : '';
  const controller = new AbortController();
  const response = await fetch(url, {
    method: 'POST',
    signal: controller.signal,
    headers: {
      authorization: `Bearer ${gateway.key}`,
      'content-type': 'application/json',
      accept: 'text/event-stream',
    },
    body: JSON.stringify({ query: `subscription { runStream(id: "${id}") { __typename } }` }),
  });
  expect(response.headers.get('content-type')).toContain('text/event-stream');
  await response.body?.getReader().read();
  controller.abort();
  // Others are served as before, and the run goes on to its end.
  expect((await gateway.query(viewerRoleQuery, {})).viewer.role).toBe('ADMIN');
});
