import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { graphql } from '../generated/gql.ts';
import { startTestGateway, type TestGateway } from '../support/gateway.ts';
import { type OpenaiServer, startOpenaiServer } from '../support/openai-server.ts';
import { createWorld, expectType } from '../support/operations.ts';
import { createRunOperations } from '../support/run-operations.ts';

const tokensQuery = graphql(
  `query TokensOfRun($id: ID!) { run(id: $id) { tokenUse { prompt result total } warnings } }`,
);

/** Short enough for a test; what must not be cancelled is held against something that was, after as long. */
const DISCONNECT_GRACE_MS = '100';

let server: OpenaiServer;
let gateway: TestGateway;
let other: TestGateway;
let world: Awaited<ReturnType<typeof createWorld>>;
let runs: ReturnType<typeof createRunOperations>;
let otherRuns: ReturnType<typeof createRunOperations>;

beforeAll(async () => {
  server = await startOpenaiServer();
  gateway = await startTestGateway({ DISCONNECT_GRACE_MS });
  other = await startTestGateway({ DISCONNECT_GRACE_MS }, { beside: gateway });
  world = await createWorld(gateway, {
    environment: { provider: 'openai_compatible', endpoint: server.url, defaultModel: 'm' },
  });
  runs = createRunOperations(gateway);
  otherRuns = createRunOperations(other);
});
afterAll(async () => {
  await other[Symbol.asyncDispose]();
  await gateway[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});

const input = (more = {}) => ({ interactionId: world.interaction.id, data: { object: 'car' }, ...more });
const create = async (more = {}) =>
  expectType(await world.execute(input({ stream: true, ...more })), 'InteractionRun').id;

/** A streamed run that its provider has begun to answer, with its first reader. */
async function begin(more = {}, operations = runs) {
  const id = await create(more);
  const reader = operations.followRun(id);
  const first = reader.next();
  const request = await server.next();
  request.chunk('one ');
  expect((await first).value).toMatchObject({ text: 'one ' });
  return { id, reader, request };
}

describe('cancelRun', () => {
  test('ends a streamed run: the provider sees its connection close, the reader gets the end', async () => {
    const { id, reader, request } = await begin();
    const answer = expectType(await runs.cancelRun(id), 'RunPayload');
    const error = { code: 'cancelled', message: 'The run was cancelled', isRetryable: true };
    expect(answer.run).toMatchObject({ id, status: 'CANCELLED', error });
    expect(answer.run.finishedAt).not.toBeNull();
    await request.closed;
    expect((await reader.next()).value).toMatchObject({ __typename: 'RunClosed', run: { status: 'CANCELLED' } });
    expect((await reader.next()).done).toBe(true);
    expect(await world.findRun(id)).toMatchObject({ status: 'CANCELLED', error: { code: 'cancelled' } });
  });

  test('leaves the tokens on record that were used, as far as they can be told', async () => {
    const { id, request } = await begin();
    await runs.cancelRun(id);
    await request.closed;
    expect((await gateway.query(tokensQuery, { id })).run).toMatchObject({
      tokenUse: { prompt: 6, result: 1, total: 7 },
      warnings: ['The tokens of an answer that broke off are estimated.'],
    });
    // Without a piece of the answer nothing is known.
    const answer = world.execute(input({ tags: ['to be cancelled'] }));
    await server.next();
    await runs.cancelRun(await findProcessing());
    expect(expectType(await answer, 'InteractionRun')).toMatchObject({ tokenUse: null, warnings: [] });
  });

  test('ends a blocking execution, whose caller gets the cancelled run', async () => {
    const answer = world.execute(input({ tags: ['to be cancelled'] }));
    const request = await server.next();
    const runId = await findProcessing();
    await runs.cancelRun(runId);
    await request.closed;
    expect(expectType(await answer, 'InteractionRun')).toMatchObject({ id: runId, status: 'CANCELLED' });
  });

  test('ends a run that nobody has opened, which then never reaches a provider', async () => {
    const before = server.requests.length;
    const id = await create();
    expect(await runs.cancelRun(id)).toMatchObject({ run: { status: 'CANCELLED' } });
    const events = await Array.fromAsync(runs.followRun(id));
    expect(events).toMatchObject([{ __typename: 'RunClosed', run: { status: 'CANCELLED' } }]);
    expect(server.requests).toHaveLength(before);
  });

  test('reaches a run that another process executes', async () => {
    const { id, reader, request } = await begin();
    expect(await otherRuns.cancelRun(id)).toMatchObject({ run: { id, status: 'CANCELLED' } });
    await request.closed;
    expect((await reader.next()).value).toMatchObject({ run: { status: 'CANCELLED' } });
  });

  test('may be called again, also at once; what is completed stays so', async () => {
    const { id } = await begin();
    const answers = await Promise.all([runs.cancelRun(id), runs.cancelRun(id), otherRuns.cancelRun(id)]);
    for (const answer of answers) expect(answer).toMatchObject({ run: { id, status: 'CANCELLED' } });

    const { id: completed, reader, request } = await begin();
    request.done();
    await Array.fromAsync(reader);
    expect(await runs.cancelRun(completed)).toMatchObject({
      __typename: 'ConflictError',
      message: `Run ${completed} is completed; it cannot be cancelled any more`,
    });
    expect(await runs.cancelRun('0123456789abcdef01234567')).toMatchObject({ __typename: 'NotFoundError' });
  });

  test("a browser's key cancels the runs that it made, and sees no others", async () => {
    const { publishInteraction, createApiKey } = world;
    await publishInteraction(world.interaction.id);
    const created = await createApiKey({ name: 'browser', role: 'EXECUTOR', kind: 'PUBLIC' });
    const key = expectType(created, 'CreatedApiKey').secret;
    const theirs = await create();
    expect(await runs.cancelRun(theirs, { key })).toMatchObject({ __typename: 'NotFoundError' });
    const request = { specifier: 'Color', data: { object: 'car' }, stream: true };
    const own = expectType(await world.execute(request, { key }), 'InteractionRun').id;
    expect(await runs.cancelRun(own, { key })).toMatchObject({ run: { status: 'CANCELLED' } });
  });
});

describe('onDisconnect: CANCEL', () => {
  test('ends a blocking execution whose caller left', async () => {
    const caller = new AbortController();
    const request = await abandon('CANCEL', caller);
    await request.closed;
  });

  test('CONTINUE, the default, brings it to its end', async () => {
    const caller = new AbortController();
    const request = await abandon('CONTINUE', caller);
    const id = await findProcessing();
    await outlastGrace();
    request.chunk('all the same');
    request.done();
    expect(await Array.fromAsync(runs.followRun(id))).toMatchObject([
      { run: { status: 'COMPLETED', result: 'all the same' } },
    ]);
  });

  test('ends a stream whose last reader left', async () => {
    const { id, reader, request } = await begin({ onDisconnect: 'CANCEL' });
    await reader.return(undefined);
    await request.closed;
    const events = await Array.fromAsync(runs.followRun(id));
    const error = { code: 'cancelled', message: 'Nobody waited for this run any more' };
    expect(events.at(-1)).toMatchObject({ run: { status: 'CANCELLED', error } });
  });

  test('lets a stream go on that has another reader, on this process or another', async () => {
    for (const reading of [runs, otherRuns]) {
      const { id, reader, request } = await begin({ onDisconnect: 'CANCEL' });
      const second = reading.followRun(id);
      expect((await second.next()).value).toMatchObject({ text: 'one ' });
      await reader.return(undefined);
      await outlastGrace();
      request.chunk('two');
      request.done();
      const rest = await Array.fromAsync(second);
      expect(rest.at(-1)).toMatchObject({ run: { status: 'COMPLETED', result: 'one two' } });
    }
  });
});

/** Executes, and leaves once the provider was called. */
async function abandon(onDisconnect: 'CANCEL' | 'CONTINUE', caller: AbortController) {
  const variables = { input: input({ onDisconnect }) };
  const query = 'mutation ($input: ExecuteInput!) { execute(input: $input) { __typename } }';
  const answer = fetch(`${gateway.url}/graphql`, {
    method: 'POST',
    headers: { authorization: `Bearer ${gateway.key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ query, variables }),
    signal: caller.signal,
  });
  const request = await server.next();
  caller.abort();
  await expect(answer).rejects.toThrow('aborted');
  return request;
}

/** Waits until a run that was abandoned just now is cancelled. */
async function outlastGrace(): Promise<void> {
  const { reader, request } = await begin({ onDisconnect: 'CANCEL' });
  await reader.return(undefined);
  await request.closed;
}

/** The one run that is being executed. */
async function findProcessing(): Promise<string> {
  const { nodes } = await runs.listRuns({ status: ['PROCESSING'] });
  expect(nodes).toHaveLength(1);
  return nodes[0]?.id ?? '';
}
