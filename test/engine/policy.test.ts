import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { graphql } from '../generated/gql.ts';
import type { EnvironmentInput } from '../generated/graphql.ts';
import { startTestGateway, type TestGateway } from '../support/gateway.ts';
import { completion, type OpenaiServer, type ReceivedRequest, startOpenaiServer } from '../support/openai-server.ts';
import { createWorld, expectType } from '../support/operations.ts';
import { createRunOperations } from '../support/run-operations.ts';

let gateway: TestGateway;
let server: OpenaiServer;
let second: OpenaiServer;
let world: Awaited<ReturnType<typeof createWorld>>;
let runs: ReturnType<typeof createRunOperations>;

beforeAll(async () => {
  gateway = await startTestGateway();
  [server, second] = await Promise.all([startOpenaiServer(), startOpenaiServer()]);
  world = await createWorld(gateway);
  runs = createRunOperations(gateway);
});
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
  await second[Symbol.asyncDispose]();
});

let seen = 0;
beforeEach(() => {
  seen = server.requests.length;
  second.always((request) => request.json(200, completion('second')));
});

const environmentOf = (endpoint: string, policy: EnvironmentInput['policy'], more = {}) =>
  world.createEnvironment({
    name: 'with a policy',
    provider: 'openai_compatible',
    endpoint,
    defaultModel: 'm-1',
    policy,
    ...more,
  });
/** An environment on the first server. */
const createEnvironment = async (policy: EnvironmentInput['policy']) =>
  expectType(await environmentOf(server.url, policy), 'Environment').id;
const createFallback = async (policy: EnvironmentInput['policy'] = null) =>
  expectType(await environmentOf(second.url, policy, { name: 'second', defaultModel: 'm-2' }), 'Environment').id;
const execute = async (environmentId: string, more = {}) => {
  const config = { environmentId };
  const input = { interactionId: world.interaction.id, data: { object: 'car' }, config, ...more };
  return expectType(await world.execute(input), 'InteractionRun');
};
/** Answers the first requests one by one, and all further ones as the last. */
const answer = (...answers: ((request: ReceivedRequest) => void)[]) => {
  let count = 0;
  server.always((request) => {
    const current = answers[Math.min(count, answers.length - 1)];
    count += 1;
    current?.(request);
  });
};
const refuse =
  (status: number, headers: Readonly<Record<string, string>> = {}) =>
  (request: ReceivedRequest) =>
    request.json(status, { error: { message: 'no' } }, headers);
const succeed = (request: ReceivedRequest) => request.json(200, completion('first'));
const stall = () => undefined;
const retryFast = { maxRetries: 3, retryDelayMs: 5 };

describe('retries', () => {
  test('of what may pass, each an attempt on the run', async () => {
    answer(refuse(503), refuse(500), succeed);
    const run = await execute(await createEnvironment(retryFast));
    expect(run).toMatchObject({ status: 'COMPLETED', result: 'first', error: null });
    const failed = { provider: 'openai_compatible', model: 'm-1', tokenUse: null, error: { code: 'provider_error' } };
    expect(run.attempts).toMatchObject([failed, failed, { tokenUse: { total: 18 }, error: null }]);
  });

  test('as many as the policy says, then the last failure', async () => {
    answer(refuse(500), refuse(503));
    const run = await execute(await createEnvironment(retryFast));
    expect(run).toMatchObject({ status: 'FAILED', error: { code: 'provider_error', isRetryable: true } });
    expect(run.attempts).toHaveLength(4);
  });

  test('none of what would fail again, and none without a policy', async () => {
    answer(refuse(400));
    expect((await execute(await createEnvironment(retryFast))).attempts).toHaveLength(1);
    answer(refuse(500));
    expect((await execute(await createEnvironment(null))).attempts).toHaveLength(1);
  });

  test('not before Retry-After', async () => {
    answer(refuse(429, { 'retry-after': '1' }), succeed);
    const run = await execute(await createEnvironment(retryFast));
    expect(run.attempts).toMatchObject([{ error: { code: 'rate_limited' } }, { error: null }]);
    expect(run.executionTimeMs).toBeGreaterThanOrEqual(1000);
  });

  test('none where Retry-After lies beyond the deadline: it fails at once', async () => {
    answer(refuse(429, { 'retry-after': '60' }));
    const run = await execute(await createEnvironment({ ...retryFast, runTimeoutMs: 10_000 }));
    expect(run).toMatchObject({ status: 'FAILED', error: { code: 'rate_limited' } });
    expect(run.executionTimeMs).toBeLessThan(5_000);
  });

  test('none once a part of the answer was delivered', async () => {
    answer((request) => {
      request.chunk('one ');
      setImmediate(() => request.cut());
    });
    const fallbacks = [{ environment: await createFallback() }];
    const { id } = await execute(await createEnvironment({ ...retryFast, fallbacks }), { stream: true });
    const events = await Array.fromAsync(runs.followRun(id));
    expect(events).toMatchObject([{ text: 'one ' }, { run: { status: 'FAILED', error: { code: 'provider_error' } } }]);
    expect(server.requests.length).toBe(seen + 1);
  });

  test('of a blocking execution even so: nobody has seen it', async () => {
    answer((request) => {
      request.chunk('one ');
      setImmediate(() => request.cut());
    }, succeed);
    expect(await execute(await createEnvironment(retryFast))).toMatchObject({ status: 'COMPLETED', result: 'first' });
  });
});

describe('timeouts', () => {
  test('the one in all is over all tries and the time between them', async () => {
    answer(stall);
    const run = await execute(
      await createEnvironment({ maxRetries: 10, retryDelayMs: 1, firstChunkTimeoutMs: 40, runTimeoutMs: 300 }),
    );
    expect(run).toMatchObject({ status: 'FAILED', error: { code: 'timeout' } });
    expect(run.attempts.length).toBeGreaterThan(1);
    expect(run.executionTimeMs).toBeLessThan(5_000);
    for (const request of server.requests.slice(seen)) await request.closed;
  });

  test('until the connection stands, which with TLS is after the handshake', async () => {
    const silent = createServer(() => undefined);
    silent.listen(0, '127.0.0.1');
    await once(silent, 'listening');
    // It listens on a port, so it has one.
    const { port } = silent.address() as AddressInfo;
    const created = await environmentOf(`https://127.0.0.1:${port}/v1`, { connectTimeoutMs: 100 });
    const run = await execute(expectType(created, 'Environment').id);
    expect(run.error).toMatchObject({ code: 'provider_error', message: expect.stringMatching(/connect timeout/i) });
    silent.close();
  });
});

describe('fallbacks', () => {
  test('are asked where the environment fails for good, and the run says so', async () => {
    answer(refuse(401));
    const fallback = await createFallback();
    const id = await createEnvironment({ fallbacks: [{ environment: fallback, model: 'm-other' }] });
    const run = await execute(id);
    expect(run).toMatchObject({ status: 'COMPLETED', result: 'second', model: 'm-1', environment: { id } });
    expect(run.attempts).toMatchObject([
      { environment: { id }, model: 'm-1', error: { code: 'authentication_error' } },
      { environment: { id: fallback }, model: 'm-other', error: null },
    ]);
    expect(run.warnings).toContainEqual(expect.stringContaining("m-other's in environment second"));
    expect(second.requests.at(-1)?.body).toMatchObject({ model: 'm-other' });
  });

  test('in a stream too, as long as nothing was delivered', async () => {
    answer(refuse(503));
    second.always((request) => {
      request.chunk('from the ');
      request.chunk('second');
      request.done();
    });
    const id = await createEnvironment({ ...retryFast, fallbacks: [{ environment: await createFallback() }] });
    const events = await Array.fromAsync(runs.followRun((await execute(id, { stream: true })).id));
    expect(events).toMatchObject([{ text: 'from the ' }, { text: 'second' }, { run: { status: 'COMPLETED' } }]);
  });

  test('fail over no further, and their failure is the last word', async () => {
    answer(refuse(503));
    second.always(refuse(500));
    const back = await createFallback({ fallbacks: [{ environment: world.environment.id }] });
    const run = await execute(await createEnvironment({ fallbacks: [{ environment: back }] }));
    expect(run).toMatchObject({ status: 'FAILED', error: { message: expect.stringContaining('500') } });
    expect(run.attempts).toHaveLength(2);
  });
});

describe('limits', () => {
  test('of calls at the same time: the next one waits for its turn', async () => {
    const free = Promise.withResolvers<void>();
    answer((request) => void free.promise.then(() => succeed(request)), succeed);
    const id = await createEnvironment({ concurrency: 1 });
    const first = execute(id);
    await expect.poll(() => server.requests.length).toBe(seen + 1);
    const next = [execute(id), execute(id)];
    await expect.poll(async () => (await runs.listRuns({ status: ['PROCESSING'] })).nodes).toHaveLength(3);
    expect(server.requests.length).toBe(seen + 1);
    free.resolve();
    for (const run of await Promise.all([first, ...next])) expect(run.status).toBe('COMPLETED');
    expect(server.requests.length).toBe(seen + 3);
  });

  test('of requests a minute: what would wait beyond its deadline fails at once, unless there is a fallback', async () => {
    answer(succeed);
    const policy = { requestsPerMinute: 2, runTimeoutMs: 5_000 };
    const id = await createEnvironment(policy);
    for (const _ of [1, 2]) expect((await execute(id)).status).toBe('COMPLETED');
    const run = await execute(id);
    const error = { code: 'rate_limited', message: expect.stringContaining('with a policy'), isRetryable: true };
    expect(run).toMatchObject({
      status: 'FAILED',
      error,
      attempts: [{ model: 'm-1', error: { code: 'rate_limited' } }],
    });
    expect(run.executionTimeMs).toBeLessThan(4_000);
    expect(server.requests.length).toBe(seen + 2);
  });

  test('of tokens a minute, as providers count them', async () => {
    answer(succeed);
    const id = await createEnvironment({
      tokensPerMinute: 20,
      runTimeoutMs: 5_000,
      fallbacks: [{ environment: await createFallback() }],
    });
    const results = [];
    for (const _ of [1, 2, 3]) results.push((await execute(id)).result);
    expect(results).toEqual(['first', 'first', 'second']);
  });
});

const deleteEnvironmentMutation = graphql(`
  mutation DeleteEnvironmentOfPolicy($id: ID!) {
    deleteEnvironment(id: $id) { __typename ... on Error { message } }
  }
`);

describe('a policy', () => {
  test('keeps the environments that it names from being deleted', async () => {
    const id = await createFallback();
    const user = await createEnvironment({ fallbacks: [{ environment: id }] });
    const remove = async (one: string) =>
      (await gateway.query(deleteEnvironmentMutation, { id: one })).deleteEnvironment;
    const message = `The environment is used by environment with a policy (${user})`;
    expect(await remove(id)).toEqual({ __typename: 'ConflictError', message });
    expect(await remove(user)).toEqual({ __typename: 'DeletedPayload' });
    expect(await remove(id)).toEqual({ __typename: 'DeletedPayload' });
  });

  test('that is wrong is refused with every place and what is allowed', async () => {
    const policy = {
      maxRetries: 11,
      concurrency: 0,
      runTimeoutMs: 1.5,
      fallbacks: [{ environment: 'x' }],
      nonsense: 1,
    };
    const { issues } = expectType(await environmentOf(server.url, policy), 'ValidationError');
    expect(issues).toEqual([
      { path: '/policy/runTimeoutMs', message: 'must be a whole number' },
      { path: '/policy/maxRetries', message: 'must be at most 10' },
      { path: '/policy/concurrency', message: 'must be at least 1' },
      { path: '/policy/fallbacks/0/environment', message: 'must be an id: 24 hexadecimal digits' },
      { path: '/policy', message: expect.stringContaining('nonsense') },
    ]);
  });

  test('names environments that are there, with a model that may be used', async () => {
    const missing = '0123456789abcdef01234567';
    const created = await environmentOf(second.url, null, {
      defaultModel: null,
      enabledModels: ['a', 'b'],
      name: 'ab',
    });
    const { id } = expectType(created, 'Environment');
    const fallbacks = [{ environment: missing }, { environment: id }, { environment: id, model: 'c' }];
    const { issues } = expectType(await environmentOf(server.url, { fallbacks }), 'ValidationError');
    expect(issues).toEqual([
      { path: '/policy/fallbacks/0/environment', message: `there is no environment ${missing}` },
      { path: '/policy/fallbacks/1/model', message: 'is required: environment ab has no default model' },
      {
        path: '/policy/fallbacks/2/model',
        message: 'c is not enabled in environment ab; allowed are a, b',
      },
    ]);
  });
});
