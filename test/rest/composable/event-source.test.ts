import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { findChromium, launchChromium } from '../../support/chromium.ts';
import { startTestGateway, type TestGateway } from '../../support/gateway.ts';
import { createWorld } from '../../support/operations.ts';
import { createRestCaller } from '../../support/rest.ts';
import { startTcpProxy } from '../../support/tcp-proxy.ts';

/** The browser's own EventSource, on a page of another origin, through a connection that is cut. */

const executablePath = findChromium();
let gateway: TestGateway;
let browser: Browser | undefined;
let pages: Server;

beforeAll(async () => {
  gateway = await startTestGateway();
  pages = createServer((_request, response) =>
    response.setHeader('content-type', 'text/html').end('<title>A page</title>'),
  );
  await new Promise<void>((resolve) => pages.listen(0, '127.0.0.1', resolve));
  if (executablePath !== undefined) browser = await launchChromium(executablePath);
});
afterAll(async () => {
  await browser?.close();
  pages.close();
  await gateway[Symbol.asyncDispose]();
});

interface Received {
  readonly name: string;
  readonly id: string;
  readonly data: string;
}

test('it gets every piece once, in order, and the end', async ({ skip }) => {
  if (browser === undefined) return skip('no Chromium was found; CHROMIUM_PATH may name one');
  await createWorld(gateway, { environment: { defaultModel: 'test-story' } });
  const call = createRestCaller(gateway);
  const { token } = (await call('GET', '/auth/token')).body;
  const run = await call('POST', '/graphql', {
    body: {
      query: `mutation { execute(input: { specifier: "Color", data: { object: "sea" }, stream: true,
        config: { options: { chunkDelayMs: 20 } } }) { ... on InteractionRun { id } } }`,
    },
  });
  const { id } = run.body.data.execute;
  await using proxy = await startTcpProxy({ host: '127.0.0.1', port: Number(new URL(gateway.url).port) });

  const page = await browser.newPage();
  const origin = `http://127.0.0.1:${(pages.address() as AddressInfo).port}`; // It listens on a port.
  await page.goto(origin);
  const cutAfter = [3, 20];
  let received = 0;
  await page.exposeFunction('onPiece', () => {
    received += 1;
    if (cutAfter.includes(received)) proxy.cut();
  });
  const url = `http://127.0.0.1:${proxy.port}/api/v1/runs/${id}/stream?access_token=${token}`;
  const events = await page.evaluate<Received[]>(`new Promise((resolve) => {
    const events = [];
    const source = new EventSource(${JSON.stringify(url)});
    for (const name of ['message', 'chunk', 'close']) {
      source.addEventListener(name, ({ lastEventId, data }) => {
        events.push({ name, id: lastEventId, data });
        onPiece();
        if (name === 'close') { source.close(); resolve(events); }
      });
    }
  })`);
  expect(events.slice(-2).map(({ name }) => name)).toEqual(['chunk', 'close']);
  const pieces = events.filter(({ name }) => name === 'message');
  expect(pieces.length).toBeGreaterThan(50);
  expect(pieces.map((event) => event.id)).toEqual(pieces.map((_, index) => `${id}:1:${index + 1}`));
  const end = JSON.parse(events.at(-1)?.data ?? '');
  expect(pieces.map(({ data }) => JSON.parse(data)).join('')).toBe(end.result);
  expect(end.status).toBe('completed');
});
