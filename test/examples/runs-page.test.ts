import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { build, type PreviewServer, preview } from 'vite';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { connect } from '../../examples/runs-page/src/client.ts';
import { loadPage, nothingSelected } from '../../examples/runs-page/src/page.ts';
import { streamStory } from '../../examples/runs-page/src/story.ts';
import { findChromium, launchChromium } from '../support/chromium.ts';
import { startTestGateway, type TestGateway } from '../support/gateway.ts';

/** The worked example of a typed client, against a gateway that listens: its parts, and the page in a browser. */

let gateway: TestGateway;

beforeAll(async () => {
  gateway = await startTestGateway({ SEED_DEMO: 'true' });
});
afterAll(() => gateway[Symbol.asyncDispose]());

describe('the parts', () => {
  test('stream a story, and load a page of runs with what it can be narrowed by', async () => {
    const client = connect(gateway);
    const pieces: string[] = [];
    await streamStory(client, 'a harbour', (text) => pieces.push(text));
    expect(pieces.length).toBeGreaterThan(3);

    const page = await loadPage(client, nothingSelected);
    expect(page.rows[0]).toMatchObject({ name: 'TellStory', status: 'COMPLETED', result: pieces.join('') });
    const status = page.facets.find(({ name }) => name === 'status');
    expect(status?.options).toEqual([{ value: 'COMPLETED', count: page.total, isSelected: false }]);
    expect((await loadPage(client, { ...nothingSelected, status: ['FAILED'] })).total).toBe(0);
    expect((await loadPage(client, { ...nothingSelected, search: 'harbour' })).total).toBe(1);
  });

  test('say what the gateway says is wrong', async () => {
    const client = connect(gateway);
    await expect(loadPage(client, { ...nothingSelected, search: 'status:' })).rejects.toThrow('at character 8');
    const stranger = connect({ url: gateway.url, key: 'sk-of-nobody' });
    await expect(loadPage(stranger, nothingSelected)).rejects.toThrow('The API key is unknown');
  });
});

describe('the page in Chromium', () => {
  const executablePath = findChromium();
  let folder: string;
  let server: PreviewServer;
  let browser: Browser | undefined;
  let page: Page;

  beforeAll(async () => {
    if (executablePath === undefined) return;
    folder = await mkdtemp(path.join(tmpdir(), 'trivium-example-'));
    const root = new URL('../../examples/runs-page', import.meta.url).pathname;
    const options = { root, logLevel: 'error', build: { outDir: folder } } as const;
    await build(options);
    server = await preview({ ...options, preview: { port: 0, host: '127.0.0.1' } });
    browser = await launchChromium(executablePath);
  });
  afterAll(async () => {
    await browser?.close();
    await server?.close();
    if (folder !== undefined) await rm(folder, { recursive: true, force: true });
  });

  beforeEach(async ({ skip }) => {
    if (browser === undefined) return skip('there is no Chromium');
    page = await browser.newPage();
    // What does not come says what it was, before the test's own time is over.
    page.setDefaultTimeout(10_000);
    const settings = new URLSearchParams({ url: gateway.url, key: gateway.key });
    await page.goto(`${server.resolvedUrls?.local[0]}#${settings}`);
    return () => page.close();
  });

  test('a story is told, its run is in the list, and the list is narrowed by a box and by a search', async () => {
    await page.getByRole('button', { name: 'Tell a story' }).click();
    // The first is of the parts above.
    await page.getByText('2 runs').waitFor();
    const story = (await page.locator('#story').textContent()) ?? '';
    expect(story.length).toBeGreaterThan(20);
    expect(await page.getByRole('row').nth(1).textContent()).toContain(story);

    await page.getByLabel('COMPLETED').click();
    await page.locator('label', { hasText: 'COMPLETED', has: page.locator(':checked') }).waitFor();
    await page.getByLabel('Search').fill('"a lighthouse"');
    await page.getByLabel('Search').press('Enter');
    await page.getByText('1 run', { exact: true }).waitFor();
    await page.getByLabel('Search').fill('status:failed');
    await page.getByLabel('Search').press('Enter');
    await page.getByText('0 runs').waitFor();
  });

  test('what was asked last is shown, whichever answer comes last', async () => {
    await page.getByRole('button', { name: 'Tell a story' }).click();
    await page.getByText('3 runs').waitFor();
    const released = Promise.withResolvers<void>();
    const held: Promise<void>[] = [];
    await page.route('**/graphql', async (route) => {
      const body = route.request().postData() ?? '';
      const isEarlier = body.includes('COMPLETED') && !body.includes('no such word');
      const passed = (isEarlier ? released.promise : Promise.resolve()).then(() => route.continue());
      if (isEarlier) held.push(passed);
      await passed;
    });
    await page.getByLabel('COMPLETED').click();
    await page.getByLabel('Search').fill('"no such word"');
    await page.getByLabel('Search').press('Enter');
    await page.getByText('0 runs').waitFor();
    expect(held.length).toBe(2);
    const answered = [1, 2].map(() => page.waitForEvent('requestfinished'));
    released.resolve();
    await Promise.all([...held, ...answered]);
    await page.evaluate(() => new Promise(requestAnimationFrame));
    expect(await page.locator('#total').textContent()).toBe('0 runs');
  });

  test('what is wrong is said on the page', async () => {
    await page.getByLabel('Search').fill('status:lost');
    await page.getByLabel('Search').press('Enter');
    await page.getByText('status is one of created, processing').waitFor();
  });
});
