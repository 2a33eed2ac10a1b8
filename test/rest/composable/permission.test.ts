import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestGateway, type TestGateway } from '../../support/gateway.ts';
import { createWorld, expectType } from '../../support/operations.ts';
import { type CallRest, createRestCaller } from '../../support/rest.ts';

const roles = ['READER', 'EXECUTOR', 'EDITOR', 'ADMIN'] as const;

interface Route {
  /** Who may: the least role. */
  readonly least: (typeof roles)[number];
  /** Whether a browser's key may too. */
  readonly isPublic?: true;
  /** A body that is valid. */
  readonly body?: unknown;
}

const reading = { least: 'READER' } as const;
const editing = { least: 'EDITOR', body: { name: 'x' } } as const;
const managing = { least: 'ADMIN', body: { name: 'x' } } as const;
const running = { least: 'EXECUTOR', isPublic: true, body: { interaction: 'Color', data: { object: 'a' } } } as const;
const helping = { least: 'EXECUTOR', body: { description: 'x' } } as const;

const table: Readonly<Record<string, Route>> = {
  'GET /projects': reading,
  'GET /projects/{id}': reading,
  'GET /account': reading,
  'GET /account/projects': reading,
  'GET /accounts': reading,
  'POST /refs/resolve': { least: 'READER', isPublic: true, body: { refs: [] } },
  'GET /apikeys': managing,
  'POST /apikeys': managing,
  'GET /apikeys/pk': managing,
  'GET /apikeys/{id}': managing,
  'PUT /apikeys/{id}': managing,
  'DELETE /apikeys/{id}': managing,
  'GET /environments': reading,
  'POST /environments': { least: 'ADMIN', body: { name: 'x', provider: 'test' } },
  'GET /environments/{id}': reading,
  'PUT /environments/{id}': managing,
  'DELETE /environments/{id}': managing,
  'PUT /environments/{id}/config': { least: 'ADMIN', body: {} },
  'GET /environments/{id}/models': reading,
  'POST /environments/{id}/embeddings': { least: 'EXECUTOR', body: { text: 'x' } },
  'GET /prompts': reading,
  'POST /prompts': { least: 'EDITOR', body: { name: 'x', content: 'y' } },
  'GET /prompts/{id}': reading,
  'PUT /prompts/{id}': editing,
  'DELETE /prompts/{id}': editing,
  'POST /prompts/{id}/render': { least: 'READER', body: { object: 'a' } },
  'GET /prompts/{id}/versions': reading,
  'GET /prompts/{id}/interactions': reading,
  'POST /prompts/{id}/fork': editing,
  'GET /interactions': reading,
  'POST /interactions': editing,
  'GET /interactions/names': reading,
  'POST /interactions/export': { least: 'READER', body: {} },
  'POST /interactions/facets': { least: 'READER', body: { facets: [] } },
  'GET /interactions/{id}': reading,
  'PUT /interactions/{id}': editing,
  'DELETE /interactions/{id}': editing,
  'POST /interactions/{id}/publish': { least: 'EDITOR', body: {} },
  'POST /interactions/{id}/fork': editing,
  'GET /interactions/{id}/versions': reading,
  'GET /interactions/{id}/forks': reading,
  'POST /interactions/{id}/generate-test-data': helping,
  'POST /interactions/{id}/suggest-prompt-improvements': helping,
  'POST /interactions/{id}/generate-interaction': helping,
  'POST /interactions/{id}/execute': running,
  'POST /execute': running,
  'POST /execute/{endpoint}': running,
  'GET /runs': { least: 'READER', isPublic: true },
  'POST /runs': running,
  'GET /runs/{id}': { least: 'READER', isPublic: true },
  'PUT /runs/{id}': { least: 'EXECUTOR', body: { tags: [] } },
  'DELETE /runs/{id}': { least: 'EDITOR' },
  'POST /runs/{id}/cancel': { least: 'EXECUTOR', isPublic: true },
  'GET /runs/{id}/stream': { least: 'READER', isPublic: true },
  'POST /runs/search': { least: 'READER', isPublic: true, body: {} },
  'POST /runs/find': { least: 'READER', isPublic: true, body: {} },
  'POST /runs/facets': { least: 'READER', isPublic: true, body: { facets: [] } },
  'GET /runs/filter-options/{field}': { least: 'READER', isPublic: true },
};

let gateway: TestGateway;
let call: CallRest;
const keys = new Map<string, string>();

beforeAll(async () => {
  gateway = await startTestGateway({ RATE_LIMIT_REQUESTS: '0', RATE_LIMIT_EXECUTIONS: '0' });
  call = createRestCaller(gateway, '/api/v1');
  const { createApiKey, publishInteraction, interaction, prompt, environment } = await createWorld(gateway);
  await publishInteraction(interaction.id);
  makers.interactions = {
    name: 'x',
    environment: environment.id,
    prompts: [{ type: 'template', template: prompt.id }],
  };
  for (const role of roles)
    keys.set(role, expectType(await createApiKey({ name: role, role }), 'CreatedApiKey').secret);
  const browser = await createApiKey({ name: 'browser', role: 'EXECUTOR', kind: 'PUBLIC' });
  keys.set('PUBLIC', expectType(browser, 'CreatedApiKey').secret);
});
afterAll(() => gateway[Symbol.asyncDispose]());

const makers: Record<string, object> = {
  apikeys: { name: 'x', role: 'reader' },
  environments: { name: 'x', provider: 'test' },
  prompts: { name: 'x', content: '{{ object }}' },
};

/** The path with ids of records that there are: what is made here may be removed by the call. */
async function fill(path: string, key: string): Promise<string> {
  const noun = path.split('/')[1] ?? '';
  const maker = makers[noun];
  let id = 'unknown';
  if (path.includes('{id}') && maker !== undefined) id = (await call('POST', `/${noun}`, { body: maker })).body.id;
  if (path.includes('{id}') && noun === 'runs') {
    const body = { interaction: 'Color', data: { object: 'a' } };
    // A browser's key sees its own runs only, and a reader has none.
    const own = await call('POST', '/runs', { body, key });
    id = own.status === 200 ? own.body.id : (await call('POST', '/runs', { body })).body.id;
  }
  return path.replace('{id}', id).replace('{endpoint}', 'Color').replace('{field}', 'status');
}

test('the table has every route', async () => {
  const { body } = await createRestCaller(gateway)('GET', '/openapi.json');
  const routes = Object.entries<object>(body.paths).flatMap(([path, methods]) =>
    path.startsWith('/api/v1/')
      ? Object.keys(methods).map((method) => `${method.toUpperCase()} ${path.slice('/api/v1'.length)}`)
      : [],
  );
  expect(routes.sort()).toEqual(Object.keys(table).sort());
});

test.each(Object.entries(table))('%s is for whom the table says', async (name, { least, isPublic, body }) => {
  const [method = '', path = ''] = name.split(' ');
  for (const [holder, key] of keys) {
    const may = holder === 'PUBLIC' ? isPublic === true : roles.indexOf(holder as typeof least) >= roles.indexOf(least);
    const filled = await fill(path, key);
    const send = path.endsWith('/stream') ? callStream : call;
    const { status } = await send(method, filled, { key, ...(method !== 'GET' && method !== 'DELETE' && { body }) });
    // A request that is not even valid would prove nothing.
    expect([holder, filled, status]).not.toEqual([holder, filled, 400]);
    expect([holder, status === 403]).toEqual([holder, !may]);
  }
});

const callStream: CallRest = async (_method, path, { key } = {}) => {
  const response = await fetch(`${gateway.url}/api/v1${path}`, { headers: { authorization: `Bearer ${key}` } });
  await response.body?.cancel();
  return { status: response.status, headers: response.headers, body: undefined };
};
