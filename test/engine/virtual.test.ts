import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { graphql } from '../generated/gql.ts';
import type { EnvironmentInput, ExecuteInput } from '../generated/graphql.ts';
import { startTestGateway, type TestGateway } from '../support/gateway.ts';
import { completion, type OpenaiServer, type ReceivedRequest, startOpenaiServer } from '../support/openai-server.ts';
import { createWorld, expectType } from '../support/operations.ts';
import { createRunOperations } from '../support/run-operations.ts';

const childrenQuery = graphql(`
  query ChildrenOfRun($id: ID!, $search: String) {
    runs(filter: { parent: [$id] }, search: $search) {
      nodes {
        id name kind status result model
        parent { id }
        environment { id }
        evaluation { score selected scores { model score environment { id } } }
        attempts { model }
      }
    }
  }
`);

let gateway: TestGateway;
let server: OpenaiServer;
let world: Awaited<ReturnType<typeof createWorld>>;
let runs: ReturnType<typeof createRunOperations>;
/** What each model does with a request. */
let models: Record<string, (request: ReceivedRequest) => void> = {};
/** An environment with a model of the same name for each of these. */
const ids: Record<string, string> = {};

const say = (text: string) => (request: ReceivedRequest) => request.json(200, completion(text));
const fail = (request: ReceivedRequest) => request.json(503, { error: { message: 'no' } });
const create = (input: EnvironmentInput) => world.createEnvironment({ name: input.provider ?? '', ...input });

beforeAll(async () => {
  gateway = await startTestGateway();
  server = await startOpenaiServer();
  server.always((request) => models[String(request.body?.model)]?.(request));
  world = await createWorld(gateway);
  runs = createRunOperations(gateway);
  for (const name of ['a', 'b', 'c', 'judge']) {
    const environment = { provider: 'openai_compatible', endpoint: server.url, defaultModel: name };
    ids[name] = expectType(await create({ name, ...environment }), 'Environment').id;
  }
});
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});
beforeEach(() => {
  models = {};
});

const member = (name: string, more = {}) => ({ environment: ids[name] ?? '', ...more });
const createVirtual = async (provider: string, policy: EnvironmentInput['policy']) =>
  expectType(await create({ provider, policy }), 'Environment').id;
const execute = async (environmentId: string, more: Partial<ExecuteInput> = {}) => {
  const config = { environmentId };
  const input = { interactionId: world.interaction.id, data: { object: 'car' }, config, ...more };
  return expectType(await world.execute(input), 'InteractionRun');
};
const findChildren = async (id: string, search?: string) =>
  (await gateway.query(childrenQuery, { id, search })).runs.nodes;

describe('virtual_lb', () => {
  test('spreads calls by weight; weight 0 is the last resort', async () => {
    models = { a: say('from a'), b: say('from b'), c: say('from c') };
    const id = await createVirtual('virtual_lb', { members: [member('a'), member('b'), member('c', { weight: 0 })] });
    const results = [];
    for (let count = 0; count < 30; count += 1) results.push((await execute(id)).result);
    // The chance that one of two has nothing of thirty is one in half a billion.
    expect(new Set(results)).toEqual(new Set(['from a', 'from b']));
  });

  test('asks another member where one fails; the run says where it ran', async () => {
    models = { a: fail, b: say('from b') };
    const id = await createVirtual('virtual_lb', {
      members: [member('a', { weight: 1000 }), member('b', { weight: 0 })],
    });
    const run = await execute(id);
    expect(run).toMatchObject({ status: 'COMPLETED', result: 'from b', model: 'virtual_lb', environment: { id } });
    expect(run.attempts).toMatchObject([
      { environment: { id: ids.a }, model: 'a', error: { code: 'provider_error' } },
      { environment: { id: ids.b }, model: 'b', error: null },
    ]);
  });

  test('asks nobody else without failover, or once a part of the answer was delivered', async () => {
    models = { a: fail, b: say('from b') };
    const members = [member('a', { weight: 1000 }), member('b', { weight: 0 })];
    expect(await execute(await createVirtual('virtual_lb', { members, failover: false }))).toMatchObject({
      status: 'FAILED',
      attempts: [{ model: 'a' }],
    });
    models.a = (request) => {
      request.chunk('one ');
      setImmediate(() => request.cut());
    };
    const { id } = await execute(await createVirtual('virtual_lb', { members }), { stream: true });
    const events = await Array.fromAsync(runs.followRun(id));
    expect(events).toMatchObject([{ text: 'one ' }, { run: { status: 'FAILED' } }]);
  });

  test('leaves alone who fails again and again, and comes back with one call', async () => {
    const members = [member('a', { weight: 1000, model: 'frail' }), member('b', { weight: 0 })];
    models = { frail: fail, b: say('from b') };
    const id = await createVirtual('virtual_lb', { members, unhealthyAfter: 2, probeAfterMs: 400 });
    const called = async () => (await execute(id)).attempts.map(({ model }) => model);
    expect(await called()).toEqual(['frail', 'b']);
    expect(await called()).toEqual(['frail', 'b']);
    expect(await called()).toEqual(['b']);
    await expect.poll(called, { interval: 50 }).toEqual(['frail', 'b']);
    expect(await called()).toEqual(['b']);
    models.frail = say('well again');
    await expect.poll(called, { interval: 50 }).toEqual(['frail']);
    expect(await called()).toEqual(['frail']);
  });

  test('asks those that are left alone where there is nobody else, and fails as the last one did', async () => {
    models = { lame: fail };
    const members = [member('a', { model: 'lame' })];
    const id = await createVirtual('virtual_lb', { members, unhealthyAfter: 1 });
    for (const _ of [1, 2]) {
      expect(await execute(id)).toMatchObject({ status: 'FAILED', error: { code: 'provider_error' }, attempts: [{}] });
    }
    models.lame = say('again');
    expect(await execute(id)).toMatchObject({ status: 'COMPLETED' });
  });

  test('has limits of its own, of the tokens of all its members', async () => {
    models = { a: say('from a'), b: say('from b') };
    const id = await createVirtual('virtual_lb', {
      members: [member('a'), member('b')],
      tokensPerMinute: 20,
      runTimeoutMs: 9_000,
    });
    for (const _ of [1, 2]) expect(await execute(id)).toMatchObject({ status: 'COMPLETED', attempts: [{}] });
    expect(await execute(id)).toMatchObject({ status: 'FAILED', error: { code: 'rate_limited' } });
  });

  test('keeps the policies of its members, and may be one itself', async () => {
    let calls = 0;
    models = { b: (request) => (++calls < 3 ? fail(request) : say('at last')(request)) };
    const policy = { maxRetries: 2, retryDelayMs: 1 };
    const environment = { provider: 'openai_compatible', endpoint: server.url, defaultModel: 'b', policy };
    const patient = expectType(await create(environment), 'Environment').id;
    const inner = await createVirtual('virtual_lb', { members: [{ environment: patient }] });
    const outer = await createVirtual('virtual_lb', { members: [{ environment: inner }] });
    expect(await execute(outer)).toMatchObject({
      result: 'at last',
      attempts: [{}, {}, { environment: { id: patient } }],
    });
  });
});

describe('virtual_mediator', () => {
  const scores =
    (...values: number[]) =>
    (request: ReceivedRequest) =>
      say(JSON.stringify({ scores: values }))(request);

  test('has all members answer, and answers with what its mediators score best', async () => {
    models = { a: say('blue'), b: say('red'), judge: scores(3, 8) };
    const policy = { members: [member('a'), member('b')], mediators: [member('judge'), member('judge')] };
    const id = await createVirtual('virtual_mediator', policy);
    const run = await execute(id, { tags: ['mediated'] });
    expect(run).toMatchObject({ status: 'COMPLETED', result: 'red', environment: { id }, tokenUse: { total: 4 * 18 } });
    expect(run.attempts.map(({ model }) => model).toSorted()).toEqual(['a', 'b', 'judge', 'judge']);

    const children = await findChildren(run.id);
    expect(children).toHaveLength(4);
    const score = { model: 'judge', environment: { id: ids.judge } };
    expect(children.find(({ model }) => model === 'b')).toMatchObject({
      kind: 'INTERACTION',
      name: 'Color',
      status: 'COMPLETED',
      result: 'red',
      parent: { id: run.id },
      environment: { id: ids.b },
      attempts: [{ model: 'b' }],
      evaluation: {
        score: 8,
        selected: true,
        scores: [
          { ...score, score: 8 },
          { ...score, score: 8 },
        ],
      },
    });
    expect(children.find(({ model }) => model === 'a')?.evaluation).toMatchObject({ score: 3, selected: false });
    expect(children.find(({ model }) => model === 'judge')).toMatchObject({ name: 'Mediation', evaluation: null });
    expect(await findChildren(run.id, 'result:red')).toMatchObject([{ model: 'b' }]);
    const question = server.requests.findLast(({ body }) => body?.model === 'judge');
    expect(JSON.stringify(question?.body?.messages)).toContain('--- answer 2 ---');
  });

  test('streams the answer that was chosen, and JSON that fits the result schema', async () => {
    models = { a: say('{"color":"blue"}'), b: say('{"color":"red"}'), judge: scores(9, 1) };
    const policy = { members: [member('a'), member('b')], mediators: [member('judge')] };
    const resultSchema = { type: 'object', properties: { color: { type: 'string' } }, required: ['color'] };
    const { id } = await execute(await createVirtual('virtual_mediator', policy), { stream: true, resultSchema });
    expect(await Array.fromAsync(runs.followRun(id))).toMatchObject([
      { text: '{"color":"blue"}' },
      { run: { status: 'COMPLETED', result: { color: 'blue' } } },
    ]);
  });

  test('goes on without members that fail; a single answer is not judged', async () => {
    models = { a: fail, b: say('red') };
    const id = await createVirtual('virtual_mediator', { members: [member('a'), member('b')] });
    const run = await execute(id);
    expect(run).toMatchObject({ status: 'COMPLETED', result: 'red' });
    const children = await findChildren(run.id);
    expect(children.map(({ status, evaluation }) => ({ status, evaluation }))).toEqual(
      expect.arrayContaining([
        { status: 'FAILED', evaluation: null },
        { status: 'COMPLETED', evaluation: { score: null, selected: true, scores: [] } },
      ]),
    );
  });

  test('fails where nobody answers, or nobody judges', async () => {
    models = { a: fail, b: fail };
    const members = [member('a'), member('b')];
    const silent = await execute(await createVirtual('virtual_mediator', { members }));
    expect(silent).toMatchObject({ status: 'FAILED', error: { code: 'provider_error', isRetryable: true } });
    models = { a: say('blue'), b: say('red'), judge: fail };
    const unjudged = await execute(await createVirtual('virtual_mediator', { members, mediators: [member('judge')] }));
    expect(unjudged.error?.message).toContain('No mediator of environment');
  });
});

describe('at save', () => {
  const issuesOf = async (input: EnvironmentInput) => expectType(await create(input), 'ValidationError').issues;

  test('a policy goes with its provider', async () => {
    expect(await issuesOf({ provider: 'virtual_lb' })).toEqual([
      { path: '/policy/members', message: 'is required for provider virtual_lb' },
    ]);
    const policy = { members: [member('a')], mediators: [member('a')] };
    expect(await issuesOf({ provider: 'virtual_lb', policy })).toEqual([
      { path: '/policy/mediators', message: 'is for environments of the provider virtual_mediator only' },
    ]);
    expect(await issuesOf({ provider: 'test', policy: { members: [member('a')] } })).toEqual([
      { path: '/policy/members', message: 'is for environments of the provider virtual_lb or virtual_mediator only' },
    ]);
    const [issue] = await issuesOf({ provider: 'virtual_lb', policy: { members: [{ environment: world.prompt.id }] } });
    expect(issue).toMatchObject({
      path: '/policy/members/0/environment',
      message: expect.stringContaining('there is no'),
    });
  });

  const update = async (id: string, policy: EnvironmentInput['policy']) =>
    (await gateway.query(updateVirtualMutation, { id, input: { policy } })).updateEnvironment;

  test('virtual environments neither contain themselves nor lie too deep', async () => {
    const one = await createVirtual('virtual_lb', { members: [member('a')] });
    const two = await createVirtual('virtual_mediator', { members: [{ environment: one }] });
    expect(await update(one, { members: [{ environment: two }] })).toMatchObject({
      issues: [
        {
          path: '/policy/members',
          message: expect.stringMatching(/lead back.*virtual_lb → virtual_mediator → virtual_lb/),
        },
      ],
    });
    const three = await createVirtual('virtual_lb', { members: [{ environment: two }] });
    expect(await issuesOf({ provider: 'virtual_lb', policy: { members: [{ environment: three }] } })).toMatchObject([
      { path: '/policy/members', message: expect.stringContaining('at most 3 virtual environments') },
    ]);
    // Those above it become deeper, too.
    const other = await createVirtual('virtual_lb', { members: [member('b')] });
    expect(await update(one, { members: [{ environment: other }] })).toMatchObject({
      issues: [{ message: expect.stringContaining('at most 3 virtual environments') }],
    });
  });

  test('members and mediators are not deleted; its model stands for all of theirs', async () => {
    const environment = { provider: 'test', defaultModel: 'test-echo', name: 'member' };
    const id = expectType(await create(environment), 'Environment').id;
    const policy = { members: [member('a')], mediators: [{ environment: id }] };
    const virtual = await createVirtual('virtual_mediator', policy);
    const answer = await gateway.query(virtualModelsQuery, { id: virtual, member: id });
    expect(answer.environment?.models).toEqual([
      { id: 'virtual_mediator', name: 'virtual_mediator', provider: 'virtual_mediator' },
    ]);
    const { deleteEnvironment } = await gateway.query(deleteMemberMutation, { id });
    expect(deleteEnvironment).toMatchObject({ __typename: 'ConflictError' });
  });
});

const updateVirtualMutation = graphql(`
  mutation UpdateVirtualEnvironment($id: ID!, $input: EnvironmentInput!) {
    updateEnvironment(id: $id, input: $input) {
      __typename
      ... on ValidationError { issues { path message } }
    }
  }
`);
const deleteMemberMutation = graphql(`
  mutation DeleteMember($id: ID!) { deleteEnvironment(id: $id) { __typename } }
`);
const virtualModelsQuery = graphql(`
  query VirtualModels($id: ID!) { environment(id: $id) { models { id name provider } } }
`);
