import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { EnvironmentInput, ExecuteInput } from '../generated/graphql.ts';
import { startTestGateway, type TestGateway } from '../support/gateway.ts';
import { completion, type OpenaiServer, type ReceivedRequest, startOpenaiServer } from '../support/openai-server.ts';
import { createOperations, createWorld, expectType } from '../support/operations.ts';
import { createRunOperations } from '../support/run-operations.ts';

/** Wherever an execution is when it is cancelled or left: every socket to the provider is closed, and nothing is called any more. */

let gateway: TestGateway;
let server: OpenaiServer;
let world: Awaited<ReturnType<typeof createWorld>>;
let runs: ReturnType<typeof createRunOperations>;
/** What each model does with a request; the others stall. */
let models: Record<string, (request: ReceivedRequest) => void> = {};
/** An environment with a model of the same name for each of these. */
const ids: Record<string, string> = {};
let count = 0;

const create = async (input: EnvironmentInput) =>
  expectType(await world.createEnvironment({ name: 'sockets', ...input }), 'Environment').id;
const createPlain = (model: string, policy: EnvironmentInput['policy'] = null) =>
  create({ provider: 'openai_compatible', endpoint: server.url, defaultModel: model, policy });
const member = (name: string) => ({ environment: ids[name] ?? '' });
/** Answers are the last on their connection, so that each open socket is a call. */
const last = { connection: 'close' };
const fail = (request: ReceivedRequest) => request.json(503, { error: { message: 'no' } }, last);
const say = (text: string) => (request: ReceivedRequest) => request.json(200, completion(text), last);

beforeAll(async () => {
  gateway = await startTestGateway({ DISCONNECT_GRACE_MS: '100' });
  server = await startOpenaiServer();
  server.always((request) => models[String(request.body?.model)]?.(request));
  world = await createWorld(gateway);
  runs = createRunOperations(gateway);
  for (const name of ['a', 'b', 'c']) ids[name] = await createPlain(name);
});
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});
beforeEach(() => {
  models = {};
  count += 1;
});

const input = (environmentId: string, tag: string, more: Partial<ExecuteInput> = {}): ExecuteInput => ({
  interactionId: world.interaction.id,
  data: { object: 'car' },
  config: { environmentId },
  tags: [tag],
  ...more,
});

const findTagged = async (tag: string) => (await runs.listRuns({ tags: { any: [tag] }, isRoot: true })).nodes[0];

/** Where an execution can be when it ends: how to get it there, and how many sockets it has then. */
const places: Readonly<Record<string, { create(): Promise<string>; requests: number; open: number }>> = {
  'waits for a model': { create: async () => member('a').environment, requests: 1, open: 1 },
  'pauses before a retry': {
    create: () => {
      models.frail = fail;
      return createPlain('frail', { maxRetries: 3, retryDelayMs: 60_000, maxRetryDelayMs: 600_000 });
    },
    requests: 1,
    open: 0,
  },
  'waits for a fallback': {
    create: () => {
      models.frail = fail;
      return createPlain('frail', { fallbacks: [member('b')] });
    },
    requests: 2,
    open: 1,
  },
  'waits for a member of a load balancer': {
    create: () => {
      models.a = fail;
      return create({
        provider: 'virtual_lb',
        policy: {
          members: [
            { ...member('a'), weight: 1000 },
            { ...member('b'), weight: 0 },
          ],
        },
      });
    },
    requests: 2,
    open: 1,
  },
  'waits for the members of a mediator': {
    create: () =>
      create({ provider: 'virtual_mediator', policy: { members: [member('a'), member('b'), member('c')] } }),
    requests: 3,
    open: 3,
  },
  'waits for a mediator': {
    create: () => {
      models = { a: say('one'), b: say('two') };
      const policy = { members: [member('a'), member('b')], mediators: [member('c')] };
      return create({ provider: 'virtual_mediator', policy });
    },
    requests: 3,
    open: 1,
  },
};

/** How an execution can be ended. Each begins a run with the tag, and answers with what ends it. */
const ends: Readonly<Record<string, (environmentId: string, tag: string) => Promise<() => Promise<void>>>> = {
  'is cancelled': async (environmentId, tag) => {
    const answer = world.execute(input(environmentId, tag));
    return async () => {
      const run = await findTagged(tag);
      await runs.cancelRun(run?.id ?? '');
      expect(expectType(await answer, 'InteractionRun')).toMatchObject({ status: 'CANCELLED' });
    };
  },
  'is left by its caller': async (environmentId, tag) => {
    const query = 'mutation ($input: ExecuteInput!) { execute(input: $input) { __typename } }';
    return send(query, { input: input(environmentId, tag, { onDisconnect: 'CANCEL' }) }, 'application/json');
  },
  'is left by the reader of its stream': async (environmentId, tag) => {
    const created = await world.execute(input(environmentId, tag, { stream: true, onDisconnect: 'CANCEL' }));
    const { id } = expectType(created, 'InteractionRun');
    return send('subscription ($id: ID!) { runStream(id: $id) { __typename } }', { id }, 'text/event-stream');
  },
};

/** Sends an operation over a connection of its own; what it answers with cuts that. */
function send(query: string, variables: unknown, accept: string): () => Promise<void> {
  const leaving = new AbortController();
  const answer = fetch(`${gateway.url}/graphql`, {
    method: 'POST',
    headers: { authorization: `Bearer ${gateway.key}`, 'content-type': 'application/json', accept },
    body: JSON.stringify({ query, variables }),
    signal: leaving.signal,
  }).then((response) => response.text());
  return async () => {
    leaving.abort();
    await expect(answer).rejects.toThrow('aborted');
  };
}

const cases = Object.keys(places).flatMap((place) => Object.keys(ends).map((end) => [place, end] as const));

describe.each(cases)('a run that %s', (place, end) => {
  test(`and ${end} has no socket left`, async () => {
    const { requests, open, ...more } = places[place] ?? expect.unreachable();
    const begin = ends[end] ?? expect.unreachable();
    const tag = `sockets-${count}`;
    const before = server.requests.length;
    const finish = await begin(await more.create(), tag);
    await expect.poll(() => server.requests.length - before).toBe(requests);
    await expect.poll(() => server.openSockets()).toBe(open);
    await expect.poll(() => findTagged(tag)).toMatchObject({ status: 'PROCESSING' });

    await finish();
    await expect.poll(() => server.openSockets()).toBe(0);
    await expect.poll(() => findTagged(tag), { timeout: 5_000 }).toMatchObject({ status: 'CANCELLED' });
    const { nodes } = await runs.listRuns({ tags: { any: [tag] }, status: ['PROCESSING', 'CREATED'] });
    expect(nodes).toEqual([]);
    expect(server.requests.length - before).toBe(requests);
  });
});

describe.each(Object.keys(ends))('a run that waits for its turn and %s', (end) => {
  test('is never called, and the next one has its turn', async () => {
    const environmentId = await createPlain('busy', { concurrency: 1 });
    const tag = `sockets-${count}`;
    const holder = world.execute(input(environmentId, 'holder'));
    const before = server.requests.length;
    await expect.poll(() => server.requests.at(-1)?.body).toMatchObject({ model: 'busy' });
    const finish = await (ends[end] ?? expect.unreachable())(environmentId, tag);
    await expect.poll(() => findTagged(tag)).toMatchObject({ status: 'PROCESSING' });
    const next = world.execute(input(environmentId, 'next'));

    await finish();
    await expect.poll(() => findTagged(tag), { timeout: 5_000 }).toMatchObject({ status: 'CANCELLED' });
    expect(server.openSockets()).toBe(1);
    models.busy = say('next');
    const held = server.requests.findLast(({ body }) => body?.model === 'busy');
    held?.json(200, completion('first'), last);
    expect(expectType(await holder, 'InteractionRun')).toMatchObject({ result: 'first' });
    expect(expectType(await next, 'InteractionRun')).toMatchObject({ result: 'next' });
    expect(server.requests.length).toBeLessThanOrEqual(before + 2);
    await expect.poll(() => server.openSockets()).toBe(0);
  });
});

test('a gateway that shuts down leaves no socket of children behind, and every run has its end', async () => {
  const leaving = await startTestGateway({ SHUTDOWN_GRACE_MS: '0' }, { beside: gateway });
  const policy = { members: [member('a'), member('b')] };
  const environmentId = await create({ provider: 'virtual_mediator', policy });
  const answer = createOperations(leaving).execute(input(environmentId, 'leaving'));
  await expect.poll(() => server.openSockets()).toBe(2);
  await leaving[Symbol.asyncDispose]();
  expect(expectType(await answer, 'InteractionRun')).toMatchObject({
    status: 'FAILED',
    error: { code: 'interrupted' },
  });
  await expect.poll(() => server.openSockets()).toBe(0);
  const { nodes } = await runs.listRuns({ tags: { any: ['leaving'] } });
  expect(nodes.map(({ status }) => status)).toEqual(['FAILED', 'FAILED', 'FAILED']);
});
