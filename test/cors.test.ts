import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { findChromium, launchChromium } from './support/chromium.ts';
import { startTestGateway, type TestGateway } from './support/gateway.ts';
import { createWorld } from './support/operations.ts';

/** A page of another origin in a browser, which keeps what the server does not let it have. */

const graphqlSse = fileURLToPath(new URL('../umd/graphql-sse.js', import.meta.resolve('graphql-sse')));
const pages = createServer(async (request, response) => {
  const isScript = request.url === '/graphql-sse.js';
  response.setHeader('content-type', isScript ? 'text/javascript' : 'text/html');
  response.end(isScript ? await readFile(graphqlSse) : '<!doctype html><script src="/graphql-sse.js"></script>');
});

let allowed: string;
let stranger: string;
let gateway: TestGateway;
let world: Awaited<ReturnType<typeof createWorld>>;
let browser: Browser | undefined;

beforeAll(async () => {
  pages.listen(0);
  await once(pages, 'listening');
  const { port } = pages.address() as AddressInfo; // It listens on a port, so it has one.
  // To a browser these are two origins.
  allowed = `http://127.0.0.1:${port}`;
  stranger = `http://localhost:${port}`;
  gateway = await startTestGateway({
    CORS_ORIGINS: `https://example.com,${allowed}`,
    RATE_LIMIT_REQUESTS: '1000',
    BODY_MAX_BYTES: '64KiB',
  });
  world = await createWorld(gateway);
  const executablePath = findChromium();
  if (executablePath !== undefined) browser = await launchChromium(executablePath);
});
afterAll(async () => {
  await browser?.close();
  pages.closeAllConnections();
  pages.close();
  await gateway[Symbol.asyncDispose]();
});

/** What a page saw of an answer; null where the browser kept it from the page. */
type Seen = { status: number; retryAfter: string | null; body: Result } | null;

interface Result {
  readonly data?: {
    readonly viewer?: { readonly role: string; readonly project?: { readonly slug: string } };
    readonly execute?: { readonly id: string; readonly status: string };
  };
  readonly errors?: { readonly message: string; readonly extensions: Record<string, unknown> }[];
}

describe('a page in Chromium', () => {
  let page: Page;
  beforeEach(async ({ skip, onTestFinished }) => {
    if (browser === undefined) return skip('no Chromium was found; CHROMIUM_PATH may name one');
    const context = await browser.newContext();
    onTestFinished(() => context.close());
    page = await context.newPage();
  });

  /** Has the page of an origin send an operation as a typed client does. */
  const ask = async (origin: string, body: string, headers: Record<string, string> = {}): Promise<Seen> => {
    await page.goto(origin);
    const init = {
      method: 'POST',
      headers: { authorization: `Bearer ${gateway.key}`, 'content-type': 'application/json', ...headers },
      body,
    };
    return page.evaluate(
      async ({ url, options }) => {
        try {
          const response = await fetch(url, options);
          const seen = { status: response.status, retryAfter: response.headers.get('retry-after') };
          return { ...seen, body: (await response.json()) as Result }; // GraphQL answers are like this.
        } catch {
          return null;
        }
      },
      { url: `${gateway.url}/graphql`, options: init },
    );
  };
  const query = (text: string, variables: object = {}) => JSON.stringify({ query: text, variables });

  test('of an allowed origin queries, with every header that there is', async () => {
    const headers = {
      'idempotency-key': 'once',
      'last-event-id': '1',
      accept: 'application/graphql-response+json',
    };
    const slug =
      (await ask(allowed, query('{ viewer { role project { slug } } }')))?.body.data?.viewer?.project?.slug ?? '';
    const seen = await ask(allowed, query('{ viewer { role } }'), { ...headers, 'x-project-id': slug });
    expect(seen).toMatchObject({ status: 200, body: { data: { viewer: { role: 'ADMIN' } } } });
  });

  test('of an allowed origin executes, and follows the stream with graphql-sse', async () => {
    const text = 'mutation ($input: ExecuteInput!) { execute(input: $input) { ... on InteractionRun { id status } } }';
    const input = { interactionId: world.interaction.id, data: { object: 'car' }, stream: true };
    const seen = await ask(allowed, query(text, { input }));
    const { id = '', status } = seen?.body.data?.execute ?? {};
    expect(status).toBe('CREATED');

    const events = await page.evaluate(
      async ({ url, key, runId }) => {
        // The script that the page has loaded puts the library there.
        const { createClient } = (globalThis as unknown as { graphqlSse: typeof import('graphql-sse') }).graphqlSse;
        const client = createClient({ url, headers: { authorization: `Bearer ${key}` }, retryAttempts: 0 });
        const received: unknown[] = [];
        const subscription =
          'subscription ($id: ID!) { runStream(id: $id) { __typename ... on RunChunk { text } ... on RunClosed { run { status } } } }';
        for await (const { data } of client.iterate({ query: subscription, variables: { id: runId } })) {
          received.push(data?.runStream);
        }
        return received;
      },
      { url: `${gateway.url}/graphql`, key: gateway.key, runId: id },
    );
    expect(events.length).toBeGreaterThan(1);
    expect(events.at(-1)).toEqual({ __typename: 'RunClosed', run: { status: 'COMPLETED' } });
  });

  test('of an allowed origin follows a stream with fetch and GET', async () => {
    const { execute, interaction } = world;
    const run = await execute({ interactionId: interaction.id, data: { object: 'sky' }, stream: true });
    const id = run.__typename === 'InteractionRun' ? run.id : '';
    await page.goto(allowed);
    const text = await page.evaluate(
      async ({ url, key }) => {
        const headers = { authorization: `Bearer ${key}`, accept: 'text/event-stream', 'last-event-id': 'none' };
        return (await fetch(url, { headers })).text();
      },
      {
        url: `${gateway.url}/graphql?query=${encodeURIComponent(`subscription { runStream(id: "${id}") { __typename } }`)}`,
        key: gateway.key,
      },
    );
    expect(text).toContain('"__typename":"RunClosed"');
  });

  test.each([
    [
      'a wrong key',
      401,
      'UNAUTHENTICATED',
      query('{ __typename }'),
      { authorization: 'Bearer sk-nobody-has-this-one' },
    ],
    ['no JSON', 400, 'BAD_REQUEST', '{', {}],
    ['too much', 413, 'BAD_REQUEST', query(' '.repeat(70_000)), {}],
    ['another type', 415, 'BAD_REQUEST', 'a,b', { 'content-type': 'text/csv' }],
    ['a field that is not there', 400, 'GRAPHQL_VALIDATION_FAILED', query('{ nothing }'), {}],
    ['too complex', 400, 'QUERY_TOO_COMPLEX', query('{ runs(first: 1000000) { nodes { id } } }'), {}],
  ])('of an allowed origin can read what is wrong: %s', async (_name, status, code, body, headers) => {
    const seen = await ask(allowed, body, { accept: 'application/graphql-response+json', ...headers });
    expect(seen).toMatchObject({ status, body: { errors: [{ extensions: { code } }] } });
  });

  test('of an allowed origin can read how long to wait', async () => {
    const reader = await world.createApiKey({ name: 'limited', role: 'READER' });
    const key = reader.__typename === 'CreatedApiKey' ? reader.secret : '';
    const headers = { authorization: `Bearer ${key}` };
    await Promise.all(
      Array.from({ length: 1000 }, () => fetch(`${gateway.url}/graphql?query={__typename}`, { headers })),
    );
    const seen = await ask(allowed, query('{ __typename }'), headers);
    expect(seen).toMatchObject({ status: 429, body: { errors: [{ extensions: { code: 'RATE_LIMITED' } }] } });
    expect(Number(seen?.retryAfter)).toBeGreaterThan(0);
  });

  test('of another origin gets nothing', async () => {
    expect(await ask(stranger, query('{ __typename }'))).toBeNull();
  });
});

test('what is allowed is said to nobody but the origins that are listed', async () => {
  const preflight = async (origin: string) => {
    const headers = {
      origin,
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'authorization,content-type,x-project-id,idempotency-key,last-event-id',
    };
    const response = await fetch(`${gateway.url}/graphql`, { method: 'OPTIONS', headers });
    return {
      origin: response.headers.get('access-control-allow-origin'),
      headers: response.headers.get('access-control-allow-headers'),
      credentials: response.headers.get('access-control-allow-credentials'),
      vary: response.headers.get('vary'),
    };
  };
  expect(await preflight('https://example.com')).toEqual({
    origin: 'https://example.com',
    headers: 'authorization,content-type,x-project-id,idempotency-key,last-event-id',
    credentials: null,
    vary: expect.stringContaining('Origin'),
  });
  for (const origin of [stranger, 'https://example.com.evil.test', 'null', 'http://example.com']) {
    expect((await preflight(origin)).origin).toBeNull();
  }
});
