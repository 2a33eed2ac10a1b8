import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  createRun,
  executeByName,
  filterOptions,
  findRuns,
  listRuns,
  retrieveRun,
  runFacets,
  searchRuns,
  streamClose,
  streamResult,
} from '../../fixtures/composable-examples.ts';
import { startTestGateway, type TestGateway } from '../../support/gateway.ts';
import { createWorld, expectType } from '../../support/operations.ts';
import { type CallRest, createRestCaller, readEvents } from '../../support/rest.ts';
import { expectShape } from '../../support/shape.ts';

/** Every request that Composable's documentation shows, as curl sends it, with ids that there are. */

let gateway: TestGateway;
let call: CallRest;
let token: string;
let interactionId: string;
let environmentId: string;
let runId: string;

const stringObject = (name: string) => ({
  type: 'object',
  properties: { [name]: { type: 'string' } },
  required: [name],
});

beforeAll(async () => {
  gateway = await startTestGateway();
  call = createRestCaller(gateway);
  token = (await call('GET', `/auth/token?token=${gateway.key}`, { key: null })).body.token;
  const world = await createWorld(gateway, {
    environment: { name: 'My Environment' },
    prompt: {
      name: 'My prompt',
      content: 'My prompt {{ my-param }}',
      inputSchema: stringObject('my-param'),
    },
    interaction: { name: 'My Interaction', resultSchema: stringObject('my-result') },
  });
  environmentId = world.environment.id;
  interactionId = world.interaction.id;
  const color = expectType(
    await world.createPrompt({ name: 'color', content: '\n What color is the {{ object }}?\n' }),
    'Prompt',
  );
  const colors = { name: 'WhatColor', promptIds: [color.id], environmentId, resultSchema: stringObject('color') };
  expectType(await world.createInteraction(colors), 'Interaction');
  runId = (await execute({ stream: false })).body.id;
});
afterAll(() => gateway[Symbol.asyncDispose]());

/** As in "Create a Run". */
const execute = (more: object) =>
  call('POST', '/api/v1/runs', {
    key: token,
    headers: { 'x-interaction-tag': 'latest' },
    body: {
      interaction: interactionId,
      data: { 'my-param': 'my-value', objectId: '6554cf617eae1c28ef5f3d40' },
      config: { environment: environmentId, model: 'test-echo' },
      tags: 'my-tag',
      ...more,
    },
  });

test('execute an interaction by name, sent as curl sends what -d gives it', async () => {
  const { status, body } = await call('POST', '/api/v1/execute', {
    key: token,
    headers: { accept: 'application/json', 'content-type': 'application/x-www-form-urlencoded' },
    body: JSON.stringify({ interaction: 'WhatColor', data: { object: 'car' } }),
  });
  expect(status).toBe(200);
  expectShape(body, executeByName);
  expect(body).toMatchObject({ status: 'completed', parameters: { object: 'car' }, ttl: 3600, tags: [] });
  expect(body.prompt).toEqual([{ role: 'user', content: '\n What color is the car?\n' }]);
});

test('list runs', async () => {
  const { status, body } = await call('GET', '/api/v1/runs?limit=10&offset=0', { key: token });
  expect(status).toBe(200);
  expect(body.length).toBeGreaterThan(0);
  expectShape(body, listRuns);
});

test('retrieve a run', async () => {
  const { status, body } = await call('GET', `/api/v1/runs/${runId}`, { key: token });
  expect(status).toBe(200);
  expectShape(body, retrieveRun);
  expect(body.token_use.completion).toBe(body.token_use.result);
});

test('create a run: streamed it is created, else it is executed', async () => {
  const streamed = await execute({ stream: true });
  expect(streamed.status).toBe(200);
  expectShape(streamed.body, createRun);
  expect(streamed.body.status).toBe('created');
  const blocking = await execute({ stream: false });
  expect(blocking).toMatchObject({ status: 200, body: { status: 'completed' } });
});

test('stream a run', async () => {
  const { body } = await execute({ stream: true });
  const response = await fetch(`${gateway.url}/api/v1/runs/${body.id}/stream?access_token=${token}`);
  expect(response.status).toBe(200);
  expect(response.headers.get('content-type')).toMatch(/^text\/event-stream/);
  const events = await Array.fromAsync(readEvents(response));
  const [close, chunk] = events.toReversed();
  expect([chunk?.event, close?.event]).toEqual(['chunk', 'close']);
  expectShape(JSON.parse(chunk?.data ?? ''), streamResult);
  expectShape(JSON.parse(close?.data ?? ''), streamClose);
  const deltas = events.filter(({ event }) => event === 'message').map(({ data }) => JSON.parse(data));
  expect(JSON.parse(deltas.join(''))).toEqual(JSON.parse(chunk?.data ?? ''));
});

test('compute run facets', async () => {
  const facets = [
    { name: 'environments', field: 'environment' },
    { name: 'interactions', field: 'interaction' },
    { name: 'models', field: 'modelId' },
    { name: 'tags', field: 'tags' },
    { name: 'status', field: 'status' },
  ];
  const query = { object: '6554cf617eae1c28ef5f3d40' };
  const { status, body } = await call('POST', '/api/v1/runs/facets', { key: token, body: { facets, query } });
  expect(status).toBe(200);
  expectShape(body, runFacets);
  expect(Object.keys(body).sort()).toEqual(Object.keys(runFacets).sort());
  expect(body.environments).toEqual([{ _id: environmentId, count: body.total }]);
});

test('get run filter options', async () => {
  const { status, body } = await call('GET', '/api/v1/runs/filter-options/environment', { key: token });
  expect(status).toBe(200);
  expectShape(body, filterOptions);
  expect(body).toMatchObject([{ id: environmentId, name: 'My Environment' }]);
});

test('search runs', async () => {
  const object = '6554cf617eae1c28ef5f3d40';
  const { body: parent } = await execute({ stream: false, data: { 'my-param': 'parent' } });
  await execute({ stream: false, data: { 'my-param': 'my search query', objectId: object }, parent: parent.id });
  const { status, body } = await call('POST', '/api/v1/runs/search', {
    key: token,
    body: {
      limit: 10,
      offset: 0,
      query: {
        name: 'My Interaction',
        status: 'completed',
        interaction: interactionId,
        environment: environmentId,
        model: 'test-echo',
        tags: ['my-tag'],
        query: 'my search query',
        parent: [parent.id],
        object,
        start: '2023-04-20T12:00:00.000Z',
        end: new Date(Date.now() + 60_000).toISOString(),
      },
    },
  });
  expect([status, body.length]).toEqual([200, 1]);
  expectShape(body, searchRuns);
});

test('find runs', async () => {
  const { status, body } = await call('POST', '/api/v1/runs/find', {
    key: token,
    body: {
      query: { interaction: interactionId, status: 'completed' },
      limit: 10,
      select: 'id status created_at',
    },
  });
  expect(status).toBe(200);
  expect(body.length).toBeGreaterThan(0);
  expectShape(body, findRuns);
  for (const run of body) expect(Object.keys(run).sort()).toEqual(['created_at', 'id', 'status']);
});
