import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { graphql } from '../generated/gql.ts';
import type { ExecuteInput, InteractionInput } from '../generated/graphql.ts';
import { startTestGateway, type TestGateway } from '../support/gateway.ts';
import { completion, type OpenaiServer, startOpenaiServer } from '../support/openai-server.ts';
import { createWorld, expectType } from '../support/operations.ts';
import { createRunOperations } from '../support/run-operations.ts';

const executeCached = graphql(`
  mutation ExecuteCached($input: ExecuteInput!) {
    execute(input: $input) {
      __typename
      ... on InteractionRun { id status result isCached cost tokenUse { total } attempts { model } }
    }
  }
`);
const childrenOfCached = graphql(`
  query ChildrenOfCached($id: ID!) {
    run(id: $id) { children { nodes { id status result isCached source { type } attempts { model } } } }
  }
`);
const recordPayloads = graphql(`
  mutation RecordPayloadsOfCached($id: ID!, $input: ProjectInput!) {
    updateProject(id: $id, input: $input) { __typename }
  }
`);
const projectOfCached = graphql(`query ProjectOfCached { viewer { project { id } } }`);
const renameEnvironment = graphql(`
  mutation RenameEnvironmentOfCached($id: ID!, $input: EnvironmentInput!) {
    updateEnvironment(id: $id, input: $input) { __typename }
  }
`);

let gateway: TestGateway;
let server: OpenaiServer;
let world: Awaited<ReturnType<typeof createWorld>>;
let runs: ReturnType<typeof createRunOperations>;
/** How often the model was called; every answer has its number. */
let calls = 0;
let isDown = false;

beforeAll(async () => {
  gateway = await startTestGateway();
  server = await startOpenaiServer();
  server.always((request) => {
    if (isDown) return request.json(500, { error: { message: 'down' } });
    calls += 1;
    const content = JSON.stringify(request.body).includes('json_schema') ? `{"color":"${calls}"}` : `answer ${calls}`;
    request.json(200, completion(content));
  });
  const environment = { provider: 'openai_compatible', endpoint: server.url, defaultModel: 'm-1' };
  world = await createWorld(gateway, { environment });
  runs = createRunOperations(gateway);
});
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});
beforeEach(() => {
  calls = 0;
});

let count = 0;
/** An interaction with a prompt of its own, so that no other test's results are its. */
async function createCached(input: InteractionInput) {
  count += 1;
  const content = `Number ${count}: what color is the {{ object }}?`;
  const { id: promptId } = expectType(await world.createPrompt({ name: 'Cached', content }), 'Prompt');
  const interaction = { name: `Cached${count}`, promptIds: [promptId], environmentId: world.environment.id, ...input };
  const { id } = expectType(await world.createInteraction(interaction), 'Interaction');
  return async (more: Partial<ExecuteInput> = {}) => {
    const variables = { input: { interactionId: id, data: { object: 'car' }, ...more } };
    return expectType((await gateway.query(executeCached, variables)).execute, 'InteractionRun');
  };
}

test('the same question has the same answer, which is a run of its own and costs nothing', async () => {
  const execute = await createCached({ cachePolicy: 'CACHE' });
  const first = await execute();
  expect(first).toMatchObject({ status: 'COMPLETED', result: 'answer 1', isCached: false, attempts: [{}] });
  const second = await execute();
  expect(second).toMatchObject({ status: 'COMPLETED', result: 'answer 1', isCached: true, attempts: [] });
  expect(second).toMatchObject({ cost: 0, tokenUse: { total: 0 } });
  expect(second.id).not.toBe(first.id);
  expect(calls).toBe(1);
});

test('without a policy everything is asked anew', async () => {
  const execute = await createCached({});
  for (const result of ['answer 1', 'answer 2']) expect(await execute()).toMatchObject({ result, isCached: false });
});

test('everything that the model is given belongs to the question', async () => {
  const execute = await createCached({ cachePolicy: 'CACHE' });
  const resultSchema = { type: 'object', properties: { color: { type: 'string' } }, required: ['color'] };
  const questions = [
    {},
    { data: { object: 'bus' } },
    { config: { model: 'm-2' } },
    { config: { temperature: 0 } },
    { config: { options: { top_k: 1 } } },
    { resultSchema },
  ];
  const results = [];
  for (const question of questions) results.push((await execute(question)).result);
  expect(calls).toBe(questions.length);
  expect(new Set(results.map((result) => JSON.stringify(result))).size).toBe(questions.length);
  for (const [index, question] of questions.entries()) {
    expect(await execute(question)).toMatchObject({ result: results[index], isCached: true });
  }
  // Where it is asked, too.
  const { id } = world.environment;
  await gateway.query(renameEnvironment, { id, input: { description: 'changed' } });
  expect(await execute()).toMatchObject({ isCached: false });
});

test('a hit streams its text', async () => {
  const execute = await createCached({ cachePolicy: 'CACHE' });
  await execute();
  const { id } = await execute({ stream: true });
  expect(await Array.fromAsync(runs.followRun(id))).toMatchObject([
    { text: 'answer 1' },
    { run: { status: 'COMPLETED', result: 'answer 1' } },
  ]);
  expect(calls).toBe(1);
});

test('a result is fresh for ttlSeconds', async () => {
  const execute = await createCached({ cachePolicy: 'CACHE', ttlSeconds: 1 });
  expect(await execute()).toMatchObject({ result: 'answer 1' });
  expect(await execute()).toMatchObject({ isCached: true });
  await expect.poll(async () => (await execute()).result, { interval: 100, timeout: 5_000 }).toBe('answer 2');
});

test('a result goes with the run that made it', async () => {
  const execute = await createCached({ cachePolicy: 'CACHE' });
  const { id } = await execute();
  const hit = await execute();
  await runs.deleteRun(hit.id);
  expect(await execute()).toMatchObject({ isCached: true });
  await runs.deleteRun(id);
  expect(await execute()).toMatchObject({ status: 'COMPLETED', isCached: false });
});

test('failures are not kept, and a retry asks again', async () => {
  const execute = await createCached({ cachePolicy: 'CACHE' });
  isDown = true;
  expect(await execute()).toMatchObject({ status: 'FAILED', isCached: false });
  isDown = false;
  const first = await execute();
  expect(first).toMatchObject({ status: 'COMPLETED', isCached: false });
  const retried = expectType(await runs.retryRun(first.id), 'RunPayload');
  expect(retried.run.result).not.toBe(first.result);
});

test('with recordPayloads METADATA nothing is kept, and nothing used', async () => {
  const execute = await createCached({ cachePolicy: 'CACHE' });
  await execute();
  const { id } = (await gateway.query(projectOfCached, {})).viewer.project;
  await gateway.query(recordPayloads, { id, input: { recordPayloads: 'METADATA' } });
  try {
    expect(await execute()).toMatchObject({ result: 'answer 2', isCached: false });
  } finally {
    await gateway.query(recordPayloads, { id, input: { recordPayloads: 'ALL' } });
  }
  expect(await execute()).toMatchObject({ result: 'answer 1', isCached: true });
});

// Last, for what it asks behind may come late.
test('CACHE_AND_REFRESH answers at once and asks again behind it, as a child run', async () => {
  const execute = await createCached({ cachePolicy: 'CACHE_AND_REFRESH' });
  await execute();
  const hit = await execute();
  expect(hit).toMatchObject({ result: 'answer 1', isCached: true });
  const children = async () => (await gateway.query(childrenOfCached, { id: hit.id })).run?.children.nodes ?? [];
  const refresh = {
    status: 'COMPLETED',
    result: 'answer 2',
    isCached: false,
    source: { type: 'SYSTEM' },
    attempts: [{}],
  };
  await expect.poll(children).toMatchObject([refresh]);
  await expect.poll(async () => (await execute()).result).toBe('answer 2');
});
