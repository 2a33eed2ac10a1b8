import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestGateway, type TestGateway } from '../../support/gateway.ts';
import { createWorld } from '../../support/operations.ts';
import { type CallRest, createRestCaller } from '../../support/rest.ts';

let gateway: TestGateway;
let call: CallRest;
let world: Awaited<ReturnType<typeof createWorld>>;

beforeAll(async () => {
  gateway = await startTestGateway();
  call = createRestCaller(gateway, '/api/v1');
  world = await createWorld(gateway);
});
afterAll(() => gateway[Symbol.asyncDispose]());

const createEnvironment = async (provider: string, config: unknown) =>
  call('POST', '/environments', { body: { name: provider, provider, config } });

test('a load balancer as the clients write it, its models behind their environments', async () => {
  const { id } = world.environment;
  const entries = [
    { model: `${id}/test-echo`, weight: 3 },
    { model: id, weight: 1 },
  ];
  const created = await createEnvironment('virtual_lb', { entries, balance_if_failed: false, runTimeoutMs: 5_000 });
  expect(created).toMatchObject({ status: 200, body: { provider: 'virtual_lb', default_model: 'virtual_lb' } });
  expect(created.body.config).toEqual({ runTimeoutMs: 5_000, entries, balance_if_failed: false, failover: false });

  const changed = await call('PUT', `/environments/${created.body.id}/config`, {
    body: { config: { entries: [entries[0]], failover: true } },
  });
  expect(changed.body.config).toMatchObject({ entries: [entries[0]], failover: true, runTimeoutMs: 5_000 });
  const body = { interaction: 'Color', data: { object: 'car' }, config: { environment: created.body.id } };
  const run = await call('POST', '/execute', { body });
  expect(run).toMatchObject({ status: 200, body: { status: 'completed', environment: created.body.id } });
});

test('the answers that a mediator compares are runs with an evaluation', async () => {
  const { id } = world.environment;
  const entries = [{ model: `${id}/test-echo` }, { model: `${id}/test-story` }];
  const created = await createEnvironment('virtual_mediator', {
    entries,
    mediators: [{ model: `${id}/test-echo` }],
    max_concurrent_requests: 1,
  });
  expect(created.body.config).toEqual({
    entries,
    mediators: [{ model: `${id}/test-echo` }],
    max_concurrent_requests: 1,
  });
  const body = { interaction: 'Color', data: { object: 'car' }, config: { environment: created.body.id } };
  const run = await call('POST', '/execute', { body });
  expect(run).toMatchObject({ status: 200, body: { status: 'completed' } });
  const { body: children } = await call('POST', '/runs/find', { body: { query: { parent: run.body.id } } });
  expect(children).toHaveLength(3);
  const answers = children.filter(({ evaluation }: { evaluation?: unknown }) => evaluation !== undefined);
  expect(answers).toHaveLength(2);
  for (const { evaluation, parent } of answers) {
    expect(parent).toBe(run.body.id);
    const score = expect.any(Number);
    expect(evaluation).toEqual({ score, selected: expect.any(Boolean), scores: { [`${id}/test-echo`]: score } });
  }
});

test('what is wrong with it is said by the names of the clients, as far as they have one', async () => {
  const answer = await createEnvironment('virtual_lb', { entries: [{ model: 'nothing', weight: 'much' }] });
  expect(answer.status).toBe(400);
  expect(JSON.stringify(answer.body)).toContain('/config/entries/0/environment');
});
