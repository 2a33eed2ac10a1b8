import { afterAll, beforeAll, expect, test } from 'vitest';
import { createFlowOperations } from '../../support/flow-operations.ts';
import { startTestGateway, type TestGateway } from '../../support/gateway.ts';
import { createWorld, expectType } from '../../support/operations.ts';
import { type CallRest, createRestCaller } from '../../support/rest.ts';

const roles = ['READER', 'EXECUTOR', 'EDITOR', 'ADMIN'] as const;

interface Route {
  readonly least: (typeof roles)[number];
  readonly isPublic?: true;
  readonly body?: object;
}

const table: Readonly<Record<string, Route>> = {
  'POST /flows/{flowId}/generate': { least: 'EXECUTOR', body: {} },
  'POST /generate': { least: 'EXECUTOR', isPublic: true },
  'POST /logs/{logId}/rate': { least: 'EXECUTOR', body: { rating: { rating: 1 } } },
  'POST /content': { least: 'EDITOR', body: { fileUrl: 'http://169.254.169.254/', name: 'x' } },
  'POST /content/{id}': { least: 'EDITOR', body: { name: 'x' } },
  'GET /content/folders': { least: 'READER' },
  'GET /content/folders/{id}/contents': { least: 'READER' },
};

let gateway: TestGateway;
let call: CallRest;
const keys = new Map<string, string>();
const ids: Record<string, string> = {};

beforeAll(async () => {
  gateway = await startTestGateway();
  call = createRestCaller(gateway, '/v1');
  const { createApiKey, publishInteraction, interaction, environment } = await createWorld(gateway);
  const flows = createFlowOperations(gateway);
  const promptId = await flows.makePrompt('Hi');
  ids.flowId = await flows.makeFlow({ name: 'Hi', steps: [{ promptId, environmentId: environment.id }] });
  ids.logId = expectType(await flows.generate({ flowId: ids.flowId }), 'FlowRun').id;
  ids.id = await flows.makeContent({ name: 'x', text: 'x' });
  ids.promptId = expectType(await publishInteraction(interaction.id), 'Interaction').id;
  for (const role of roles)
    keys.set(role, expectType(await createApiKey({ name: role, role }), 'CreatedApiKey').secret);
  const browser = await createApiKey({ name: 'browser', role: 'EXECUTOR', kind: 'PUBLIC' });
  keys.set('PUBLIC', expectType(browser, 'CreatedApiKey').secret);
});
afterAll(() => gateway[Symbol.asyncDispose]());

test('the table has every route', async () => {
  const { body } = await createRestCaller(gateway)('GET', '/openapi.json');
  const routes = Object.entries<object>(body.paths).flatMap(([path, methods]) =>
    path.startsWith('/v1/') ? Object.keys(methods).map((method) => `${method.toUpperCase()} ${path.slice(3)}`) : [],
  );
  expect(routes.sort()).toEqual(Object.keys(table).sort());
});

test.each(Object.entries(table))('%s is for whom the table says', async (name, { least, isPublic, body }) => {
  const [method = '', path = ''] = name.split(' ');
  const filled = path.replace(/\{(\w+)\}/, (_whole, id) => ids[id] ?? '');
  const prompt = { prompt: { promptId: ids.promptId, inputs: { object: 'a' } } };
  for (const [holder, key] of keys) {
    const may = holder === 'PUBLIC' ? isPublic === true : roles.indexOf(holder as typeof least) >= roles.indexOf(least);
    const payload = name === 'POST /generate' ? prompt : body;
    const { status, body: answer } = await call(method, filled, { key, ...(method === 'POST' && { body: payload }) });
    // A request that is not even valid would prove nothing.
    expect([holder, status]).not.toEqual([holder, 400]);
    expect([holder, answer.code, answer.code === 403]).toEqual([holder, status, !may]);
  }
});
