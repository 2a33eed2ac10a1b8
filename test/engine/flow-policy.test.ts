import { afterAll, beforeAll, expect, test } from 'vitest';
import { graphql } from '../generated/gql.ts';
import type { EnvironmentInput } from '../generated/graphql.ts';
import { createFlowOperations } from '../support/flow-operations.ts';
import { startTestGateway, type TestGateway } from '../support/gateway.ts';
import { completion, type OpenaiServer, startOpenaiServer } from '../support/openai-server.ts';
import { createWorld, expectType } from '../support/operations.ts';
import { createRestCaller } from '../support/rest.ts';

/** Policies hold for the steps of flows as they do for interactions. */

const childrenOfFlow = graphql(`
  query ChildrenOfFlow($id: ID!) {
    run(id: $id) {
      cost
      children { nodes { __typename kind model status evaluation { selected } ... on InteractionRun { interaction { id } } } }
    }
  }
`);

let gateway: TestGateway;
let server: OpenaiServer;
let world: Awaited<ReturnType<typeof createWorld>>;
let flows: ReturnType<typeof createFlowOperations>;

beforeAll(async () => {
  gateway = await startTestGateway();
  server = await startOpenaiServer();
  world = await createWorld(gateway);
  flows = createFlowOperations(gateway);
});
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});

const create = async (input: EnvironmentInput) =>
  expectType(await world.createEnvironment({ name: 'step', ...input }), 'Environment').id;
const createModel = (defaultModel: string, policy: EnvironmentInput['policy'] = null) =>
  create({ provider: 'openai_compatible', endpoint: server.url, defaultModel, policy });

test('a step is tried again and falls back; another is mediated by child runs', async () => {
  server.always((request) => {
    const model = String(request.body?.model);
    if (model === 'frail') request.json(503, { error: { message: 'no' } });
    else request.json(200, completion(model === 'judge' ? '{"scores":[1,9]}' : `from ${model}`));
  });
  const [a, b, judge] = [await createModel('a'), await createModel('b'), await createModel('judge')];
  const frail = await createModel('frail', { maxRetries: 1, retryDelayMs: 1, fallbacks: [{ environment: a }] });
  const members = [{ environment: a }, { environment: b }];
  const mediated = await create({
    provider: 'virtual_mediator',
    policy: { members, mediators: [{ environment: judge }] },
  });
  const promptId = await flows.makePrompt('What is {{ topic }}?');
  const flowId = await flows.makeFlow({
    name: 'Policies',
    inputs: [{ name: 'topic' }],
    steps: [
      { name: 'Frail', promptId, environmentId: frail, inputs: { topic: '{{ inputs.topic }}' } },
      { name: 'Mediated', promptId, environmentId: mediated, inputs: { topic: '{{ steps.Frail }}' } },
    ],
  });
  const run = expectType(await flows.generate({ flowId, inputs: { topic: 'it' } }), 'FlowRun');
  expect(run).toMatchObject({
    status: 'COMPLETED',
    result: 'from b',
    steps: [{ output: 'from a' }, { output: 'from b', tokenUse: { total: 3 * 18 } }],
  });
  expect(run.attempts.slice(0, 3).map(({ model }) => model)).toEqual(['frail', 'frail', 'a']);
  expect(run.attempts.map(({ model }) => model).toSorted()).toEqual(['a', 'a', 'b', 'frail', 'frail', 'judge']);

  const found = await gateway.query(childrenOfFlow, { id: run.id });
  const children = found.run?.children.nodes ?? [];
  expect(children.map(({ model }) => model).toSorted()).toEqual(['a', 'b', 'judge']);
  for (const child of children)
    expect(child).toMatchObject({ kind: 'INTERACTION', status: 'COMPLETED', interaction: null });
  expect(children.find(({ model }) => model === 'b')?.evaluation).toEqual({ selected: true });

  // Clients of Composable know runs of interactions only.
  const call = createRestCaller(gateway, '/api/v1');
  expect(await call('POST', '/runs/find', { body: {} })).toMatchObject({ status: 200, body: [] });
  expect(await call('GET', '/runs')).toMatchObject({ status: 200 });
});
