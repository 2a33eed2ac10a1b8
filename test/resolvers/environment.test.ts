import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { graphql } from '../generated/gql.ts';
import type { EnvironmentInput } from '../generated/graphql.ts';
import { startTestGateway, type TestGateway } from '../support/gateway.ts';
import { completion, type OpenaiServer, startOpenaiServer } from '../support/openai-server.ts';
import { createWorld, expectType } from '../support/operations.ts';

const updateEnvironmentMutation = graphql(`
  mutation UpdateEnvironment($id: ID!, $input: EnvironmentInput!) {
    updateEnvironment(id: $id, input: $input) {
      __typename
      ... on Environment { id name endpoint hasCredentials enabledModels policy }
      ... on ValidationError { issues { path message } }
    }
  }
`);
const deleteEnvironmentMutation = graphql(`
  mutation DeleteEnvironment($id: ID!) {
    deleteEnvironment(id: $id) { __typename ... on Error { message } }
  }
`);
const modelsQuery = graphql(`
  query EnvironmentModels($id: ID!) { environment(id: $id) { models { id name provider streams } } }
`);
const runStream = graphql(`
  subscription EnvironmentRunStream($id: ID!) {
    runStream(id: $id) {
      __typename
      ... on RunChunk { text }
      ... on RunClosed { run { status result error { code isRetryable } warnings } }
    }
  }
`);

const credentials = 'sk-the-key-of-the-vendor';

let gateway: TestGateway;
let server: OpenaiServer;
let world: Awaited<ReturnType<typeof createWorld>>;

beforeAll(async () => {
  gateway = await startTestGateway();
  server = await startOpenaiServer();
  world = await createWorld(gateway, {
    environment: { provider: 'openai_compatible', endpoint: server.url, credentials, defaultModel: 'm-1' },
  });
});
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});

const update = async (id: string, input: EnvironmentInput) =>
  (await gateway.query(updateEnvironmentMutation, { id, input })).updateEnvironment;
const execute = (input = {}) =>
  world.execute({ interactionId: world.interaction.id, data: { object: 'car' }, ...input });
const resultSchema = { type: 'object', properties: { color: { type: 'string' } }, required: ['color'] };

describe('an execution on a model of its own', () => {
  test('blocking', async () => {
    server.always((request) => request.json(200, completion('Blue.')));
    const run = expectType(await execute(), 'InteractionRun');
    expect(run).toMatchObject({ status: 'COMPLETED', result: 'Blue.', tokenUse: { prompt: 11, result: 7, total: 18 } });
    const request = server.requests.at(-1);
    expect(request?.headers.authorization).toBe(`Bearer ${credentials}`);
    expect(request?.body).toMatchObject({
      model: 'm-1',
      temperature: 0.7,
      messages: [{ role: 'user', content: 'What color is the car?' }],
    });
  });

  test('streamed, chunk by chunk', async () => {
    server.always((request) => {
      request.chunk('Bl');
      request.chunk('ue');
      request.done();
    });
    const { id } = expectType(await execute({ stream: true }), 'InteractionRun');
    const events = await Array.fromAsync(gateway.subscribe(runStream, { id }));
    expect(events.map(({ runStream: event }) => event)).toMatchObject([
      { text: 'Bl' },
      { text: 'ue' },
      { run: { status: 'COMPLETED', result: 'Blue' } },
    ]);
  });

  test('a stream that is cut is a failed run, and its readers get what there was and the end', async () => {
    server.always((request) => {
      request.chunk('Bl');
      setImmediate(() => request.cut());
    });
    const { id } = expectType(await execute({ stream: true }), 'InteractionRun');
    const events = await Array.fromAsync(gateway.subscribe(runStream, { id }));
    expect(events.at(-1)?.runStream).toMatchObject({
      run: { status: 'FAILED', error: { code: 'provider_error', isRetryable: true } },
    });
  });

  test('a result that does not fit is asked for once more, with what was wrong', async () => {
    server.always((request) => {
      const messages = JSON.stringify(request.body?.messages);
      request.json(
        200,
        completion(messages.includes('does not fit') ? '```json\n{"color":"blue"}\n```' : '{"colour":"blue"}'),
      );
    });
    const before = server.requests.length;
    const run = expectType(await execute({ resultSchema }), 'InteractionRun');
    expect(run).toMatchObject({ status: 'COMPLETED', result: { color: 'blue' }, tokenUse: { total: 36 } });
    expect(run.attempts).toHaveLength(2);
    const [, second] = server.requests.slice(before);
    expect(second?.body?.messages).toMatchObject([
      { role: 'user' },
      { role: 'assistant', content: '{"colour":"blue"}' },
      { role: 'user', content: expect.stringContaining('/color: is required') },
    ]);
  });

  test('whose answer is prose where JSON was asked for fails, unless nobody validates', async () => {
    server.always((request) => request.json(200, completion('I think it is blue.')));
    expect(expectType(await execute({ resultSchema }), 'InteractionRun')).toMatchObject({
      status: 'FAILED',
      error: { code: 'validation_error' },
    });
    server.always((request) => request.json(200, completion('{"colour":"blue"}')));
    const loose = expectType(await execute({ resultSchema, config: { validate: false } }), 'InteractionRun');
    expect(loose).toMatchObject({ status: 'COMPLETED', result: { colour: 'blue' }, attempts: [{}] });
  });

  test.each([
    [429, 'rate_limited', true],
    [500, 'provider_error', true],
    [401, 'authentication_error', false],
  ])('that is answered with %i fails with code %s', async (status, code, isRetryable) => {
    server.always((request) =>
      request.json(status, { error: { message: `no, ${credentials}` } }, { 'retry-after': '3' }),
    );
    const run = expectType(await execute(), 'InteractionRun');
    expect(run).toMatchObject({ status: 'FAILED', error: { code, isRetryable }, attempts: [{ error: { code } }] });
    expect(JSON.stringify(run)).not.toContain(credentials);
  });

  test('that stalls ends at its deadline, and the socket is closed', async () => {
    const hasty = expectType(
      await world.createEnvironment({
        name: 'hasty',
        provider: 'openai_compatible',
        endpoint: server.url,
        defaultModel: 'm-1',
        policy: { firstChunkTimeoutMs: 100, chunkTimeoutMs: 100 },
      }),
      'Environment',
    );
    server.always(() => undefined);
    const before = server.requests.length;
    const run = expectType(await execute({ config: { environmentId: hasty.id } }), 'InteractionRun');
    expect(run).toMatchObject({ status: 'FAILED', error: { code: 'timeout', isRetryable: true } });
    await server.requests[before]?.closed;
  });
});

describe('credentials', () => {
  test('never come back', async () => {
    const everything = await gateway.send(
      graphql(`
        query EnvironmentSecrets { environments { id externalId name description provider endpoint hasCredentials policy } }
      `),
      {},
    );
    expect(JSON.stringify(everything.data)).not.toContain(credentials);
    expect(everything.data?.environments.find(({ id }) => id === world.environment.id)?.hasCredentials).toBe(true);
  });

  test('are cleared by another endpoint, unless they come along, and kept by any other change', async () => {
    const { id } = expectType(
      await world.createEnvironment({
        name: 'moving',
        provider: 'openai_compatible',
        endpoint: 'https://a.example/v1',
        credentials,
      }),
      'Environment',
    );
    expect(await update(id, { name: 'moved' })).toMatchObject({ name: 'moved', hasCredentials: true });
    expect(await update(id, { endpoint: 'https://b.example/v1' })).toMatchObject({ hasCredentials: false });
    expect(await update(id, { endpoint: 'https://c.example/v1', credentials })).toMatchObject({ hasCredentials: true });
    expect(await update(id, { provider: 'test' })).toMatchObject({ hasCredentials: false });
    expect(await update(id, { credentials })).toMatchObject({ hasCredentials: true });
    expect(await update(id, { credentials: null })).toMatchObject({ hasCredentials: false });
  });
});

test("models are the provider's, and of those the enabled ones", async () => {
  server.always((request) => request.json(200, { data: [{ id: 'm-1' }, { id: 'm-2' }] }));
  const models = async () =>
    (await gateway.query(modelsQuery, { id: world.environment.id })).environment?.models.map(({ id }) => id);
  expect(await models()).toEqual(['m-1', 'm-2']);
  await update(world.environment.id, { enabledModels: ['m-2'] });
  expect(await models()).toEqual(['m-2']);
  expect(await update(world.environment.id, { enabledModels: null })).toMatchObject({ enabledModels: [] });
  server.always((request) => request.json(500, { error: { message: 'Oops' } }));
  const { errors } = await gateway.send(modelsQuery, { id: world.environment.id });
  expect(errors[0]).toMatchObject({ extensions: { code: 'UPSTREAM_ERROR' }, message: expect.stringContaining('Oops') });
});

test.each<[EnvironmentInput, string[]]>([
  [{ provider: 'nothing' }, ['/provider']],
  [{ provider: 'openai_compatible' }, ['/endpoint']],
  [{ provider: 'test', endpoint: 'ftp://x' }, ['/endpoint']],
  [{ provider: 'test', endpoint: 'localhost:11434/v1' }, ['/endpoint']],
  [{ provider: 'test', endpoint: 'api.example.com' }, ['/endpoint']],
  [{ provider: 'test', endpoint: 'http://user:pass@x' }, ['/endpoint']],
  [{ provider: 'test', policy: { retries: 1 } }, ['/policy']],
  [{ provider: 'test', policy: { runTimeoutMs: 0 } }, ['/policy/runTimeoutMs']],
  [{ provider: 'test', name: '', enabledModels: [''] }, ['/name', '/enabledModels/0']],
  [{}, ['/provider']],
])('%o is refused with its places', async (input, paths) => {
  const result = expectType(await world.createEnvironment({ name: 'x', ...input }), 'ValidationError');
  expect(result.issues.map(({ path }) => path)).toEqual(paths);
});

test('an environment in use is not deleted, another is', async () => {
  const remove = async (id: string) => (await gateway.query(deleteEnvironmentMutation, { id })).deleteEnvironment;
  expect(await remove(world.environment.id)).toMatchObject({
    __typename: 'ConflictError',
    message: `The environment is used by interaction Color (${world.interaction.id})`,
  });
  const spare = expectType(await world.createEnvironment({ name: 'spare', provider: 'test' }), 'Environment');
  expect((await remove(spare.id)).__typename).toBe('DeletedPayload');
  expect((await remove(spare.id)).__typename).toBe('NotFoundError');
});
