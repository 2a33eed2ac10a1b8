import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import Fastify, { type FastifyInstance } from 'fastify';
import { createSchema, createYoga } from 'graphql-yoga';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createGraphiqlPage } from '../src/graphiql.ts';
import { findChromium, launchChromium } from './support/chromium.ts';

const key = 'sk-a key/with+all&kinds=of%characters';
const exampleQuery = '{\n  hello(name: "</script>")\n}\n';
const graphiql = createGraphiqlPage({ defaultQuery: exampleQuery });

describe('the page as bytes', () => {
  test('it is compressed as the browser asks for it, and the same for each', async () => {
    const plain = await graphiql.render('identity');
    expect(plain.encoding).toBeUndefined();
    const brotli = await graphiql.render('gzip, deflate, br, zstd');
    expect(brotli.encoding).toBe('br');
    expect(brotliDecompressSync(brotli.bytes).equals(plain.bytes)).toBe(true);
    const zipped = await graphiql.render('GZIP;q=0.5, br;q=0');
    expect(zipped.encoding).toBe('gzip');
    expect(gunzipSync(zipped.bytes).equals(plain.bytes)).toBe(true);
    expect(new Set([plain.etag, brotli.etag, zipped.etag]).size).toBe(1);
  });

  test('it is made once', async () => {
    const [first, second] = await Promise.all([graphiql.render('br'), graphiql.render('br')]);
    expect(first.bytes).toBe(second.bytes);
  });

  test('another query makes another page', async () => {
    const other = await createGraphiqlPage({ defaultQuery: '{ other }' }).render('');
    expect(other.etag).not.toBe((await graphiql.render('')).etag);
  });

  test('its policy lets no script run but its own', async () => {
    const { contentSecurityPolicy } = await graphiql.render('');
    expect(contentSecurityPolicy).toContain("default-src 'none'");
    expect(contentSecurityPolicy).toMatch(/script-src( 'sha256-[\w+/]+=*')+;/);
    expect(contentSecurityPolicy).not.toMatch(/unsafe-eval|https?:/);
  });
});

describe('the page in Chromium', () => {
  const executablePath = findChromium();
  let server: FastifyInstance;
  let origin: string;
  let browser: Browser | undefined;
  let context: BrowserContext | undefined;
  let page: Page;
  let strayUrls: string[];
  let complaints: string[];

  beforeAll(async () => {
    server = createTestServer();
    origin = await server.listen({ host: '127.0.0.1', port: 0 });
    if (executablePath !== undefined) browser = await launchChromium(executablePath);
  });

  afterAll(async () => {
    await browser?.close();
    await server.close();
  });

  beforeEach(async ({ skip }) => {
    if (browser === undefined) return skip('no Chromium was found; CHROMIUM_PATH may name one');
    context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
    context.setDefaultTimeout(15_000);
    strayUrls = [];
    complaints = [];
    await context.route('**', async (route) => {
      const url = route.request().url();
      if (url === `${origin}/graphql`) return route.continue();
      strayUrls.push(url);
      await route.abort();
    });
    page = await context.newPage();
    // What the page's own policy refuses comes here too.
    page.on('console', (message) => {
      if (message.type() === 'error') complaints.push(message.text());
    });
    page.on('pageerror', (error) => complaints.push(String(error)));
  });

  afterEach(async () => {
    await context?.close();
  });

  const link = (linkKey: string) => `${origin}/graphql#key=${encodeURIComponent(linkKey)}`;
  /** One of the page's editors, once it shows `text`; spaces and line breaks are all one. */
  const showing = (label: 'Operation Editor' | 'Headers' | 'Result Window', text: string) =>
    page.getByLabel(label, { exact: true }).locator('.view-lines').filter({ hasText: text }).first();
  const run = () => page.getByLabel('Execute query (Ctrl-Enter)').click();
  const typeQuery = async (query: string) => {
    await page.getByLabel('Operation Editor', { exact: true }).locator('.view-lines').click();
    await page.keyboard.press('ControlOrMeta+A');
    await page.keyboard.insertText(query);
  };

  test('a link with a key opens it signed in, with the example in the editor, and forgets the key', async () => {
    await page.goto(link(key));
    await showing('Operation Editor', 'hello(name: "</script>")').waitFor();
    await showing('Headers', `"Authorization": "Bearer ${key}"`).waitFor();
    expect(page.url()).toBe(`${origin}/graphql`);
    expect(await page.title()).toBe('Trivium');

    await run();
    await showing('Result Window', '"hello": "Hello </script>"').waitFor();
    // The schema was read with the key as well.
    await page.getByLabel('Show Documentation Explorer').click();
    await page.getByRole('link', { name: 'Subscription' }).waitFor();

    expect(await page.evaluate('JSON.stringify(localStorage)')).toBe('{}');
    expect({ strayUrls, complaints }).toEqual({ strayUrls: [], complaints: [] });
  });

  test('a subscription shows what comes as server-sent events', async () => {
    await page.goto(link(key));
    await showing('Headers', key).waitFor();
    await typeQuery('subscription { count }');
    await showing('Operation Editor', 'subscription { count }').waitFor();
    await run();
    await showing('Result Window', '"count": 3').waitFor();
    expect({ strayUrls, complaints }).toEqual({ strayUrls: [], complaints: [] });
  });

  test('a reload keeps query and key, a new tab has the key, and another tab of the browser has neither', async () => {
    await page.goto(link(key));
    await showing('Headers', key).waitFor();
    await typeQuery('query { again: hello(name: "you") }');
    await showing('Operation Editor', 'again').waitFor();
    expect(page.url()).toBe(`${origin}/graphql`);
    await run();
    await showing('Result Window', '"again": "Hello you"').waitFor();

    await page.reload();
    await showing('Operation Editor', 'again').waitFor();
    await showing('Headers', key).waitFor();
    await page.getByLabel('New tab').click();
    await page.getByRole('tab').nth(1).waitFor();
    await typeQuery('query { more: hello(name: "all") }');
    await run();
    await showing('Result Window', '"more": "Hello all"').waitFor();
    expect({ strayUrls, complaints }).toEqual({ strayUrls: [], complaints: [] });

    page = await page.context().newPage();
    await page.goto(`${origin}/graphql`);
    await showing('Headers', '"Authorization": "Bearer <your key>"').waitFor();
  });

  test('a link that is opened where the page is already signs in with its key', async () => {
    await page.goto(link('sk-of-yesterday'));
    await showing('Headers', 'sk-of-yesterday').waitFor();
    await typeQuery('query Yesterday { hello }');
    await page.getByRole('tab', { name: 'Yesterday' }).waitFor();
    await page.goto(link(key));
    await showing('Headers', key).waitFor();
    expect(page.url()).toBe(`${origin}/graphql`);
    await showing('Operation Editor', 'hello(name: "</script>")').waitFor();
    await run();
    await showing('Result Window', '"hello": "Hello </script>"').waitFor();
    expect(strayUrls).toEqual([]);
  });
});

/** A GraphQL server with a key that it asks for and a subscription, which serves the page as the real one does. */
function createTestServer(): FastifyInstance {
  const yoga = createYoga({
    graphiql: false,
    landingPage: false,
    schema: createSchema({
      typeDefs: 'type Query { hello(name: String): String! } type Subscription { count: Int! }',
      resolvers: {
        Query: { hello: (_parent, { name }: { name: string }) => `Hello ${name}` },
        Subscription: {
          count: {
            subscribe: async function* () {
              for (let count = 1; count <= 3; count += 1) yield { count };
            },
          },
        },
      },
    }),
  });
  const server = Fastify();
  server.get('/graphql', async (request, reply) => {
    const { bytes, encoding, etag, contentSecurityPolicy } = await graphiql.render(
      request.headers['accept-encoding'] ?? '',
    );
    reply
      .type('text/html; charset=utf-8')
      .header('cache-control', 'no-cache')
      .header('etag', etag)
      .header('content-security-policy', contentSecurityPolicy);
    if (request.headers['if-none-match'] === etag) return reply.status(304).send();
    if (encoding !== undefined) reply.header('content-encoding', encoding);
    return reply.send(bytes);
  });
  server.post('/graphql', async (request, reply) => {
    if (request.headers.authorization !== `Bearer ${key}`) {
      return reply.status(401).send({ errors: [{ message: 'No such key' }] });
    }
    return yoga.handleNodeRequestAndResponse(request, reply);
  });
  return server;
}
