import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { graphql } from '../generated/gql.ts';
import type { BudgetInput, ExecuteInput, PriceInput } from '../generated/graphql.ts';
import { startTestGateway, type TestGateway } from '../support/gateway.ts';
import { completion, type OpenaiServer, startOpenaiServer } from '../support/openai-server.ts';
import { createWorld, expectType } from '../support/operations.ts';
import { createRunOperations } from '../support/run-operations.ts';

const updateProjectMutation = graphql(`
  mutation UpdatePrices($id: ID!, $input: ProjectInput!) {
    updateProject(id: $id, input: $input) {
      __typename
      ... on Project {
        prices { model prompt result }
        budget {
          tokensPerDay tokensPerMonth costPerDay costPerMonth
          usedToday { tokens cost }
          usedThisMonth { tokens cost }
        }
      }
      ... on ValidationError { issues { path message } }
    }
  }
`);
const updateKeyMutation = graphql(`
  mutation UpdateBudgetOfKey($id: ID!, $budget: BudgetInput) {
    updateApiKey(id: $id, budget: $budget) {
      __typename
      ... on ApiKey { budget { tokensPerDay costPerMonth usedToday { tokens } } }
    }
  }
`);
const executeForCost = graphql(`
  mutation ExecuteForCost($input: ExecuteInput!) {
    execute(input: $input) {
      __typename
      ... on InteractionRun { id status cost attempts { cost } error { code message } }
      ... on RateLimitedError { message retryAfterMs }
    }
  }
`);
const embedForBudget = graphql(`
  mutation EmbedForBudget($id: ID!, $texts: [String!]!) {
    embed(environmentId: $id, texts: $texts) { __typename ... on Embeddings { tokens } }
  }
`);
const viewerQuery = graphql(`query ViewerOfBudget { viewer { project { id } } }`);
const searchByCost = graphql(`query SearchByCost($search: String) { runs(search: $search) { totalCount } }`);

let gateway: TestGateway;
let other: TestGateway;
let server: OpenaiServer;
let world: Awaited<ReturnType<typeof createWorld>>;
let runs: ReturnType<typeof createRunOperations>;
let projectId: string;

beforeAll(async () => {
  gateway = await startTestGateway();
  other = await startTestGateway({}, { beside: gateway });
  server = await startOpenaiServer();
  server.always((request) => request.json(200, completion('Blue.')));
  const environment = { provider: 'openai_compatible', endpoint: server.url, defaultModel: 'm-1' };
  world = await createWorld(gateway, { environment });
  runs = createRunOperations(gateway);
  projectId = (await gateway.query(viewerQuery, {})).viewer.project.id;
});
afterAll(async () => {
  await other[Symbol.asyncDispose]();
  await gateway[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});

const updateProject = async (input: { prices?: PriceInput[]; budget?: BudgetInput | null }) =>
  (await gateway.query(updateProjectMutation, { id: projectId, input })).updateProject;
const createKey = async (budget: BudgetInput) => {
  const created = await world.createApiKey({ name: 'with a budget', role: 'EXECUTOR', budget });
  const { secret, apiKey } = expectType(created, 'CreatedApiKey');
  return { key: secret, id: apiKey.id };
};
const execute = async (more: Partial<ExecuteInput> = {}, key = gateway.key, at = gateway) => {
  const input = { interactionId: world.interaction.id, data: { object: 'car' }, ...more };
  return (await at.query(executeForCost, { input }, { key })).execute;
};

describe('prices', () => {
  test('make the cost of attempts and runs; the longest name holds', async () => {
    expect(await execute()).toMatchObject({ status: 'COMPLETED', cost: null, attempts: [{ cost: null }] });
    const prices = [
      { model: 'm-*', prompt: 1, result: 1 },
      { model: 'm-1', prompt: 2, result: 10 },
      { model: 'm-1*', prompt: 3, result: 3 },
    ];
    expect(await updateProject({ prices })).toMatchObject({ prices });
    // 11 and 7 tokens.
    expect(await execute()).toMatchObject({ cost: 0.000092, attempts: [{ cost: 0.000092 }] });
    expect(await execute({ config: { model: 'm-11' } })).toMatchObject({ cost: 0.000054 });
    expect(await execute({ config: { model: 'other' } })).toMatchObject({ cost: null });
    expect((await gateway.query(searchByCost, { search: 'cost:>0.00006' })).runs.totalCount).toBe(1);
  });

  test('are read with every issue', async () => {
    const prices = [
      { model: 'a', prompt: -1, result: 1 },
      { model: 'a', prompt: 1, result: 1 },
      { model: 'a*b', prompt: 1, result: 1 },
    ];
    expect(await updateProject({ prices })).toMatchObject({
      issues: [
        { path: '/prices/0/prompt', message: 'must be at least 0' },
        { path: '/prices/2/model', message: 'may have one *, at the end' },
        { path: '/prices/1/model', message: 'a has a price already' },
      ],
    });
  });
});

describe('the budget of a key', () => {
  test('refuses what comes after it is used up, before anything is recorded or called', async () => {
    const { key, id } = await createKey({ tokensPerDay: 30 });
    for (const _ of [1, 2]) expect(await execute({}, key)).toMatchObject({ status: 'COMPLETED' });
    const before = { requests: server.requests.length, runs: (await runs.listRuns()).totalCount };
    const refused = expectType(await execute({}, key), 'RateLimitedError');
    expect(refused.message).toMatch(
      /^The budget of the key, 30 tokens a day, is used up until 2\d{3}-.*T00:00:00.000Z$/,
    );
    expect(refused.retryAfterMs).toBeGreaterThan(0);
    expect(refused.retryAfterMs).toBeLessThanOrEqual(86_400_000);
    expect({ requests: server.requests.length, runs: (await runs.listRuns()).totalCount }).toEqual(before);
    expect(await execute()).toMatchObject({ status: 'COMPLETED' });

    const updated = await gateway.query(updateKeyMutation, { id, budget: { tokensPerDay: 100, costPerMonth: 1 } });
    const budget = { tokensPerDay: 100, costPerMonth: 1, usedToday: { tokens: 36 } };
    expect(updated.updateApiKey).toMatchObject({ budget });
    expect(await execute({}, key)).toMatchObject({ status: 'COMPLETED' });
    expect((await gateway.query(updateKeyMutation, { id, budget: null })).updateApiKey).toMatchObject({ budget: null });
  });

  test('counts embeddings too', async () => {
    const { key } = await createKey({ tokensPerDay: 2 });
    const test = { name: 'embeds', provider: 'test', defaultModel: 'test-echo' };
    const { id } = expectType(await world.createEnvironment(test), 'Environment');
    const embed = async () => (await gateway.query(embedForBudget, { id, texts: ['two words'] }, { key })).embed;
    expect(await embed()).toMatchObject({ __typename: 'Embeddings', tokens: 2 });
    expect(await embed()).toMatchObject({ __typename: 'RateLimitedError' });
  });

  test('ends a run that was created before it was used up, without a call', async () => {
    const { key } = await createKey({ tokensPerMonth: 10 });
    const { id } = expectType(await execute({ stream: true }, key), 'InteractionRun');
    expect(await execute({}, key)).toMatchObject({ status: 'COMPLETED' });
    const before = server.requests.length;
    const events = await Array.fromAsync(runs.followRun(id, undefined, { key }));
    const error = { code: 'rate_limited', message: expect.stringContaining('10 tokens a month') };
    expect(events).toMatchObject([{ run: { status: 'FAILED', error } }]);
    expect(server.requests.length).toBe(before);
  });
});

describe('the budget of a project', () => {
  test('counts every call of every process once', async () => {
    const budget = { tokensPerDay: null, tokensPerMonth: 1e9, costPerDay: 1, costPerMonth: null };
    expect(await updateProject({ prices: [{ model: 'm-1', prompt: 1, result: 1 }], budget })).toMatchObject({
      budget: { ...budget, usedToday: { tokens: 0 } },
    });
    // The other process knows of the budget after five seconds at most; it has read nothing yet.
    const all = [gateway, other].flatMap((at) => Array.from({ length: 8 }, () => execute({}, gateway.key, at)));
    for (const run of await Promise.all(all)) expect(run).toMatchObject({ status: 'COMPLETED' });
    const used = { tokens: 16 * 18, cost: expect.closeTo(16 * 0.000018, 10) };
    expect(await updateProject({})).toMatchObject({ budget: { usedToday: used, usedThisMonth: used } });

    await updateProject({ budget: { costPerDay: 0.0001 } });
    expect(await execute()).toMatchObject({ message: expect.stringContaining('project, 0.0001 a day') });
    await updateProject({ budget: null });
    expect(await execute()).toMatchObject({ status: 'COMPLETED' });
  });
});
