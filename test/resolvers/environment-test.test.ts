import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { graphql } from '../generated/gql.ts';
import type { EnvironmentInput } from '../generated/graphql.ts';
import { startTestGateway, type TestGateway } from '../support/gateway.ts';
import { type OpenaiServer, startOpenaiServer } from '../support/openai-server.ts';
import { createWorld, expectType } from '../support/operations.ts';
import { connectRemote } from '../support/remote.ts';

const testMutation = graphql(`
  mutation TestEnvironment($id: ID!, $model: String) {
    testEnvironment(id: $id, model: $model) {
      __typename
      ... on EnvironmentTest { ok model executionTimeMs error { code message isRetryable path } }
      ... on Error { message }
      ... on ValidationError { issues { path message } }
    }
  }
`);
const runCount = graphql(`query RunsAfterEnvironmentTests { runs { totalCount } }`);

const credentials = 'sk-the-key-of-the-vendor';

let gateway: TestGateway;
let server: OpenaiServer;
let world: Awaited<ReturnType<typeof createWorld>>;

beforeAll(async () => {
  gateway = await startTestGateway();
  server = await startOpenaiServer();
  world = await createWorld(gateway);
});
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});

const create = async (input: EnvironmentInput = {}) => {
  const known = { name: 'E', provider: 'openai_compatible', endpoint: server.url, credentials, defaultModel: 'm-1' };
  return expectType(await world.createEnvironment({ ...known, ...input }), 'Environment').id;
};
const ask = async (id: string, model?: string) =>
  (await gateway.query(testMutation, { id, ...(model !== undefined && { model }) })).testEnvironment;
const faultOf = async (id: string, model?: string) => {
  const result = expectType(await ask(id, model), 'EnvironmentTest');
  expect(result.ok).toBe(false);
  expect(JSON.stringify(result)).not.toContain(credentials);
  return result.error;
};

test('a model that answers is one that works; no run is recorded', async () => {
  server.always((request) => {
    request.chunk('ready');
    request.done();
  });
  const result = expectType(await ask(await create({ policy: { maxRetries: 3 } })), 'EnvironmentTest');
  expect(result).toMatchObject({ ok: true, model: 'm-1', executionTimeMs: expect.any(Number), error: null });
  const request = server.requests.at(-1);
  expect(request?.headers.authorization).toBe(`Bearer ${credentials}`);
  expect(request?.body).toEqual({
    model: 'm-1',
    messages: [{ role: 'user', content: 'Answer with the one word: ready' }],
    max_tokens: 16,
    stream: true,
    stream_options: { include_usage: true },
  });
  expect((await gateway.query(runCount, {})).runs.totalCount).toBe(0);
});

test('another model than the default may be named', async () => {
  server.always((request) => request.done());
  const result = expectType(await ask(await create(), 'm-2'), 'EnvironmentTest');
  expect(result).toMatchObject({ ok: true, model: 'm-2' });
  expect(server.requests.at(-1)?.body).toMatchObject({ model: 'm-2' });
});

describe('what is wrong is said with what to do about it', () => {
  test.each([
    [
      401,
      'authentication_error',
      /^The credentials are not good at http.*: give the environment others\. .*answered 401/,
    ],
    [403, 'authentication_error', /^The credentials are known at .*, but may not use m-1: have it allowed there\. /],
    [429, 'rate_limited', /^The credentials are good, but .* takes no more calls now: try again in 7 s, or raise /],
    [500, 'provider_error', /is reached, but has a problem of its own: try again later\. .*answered 500/],
  ])('a refusal with %i', async (status, code, message) => {
    const before = server.requests.length;
    const refusal = { error: { message: `No: ${credentials}.` } };
    server.always((request) => request.json(status, refusal, { 'retry-after': '7' }));
    const fault = await faultOf(await create({ policy: { maxRetries: 3, retryDelayMs: 1 } }));
    expect(fault).toMatchObject({ code, message: expect.stringMatching(message) });
    expect(server.requests).toHaveLength(before + 1);
  });

  test('a model that is not there, with those that are', async () => {
    server.always((request) =>
      request.path.endsWith('/models')
        ? request.json(200, { data: [{ id: 'm-8' }, { id: 'm-9' }] })
        : request.json(404, { error: { message: 'No such model' } }),
    );
    expect(await faultOf(await create())).toMatchObject({
      code: 'invalid_request',
      message: expect.stringMatching(/^The credentials are good, but .* does not list a model m-1; it has m-8, m-9\. /),
    });
  });

  test('an endpoint that is another API', async () => {
    server.always((request) => request.text(404, 'Not found'));
    expect((await faultOf(await create()))?.message).toMatch(/^Check the endpoint and the model's name, m-1\. /);
  });

  test('an endpoint where nobody listens', async () => {
    const gone = await startOpenaiServer();
    await gone[Symbol.asyncDispose]();
    expect(await faultOf(await create({ endpoint: gone.url }))).toMatchObject({
      code: 'provider_error',
      isRetryable: true,
      message: expect.stringMatching(/cannot be reached, or breaks off: check the endpoint\. .*ECONNREFUSED/),
    });
  });

  test('an address that the gateway may not call', async () => {
    const fault = await faultOf(await create({ endpoint: 'http://10.1.2.3/v1' }));
    expect(fault?.message).toContain('OUTBOUND_ALLOW');
  });

  test('credentials that are missing', async () => {
    expect(await faultOf(await create({ provider: 'anthropic', credentials: null }))).toMatchObject({
      code: 'authentication_error',
      message: 'Give the environment credentials. The environment has no credentials, which Anthropic asks for',
    });
  });
});

test('of a virtual environment all members are asked', async () => {
  server.always((request) => {
    if (request.body?.model === 'good') request.done();
    else request.json(401, { error: { message: 'No' } });
  });
  const good = await create({ name: 'Good', defaultModel: 'good' });
  const bad = await create({ name: 'Bad', defaultModel: 'bad' });
  const virtual = (...members: string[]) =>
    create({
      provider: 'virtual_lb',
      endpoint: null,
      credentials: null,
      defaultModel: null,
      policy: { members: members.map((environment) => ({ environment })) },
    });
  expect(await ask(await virtual(good, good))).toMatchObject({ ok: true, model: 'virtual_lb', error: null });
  const fault = await faultOf(await virtual(good, bad));
  expect(fault?.message).toMatch(/^Bad with bad: The credentials are not good at /);
});

describe('of a remote API', () => {
  const refuse = () => server.always((request) => request.json(401, { error: { message: 'No' } }));

  test('Composable is asked what it has', async () => {
    const remote = { provider: 'composable', endpoint: server.url.replace('/v1', ''), defaultModel: null };
    server.always((request) => request.json(200, []));
    expect(await ask(await create(remote))).toMatchObject({ ok: true, model: null, error: null });
    refuse();
    expect(await faultOf(await create(remote))).toMatchObject({
      code: 'authentication_error',
      message: expect.stringMatching(/^The credentials are not good at /),
    });
    expect((await faultOf(await create({ ...remote, credentials: null })))?.message).toMatch(
      /^Give the environment credentials\. /,
    );
  });

  test('Promptitude is asked for its folders', async () => {
    const remote = { provider: 'promptitude', endpoint: server.url, defaultModel: null };
    server.always((request) => request.json(200, { code: 200, message: 'OK', error: false, results: { folders: [] } }));
    expect(await ask(await create(remote))).toMatchObject({ ok: true, model: null, error: null });
    expect(server.requests.at(-1)).toMatchObject({
      method: 'GET',
      path: '/v1/content/folders',
      headers: { authorization: `Bearer ${credentials}` },
    });
    // It may say so in its envelope only.
    server.always((request) => request.json(200, { code: 401, message: 'Wrong key', error: true }));
    expect(await faultOf(await create(remote))).toMatchObject({ code: 'authentication_error' });
    refuse();
    expect((await faultOf(await create(remote)))?.message).toMatch(/^The credentials are not good at /);
    server.always((request) => request.text(200, '<html>'));
    expect((await faultOf(await create(remote)))?.message).toMatch(/does not answer as it should: check the endpoint/);
  });

  test('Unstract is asked for an execution of a deployment that was imported', async () => {
    const endpoint = `${new URL(server.url).origin}/deployment/api/acme`;
    const remote = await connectRemote(gateway, { provider: 'unstract', endpoint, credentials });
    const fault = async () => faultOf(remote.environmentId);
    expect(await fault()).toMatchObject({
      code: 'invalid_request',
      message: expect.stringContaining('import one with importRemote'),
    });
    await remote.importRemote(['invoices']);
    const say = (status: number, detail: string) =>
      server.always((request) =>
        request.json(status, { type: 'client_error', errors: [{ code: 'error', detail, attr: null }] }),
      );
    say(404, "Execution with ID 'x' does not exist.");
    expect(await ask(remote.environmentId)).toMatchObject({ ok: true, model: null, error: null });
    expect(server.requests.at(-1)).toMatchObject({
      method: 'GET',
      path: expect.stringMatching(/^\/deployment\/api\/acme\/invoices\/\?execution_id=[0-9a-f-]{36}$/),
    });
    say(401, 'Unauthorized');
    expect((await fault())?.message).toMatch(/^The credentials are not good at /);
    say(404, 'API not found');
    expect((await fault())?.message).toMatch(/check the endpoint\. .*API not found/);
    say(422, "Pipeline 'invoices' is inactive, please activate the pipeline");
    expect((await fault())?.message).toContain('is inactive');
    server.always((request) => request.text(404, '<html>'));
    expect((await fault())?.message).toMatch(/check the endpoint/);
  });
});

test('what cannot be asked at all is refused', async () => {
  expect(expectType(await ask(await create({ defaultModel: null })), 'ValidationError').issues).toEqual([
    { path: '/model', message: expect.stringContaining('has no default model') },
  ]);
  const enabled = await create({ defaultModel: null, enabledModels: ['m-1'] });
  expect(expectType(await ask(enabled, 'm-2'), 'ValidationError').issues).toEqual([
    { path: '/model', message: 'm-2 is not enabled in environment E; allowed are m-1' },
  ]);
  expect((await ask('0123456789abcdef01234567')).__typename).toBe('NotFoundError');
});
