import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestGateway, type TestGateway } from '../../support/gateway.ts';
import { createWorld, expectType } from '../../support/operations.ts';
import { type CallRest, createRestCaller } from '../../support/rest.ts';

/** What clients rely on beside the routes: credentials, headers, ids of the old service, addresses. */

let gateway: TestGateway;
let call: CallRest;
let world: Awaited<ReturnType<typeof createWorld>>;

beforeAll(async () => {
  gateway = await startTestGateway();
  call = createRestCaller(gateway);
  world = await createWorld(gateway);
});
afterAll(() => gateway[Symbol.asyncDispose]());

const run = (body: object, options: object = {}) =>
  call('POST', '/api/v1/execute', { body: { data: { object: 'sea' }, ...body }, ...options });

describe('credentials', () => {
  test('the older exchange takes the key from the address, and the word "undefined" for no header', async () => {
    const { status, body } = await call('GET', `/auth/token?token=${gateway.key}`, {
      key: null,
      headers: { authorization: 'undefined' },
    });
    expect(status).toBe(200);
    expect((await call('GET', '/api/v1/runs', { key: body.token })).status).toBe(200);
    expect((await call('GET', '/auth/token')).body).toEqual({ token: expect.stringMatching(/^eyJ/) });
  });

  test('the newer exchange takes it as Bearer with an empty body of JSON, or in the body', async () => {
    const issued = { token: expect.stringMatching(/^eyJ/), token_type: 'Bearer', expires_in: 3600 };
    const empty = { headers: { 'content-type': 'application/json' } };
    expect((await call('POST', '/token/issue', empty)).body).toEqual(issued);
    const body = { type: 'apikey', key: gateway.key };
    expect((await call('POST', '/token/issue', { key: null, body })).body).toEqual(issued);
  });

  test('nothing is issued for a wrong key, no key, or a token', async () => {
    const { body } = await call('POST', '/token/issue');
    for (const key of [null, 'sk-wrong', body.token]) {
      expect(await call('POST', '/token/issue', { key })).toMatchObject({ status: 401, body: { status: 401 } });
      expect((await call('GET', '/auth/token', { key })).status).toBe(401);
    }
  });

  test('a token ends with its key, and not later than it', async () => {
    const key = await call('POST', '/api/v1/apikeys', {
      body: { name: 'short', role: 'reader', expires_at: new Date(Date.now() + 60_000).toISOString() },
    });
    const { body } = await call('POST', '/token/issue', { key: key.body.value });
    expect(body.expires_in).toBeLessThanOrEqual(60);
    expect((await call('GET', '/api/v1/runs', { key: body.token })).status).toBe(200);
    await call('PUT', `/api/v1/apikeys/${key.body.id}`, { body: { enabled: false } });
    expect((await call('GET', '/api/v1/runs', { key: body.token })).status).toBe(401);
    expect((await call('PUT', `/api/v1/apikeys/${key.body.id}`, { body: { enabled: true } })).status).toBe(409);
  });

  test('a key of the old service goes on working', async () => {
    const value = 'sk-of-the-old-service-0123456789';
    await call('POST', '/api/v1/apikeys', { body: { name: 'old', role: 'executor', value } });
    expect((await run({ interaction: 'Color' }, { key: value })).status).toBe(200);
  });

  test('another project is chosen by a header, also for a token, and with it for what the token does', async () => {
    const headers = { 'x-project-id': await createOtherProject() };
    expect((await call('GET', '/api/v1/environments', { headers })).body).toEqual([]);
    const { body } = await call('POST', '/token/issue', { headers });
    expect((await call('GET', '/api/v1/environments', { key: body.token })).body).toEqual([]);
    const executor = expectType(await world.createApiKey({ name: 'x', role: 'EXECUTOR' }), 'CreatedApiKey').secret;
    expect((await call('GET', '/api/v1/environments', { key: executor, headers })).status).toBe(403);
  });

  async function createOtherProject(): Promise<string> {
    const query = 'mutation { createProject(input: { name: "Other" }) { ... on Project { id } } }';
    const { body } = await call('POST', '/graphql', { body: { query } });
    return body.data.createProject.id;
  }
});

describe('ids of the old service', () => {
  const old = {
    environment: '654dfa3109676ad3b8631e24',
    prompt: '654dfa3109676ad3b8631e25',
    interaction: '6554cf617eae1c28ef5f3d40',
  };

  test('mean the records that have them, wherever an id is read', async () => {
    const environment = await call('POST', '/api/v1/environments', {
      body: { name: 'old', provider: 'test', default_model: 'test-echo', external_id: old.environment },
    });
    const prompt = await call('POST', '/api/v1/prompts', {
      body: { name: 'old', content: 'What color is the {{ object }}?', external_id: old.prompt },
    });
    const interaction = await call('POST', '/api/v1/interactions', {
      body: {
        name: 'Old',
        environment: old.environment,
        prompts: [{ type: 'template', template: old.prompt }],
        external_id: old.interaction,
      },
    });
    expect(interaction.body).toMatchObject({
      environment: environment.body.id,
      prompts: [{ template: prompt.body.id }],
      external_id: old.interaction,
    });
    for (const path of [
      `environments/${old.environment}`,
      `prompts/${old.prompt}`,
      `interactions/${old.interaction}`,
    ]) {
      expect((await call('GET', `/api/v1/${path}`)).status).toBe(200);
    }
    const data = { object: 'sea' };
    const config = { environment: old.environment, model: 'test-story' };
    const executed = await call('POST', `/api/v1/interactions/${old.interaction}/execute`, { body: { data, config } });
    expect(executed.body).toMatchObject({ interaction: interaction.body.id, environment: environment.body.id });
    expect((await call('POST', '/api/v1/runs', { body: { interactionId: old.interaction, data } })).status).toBe(200);
    const query = `interaction=${old.interaction}&environment=${old.environment}`;
    expect((await call('GET', `/api/v1/runs?${query}`)).body).toHaveLength(2);
    const refs = [{ type: 'Interaction', id: old.interaction }];
    expect((await call('POST', '/api/v1/refs/resolve', { body: { refs } })).body).toMatchObject([{ name: 'Old' }]);
    expect((await call('GET', `/api/v1/interactions?prompt=${old.prompt}`)).body).toMatchObject([{ name: 'Old' }]);
  });
});

describe('x-interaction-tag', () => {
  let draft: string;
  const versions: string[] = [];
  beforeAll(async () => {
    const { prompt, environment, createInteraction, publishInteraction } = world;
    const fields = { name: 'Versioned', promptIds: [prompt.id], environmentId: environment.id };
    draft = expectType(await createInteraction(fields), 'Interaction').id;
    versions.push(expectType(await publishInteraction(draft, ['live']), 'Interaction').id);
    versions.push(expectType(await publishInteraction(draft, ['next']), 'Interaction').id);
  });

  test('selects for a name or an id that carries none; latest is none', async () => {
    const [one, two] = versions;
    const cases: [interaction: string | undefined, tag: string, expected: string | undefined][] = [
      ['Versioned', 'live', one],
      ['Versioned', 'draft', draft],
      ['Versioned', '1', one],
      ['Versioned', 'latest', two],
      ['Versioned@next', 'live', two],
      ['Versioned@latest', 'live', one],
      ['Versioned@latest', 'latest', two],
      [draft, 'live', one],
      [draft, 'latest', draft],
      [two, 'live', one],
      [two, '2', two],
      [one, 'draft', draft],
      [one, 'latest', one],
      [`${draft}@live`, 'next', one],
      [`${one}@2`, 'latest', two],
      [`${draft}@latest`, 'live', one],
      [`${draft}@latest`, 'latest', draft],
    ];
    for (const [interaction, tag, expected] of cases) {
      const { body } = await run({ interaction }, { headers: { 'x-interaction-tag': tag } });
      expect([interaction, tag, body.interaction]).toEqual([interaction, tag, expected]);
    }
    const missing = await run({ interaction: draft }, { headers: { 'x-interaction-tag': 'nobody' } });
    expect(missing).toMatchObject({ status: 404, body: { message: `There is no interaction ${draft}@nobody` } });
    const named = await run({ interaction: 'Versioned@latest' }, { headers: { 'x-interaction-tag': 'nobody' } });
    expect(named).toMatchObject({ status: 404, body: { message: 'There is no interaction Versioned@nobody' } });
  });

  test('so does the tag of an endpoint', async () => {
    const { body } = await call('POST', '/api/v1/execute/Versioned?tag=live', { body: { data: { object: 'sea' } } });
    expect(body.interaction).toBe(versions[0]);
  });
});

test('a formatter that we do not have is kept, echoed, and a warning', async () => {
  const { body } = await run({ interaction: 'Color', config: { formatter: 3 } });
  expect(body.config.formatter).toBe(3);
  expect(body.warnings).toEqual([expect.stringContaining('There is no formatter 3')]);
  expect((await call('GET', `/api/v1/runs/${body.id}`)).body.config.formatter).toBe(3);
});

test('tags in a text or a list, and queries with either form of a list', async () => {
  const one = await run({ interaction: 'Color', tags: 'query-a, query-b' });
  expect(one.body.tags).toEqual(['query-a', 'query-b']);
  await run({ interaction: 'Color', tags: ['query-c'] });
  for (const query of ['tag=query-a,query-c', 'tag=query-a&tag=query-c']) {
    expect((await call('GET', `/api/v1/runs?${query}`)).body).toHaveLength(2);
  }
  const changed = await call('PUT', `/api/v1/runs/${one.body.id}`, { body: { tags: ['query-b', 'new'] } });
  expect(changed.body.tags).toEqual(['query-b', 'new']);
});

test('an idempotency key executes once', async () => {
  const options = { headers: { 'idempotency-key': 'only-once' } };
  const first = await run({ interaction: 'Color' }, options);
  expect((await run({ interaction: 'Color' }, options)).body.id).toBe(first.body.id);
  expect((await run({ interaction: 'Color', tags: 'other' }, options)).status).toBe(409);
});

test('what the payload says is stronger than what is stored', async () => {
  const result_schema = { type: 'object', properties: { answer: { type: 'integer' } }, required: ['answer'] };
  const { body } = await run({ interaction: 'Color', result_schema, do_validate: false, config: { max_tokens: 500 } });
  expect(body).toMatchObject({
    result: { answer: expect.any(Number) },
    result_schema,
    config: { do_validate: false, max_tokens: 500 },
  });
});

test('a run under another one, and those without', async () => {
  const parent = (await run({ interaction: 'Color', tags: 'family' })).body.id;
  const child = (await run({ interaction: 'Color', tags: 'family', parent })).body.id;
  const ids = async (query: string) =>
    (await call('GET', `/api/v1/runs?tag=family&${query}`)).body.map(({ id }: { id: string }) => id);
  expect(await ids('parent=false')).toEqual([parent]);
  expect(await ids('is_root=true')).toEqual([parent]);
  expect(await ids(`parent=${parent}`)).toEqual([child]);
  expect(await ids('is_root=false')).toHaveLength(2);
});

test('a trailing slash changes nothing', async () => {
  for (const path of ['/api/v1/runs/', '/api/v1/environments/', '/auth/token/', '/api/v1/interactions/names/']) {
    expect([path, (await call('GET', path)).status]).toEqual([path, 200]);
  }
  expect(
    (await call('POST', '/api/v1/execute/', { body: { interaction: 'Color', data: { object: 'a' } } })).status,
  ).toBe(200);
});

test('pages of every origin may call, with every method and header', async () => {
  const response = await fetch(`${gateway.url}/api/v1/runs/x`, {
    method: 'OPTIONS',
    headers: {
      origin: 'https://app.example',
      'access-control-request-method': 'PUT',
      'access-control-request-headers': 'authorization,x-project-id,x-api-version',
    },
  });
  expect(response.status).toBe(204);
  expect(response.headers.get('access-control-allow-origin')).toBe('*');
  expect(response.headers.get('access-control-allow-methods')).toContain('PUT');
  expect(response.headers.get('access-control-allow-headers')).toContain('x-project-id');
});

test("too much at once is told in this API's shape, with when to come back", async () => {
  await using limited = await startTestGateway({ RATE_LIMIT_EXECUTIONS: '1', RATE_LIMIT_WRONG_KEYS: '2' });
  await createWorld(limited);
  const callLimited = createRestCaller(limited, '/api/v1');
  const body = { interaction: 'Color', data: { object: 'sea' } };
  expect((await callLimited('POST', '/execute', { body })).status).toBe(200);
  const refused = await callLimited('POST', '/execute', { body });
  expect(refused).toMatchObject({ status: 429, body: { error: 'Too Many Requests', status: 429 } });
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
  expect(refused.body.message).toContain('Too many executions');
  // A token that is over is no guess; a wrong key is.
  const statuses: number[] = [];
  for (const key of ['eyJh.eyJz.x', 'eyJh.eyJz.x', 'eyJh.eyJz.x', 'sk-guess-1', 'sk-guess-2', 'sk-guess-3']) {
    statuses.push((await callLimited('GET', '/runs', { key })).status);
  }
  expect(statuses).toEqual([401, 401, 401, 401, 401, 429]);
});

test('exchanges for tokens are requests too', async () => {
  await using limited = await startTestGateway({ RATE_LIMIT_REQUESTS: '3' });
  const callLimited = createRestCaller(limited);
  const statuses: number[] = [];
  for (const [method, path] of [
    ['GET', '/auth/token'],
    ['GET', `/auth/token?token=${limited.key}`],
    ['POST', '/token/issue'],
    ['POST', '/token/issue'],
    ['GET', '/api/v1/runs'],
  ] as const) {
    statuses.push((await callLimited(method, path)).status);
  }
  expect(statuses).toEqual([200, 200, 200, 429, 429]);
});
