import { Validator } from '@seriousme/openapi-schema-validator';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { findChromium, launchChromium } from '../support/chromium.ts';
import { startTestGateway, type TestGateway } from '../support/gateway.ts';
import { createRestCaller } from '../support/rest.ts';

let gateway: TestGateway;
// biome-ignore lint/suspicious/noExplicitAny: the validator says whether it is an OpenAPI document
let document: any;

beforeAll(async () => {
  gateway = await startTestGateway();
  ({ body: document } = await createRestCaller(gateway)('GET', '/openapi.json', { key: null }));
});
afterAll(() => gateway[Symbol.asyncDispose]());

test('it is an OpenAPI document of version 3.1', async () => {
  const validator = new Validator();
  expect(await validator.validate(structuredClone(document))).toEqual({ valid: true });
  expect(validator.version).toBe('3.1');
});

test('each route says what it does and how it refuses', () => {
  const operations = Object.entries<Record<string, Operation>>(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ name: `${method.toUpperCase()} ${path}`, operation })),
  );
  expect(operations.length).toBeGreaterThan(45);
  for (const { name, operation } of operations) {
    expect([name, operation.summary, Object.keys(operation.responses)]).toEqual([
      name,
      expect.any(String),
      expect.arrayContaining(['200', '401']),
    ]);
  }
});

/** Those of Composable's prefix are held by the table of who may call them. */
test('it has the routes of all three APIs', () => {
  const routes = Object.entries<object>(document.paths)
    .filter(([path]) => !path.startsWith('/api/v1/'))
    .flatMap(([path, methods]) => Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`));
  expect(routes.sort()).toEqual([
    'GET /auth/token',
    'GET /deployment/api/{organization}/{name}',
    'GET /v1/content/folders',
    'GET /v1/content/folders/{id}/contents',
    'POST /deployment/api/{organization}/{name}',
    'POST /token/issue',
    'POST /v1/content',
    'POST /v1/content/{id}',
    'POST /v1/flows/{flowId}/generate',
    'POST /v1/generate',
    'POST /v1/logs/{logId}/rate',
  ]);
  expect(document.paths['/api/v1/runs'].get.parameters).toContainEqual({
    in: 'query',
    name: 'limit',
    required: false,
    schema: { type: 'integer', minimum: 0, maximum: 1000 },
  });
});

interface Operation {
  readonly summary?: string;
  readonly responses: object;
}

test('what a client may leave out is not required', () => {
  const { schema } = document.paths['/api/v1/execute'].post.requestBody.content['application/json'];
  expect(schema.required).toEqual(['interaction']);
  expect(schema.properties).toMatchObject({ data: {}, config: {}, stream: {}, result_schema: {}, tags: {} });
});

test('the page of it works in Chromium, and loads nothing from elsewhere', async ({ skip }) => {
  const executablePath = findChromium();
  if (executablePath === undefined) return skip('no Chromium was found; CHROMIUM_PATH may name one');
  const browser: Browser = await launchChromium(executablePath);
  try {
    const page = await browser.newPage();
    const complaints: string[] = [];
    page.on('request', (request) => {
      if (!request.url().startsWith(gateway.url) && !request.url().startsWith('data:')) complaints.push(request.url());
    });
    page.on('console', (message) => {
      if (message.type() === 'error') complaints.push(message.text());
    });
    page.on('pageerror', (error) => complaints.push(String(error)));
    await page.goto(`${gateway.url}/docs`);
    await page.getByText('Execute an interaction by its name', { exact: true }).click();
    await page.getByText('What selects the version where the name does not.').waitFor();
    expect(complaints).toEqual([]);
  } finally {
    await browser.close();
  }
});
