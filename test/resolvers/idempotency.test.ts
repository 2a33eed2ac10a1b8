import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestGateway, type TestGateway } from '../support/gateway.ts';
import { type OpenaiServer, startOpenaiServer } from '../support/openai-server.ts';
import { createOperations, createWorld, expectType } from '../support/operations.ts';
import { createRunOperations } from '../support/run-operations.ts';

let server: OpenaiServer;
let gateway: TestGateway;
let other: TestGateway;
let world: Awaited<ReturnType<typeof createWorld>>;
let runs: ReturnType<typeof createRunOperations>;

beforeAll(async () => {
  server = await startOpenaiServer();
  gateway = await startTestGateway();
  other = await startTestGateway({}, { beside: gateway });
  world = await createWorld(gateway, {
    environment: { provider: 'openai_compatible', endpoint: server.url, defaultModel: 'm' },
  });
  runs = createRunOperations(gateway);
});
afterAll(async () => {
  await other[Symbol.asyncDispose]();
  await gateway[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});

const input = (idempotencyKey: string | null, more = {}) => ({
  interactionId: world.interaction.id,
  data: { object: 'car' },
  idempotencyKey,
  ...more,
});

/** Executes, and lets the provider answer with a text. */
async function executeWith(text: string, idempotencyKey: string | null, more = {}) {
  const answer = world.execute(input(idempotencyKey, more));
  const request = await server.next();
  request.chunk(text);
  request.done();
  return expectType(await answer, 'InteractionRun');
}

describe('the same key and input', () => {
  test('are one execution, however many call at once, on however many processes', async () => {
    const before = server.requests.length;
    const executeElsewhere = createOperations(other).execute;
    const calls = Array.from({ length: 100 }, (_, index) =>
      (index % 2 === 0 ? world.execute : executeElsewhere)(input('hundred')),
    );
    const request = await server.next();
    request.chunk('once');
    request.done();
    const answers = (await Promise.all(calls)).map((answer) => expectType(answer, 'InteractionRun'));
    expect(new Set(answers.map(({ id }) => id)).size).toBe(1);
    expect(new Set(answers.map(({ result }) => result))).toEqual(new Set(['once']));
    expect(server.requests).toHaveLength(before + 1);
  });

  test('are answered with the same run as it is now', async () => {
    const first = await executeWith('red', 'again');
    await runs.tagRun(first.id, { add: ['tagged since'] });
    const second = expectType(await world.execute(input('again')), 'InteractionRun');
    expect(second).toMatchObject({ id: first.id, result: 'red', tags: ['tagged since'] });
  });

  test('whichever order the keys of the input have', async () => {
    const first = await executeWith('red', 'order', { data: { object: 'car', more: { a: 1, b: 2 } } });
    const second = await world.execute(input('order', { data: { more: { b: 2, a: 1 }, object: 'car' } }));
    expect(second).toMatchObject({ id: first.id });
  });

  test('join a run in progress, whose callers are all its readers', async () => {
    const first = world.execute(input('join', { onDisconnect: 'CANCEL' }));
    const request = await server.next();
    const second = world.execute(input('join', { onDisconnect: 'CANCEL' }));
    request.chunk('both');
    request.done();
    const [one, two] = await Promise.all([first, second]);
    expect(one).toMatchObject({ status: 'COMPLETED', result: 'both' });
    expect(two).toMatchObject({ id: expectType(one, 'InteractionRun').id, result: 'both' });
  });

  test('are one streamed run too', async () => {
    const [first, second] = await Promise.all([
      world.execute(input('stream', { stream: true })),
      world.execute(input('stream', { stream: true })),
    ]);
    const { id } = expectType(first, 'InteractionRun');
    expect(second).toMatchObject({ id, status: 'CREATED' });
  });

  test('replay what the interaction answered, though it was deleted since', async () => {
    const { createInteraction, prompt, environment } = world;
    const made = await createInteraction({ name: 'Brief', promptIds: [prompt.id], environmentId: environment.id });
    const interactionId = expectType(made, 'Interaction').id;
    const first = await executeWith('red', 'deleted', { interactionId });
    await gateway.store.forProject(await findProject()).interactions.remove(interactionId);
    expect(await world.execute(input('deleted', { interactionId }))).toMatchObject({ id: first.id, result: 'red' });
  });
});

describe('a key', () => {
  test('with another input is a conflict', async () => {
    await executeWith('red', 'conflict');
    expect(await world.execute(input('conflict', { data: { object: 'boat' } }))).toMatchObject({
      __typename: 'ConflictError',
      message: 'The idempotency key "conflict" was used with another input',
    });
  });

  test('is not used up by an input that is refused', async () => {
    expect(await world.execute(input('refused', { data: {} }))).toMatchObject({ __typename: 'ValidationError' });
    expect(await executeWith('red', 'refused')).toMatchObject({ status: 'COMPLETED' });
  });

  test("is its principal's own", async () => {
    const created = await world.createApiKey({ name: 'another', role: 'EXECUTOR' });
    const key = expectType(created, 'CreatedApiKey').secret;
    const first = await executeWith('red', 'own');
    const answer = world.execute(input('own'), { key });
    const request = await server.next();
    request.chunk('blue');
    request.done();
    const second = expectType(await answer, 'InteractionRun');
    expect(second.result).toBe('blue');
    expect(second.id).not.toBe(first.id);
  });

  test('goes with its run', async () => {
    const first = await executeWith('red', 'gone');
    await runs.deleteRun(first.id);
    const second = await executeWith('blue', 'gone');
    expect(second.id).not.toBe(first.id);
  });

  test('must have 1 to 255 characters', async () => {
    for (const key of ['', 'x'.repeat(256)]) {
      const refusal = await world.execute(input(key));
      expect(refusal).toMatchObject({ __typename: 'ValidationError', issues: [{ path: '/idempotencyKey' }] });
    }
  });
});

test('a process that ended after it took the key and before it recorded the run leaves a key that works', async () => {
  const first = await executeWith('red', 'crash');
  const { runs: store } = gateway.store.forProject(await findProject());
  const run = await store.findOneById(first.id);
  // The run alone, so that the key is there without one.
  if (run !== null) await store.remove(run);
  expect(await executeWith('blue', 'crash')).toMatchObject({ id: first.id, result: 'blue' });
});

async function findProject(): Promise<string> {
  return (await gateway.store.tenancy.findFirstProject())?.id ?? '';
}
