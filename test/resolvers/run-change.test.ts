import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestGateway, type TestGateway } from '../support/gateway.ts';
import { createWorld, expectType } from '../support/operations.ts';
import { createRunOperations } from '../support/run-operations.ts';

let gateway: TestGateway;
let world: Awaited<ReturnType<typeof createWorld>>;
let runs: ReturnType<typeof createRunOperations>;

beforeAll(async () => {
  gateway = await startTestGateway();
  world = await createWorld(gateway);
  runs = createRunOperations(gateway);
});
afterAll(() => gateway[Symbol.asyncDispose]());

const unknown = '0123456789abcdef01234567';
const execute = async (more = {}) =>
  expectType(
    await world.execute({ interactionId: world.interaction.id, data: { object: 'car' }, ...more }),
    'InteractionRun',
  );

describe('tagRun', () => {
  test('adds and removes; a tag in both lists is removed', async () => {
    const { id } = await execute({ tags: ['a', 'b'] });
    expect(await runs.tagRun(id, { add: ['c', 'a', 'd'], remove: ['b', 'd'] })).toMatchObject({
      run: { tags: ['a', 'c'] },
    });
    expect(await runs.tagRun(id, {})).toMatchObject({ run: { tags: ['a', 'c'] } });
    expect((await runs.listRuns({ tags: { all: ['a', 'c'], none: ['b'] } })).nodes).toMatchObject([{ id }]);
  });

  test('loses none of many at once', async () => {
    const { id } = await execute();
    const tags = Array.from({ length: 20 }, (_, index) => `tag-${index}`);
    await Promise.all(tags.map((tag) => runs.tagRun(id, { add: [tag] })));
    const { run } = expectType(await runs.tagRun(id, {}), 'RunPayload');
    expect([...run.tags].sort()).toEqual([...tags].sort());
  });

  test('says what is wrong', async () => {
    const { id } = await execute({ tags: ['a'] });
    const many = Array.from({ length: 50 }, (_, index) => `tag-${index}`);
    expect(await runs.tagRun(id, { add: many })).toMatchObject({
      issues: [{ path: '/add', message: 'makes 51 tags; a run has at most 50' }],
    });
    expect(await runs.tagRun(id, { add: [''] })).toMatchObject({
      issues: [{ path: '/add/0', message: 'must not be empty' }],
    });
    expect(await runs.tagRun(unknown, { add: ['a'] })).toMatchObject({ __typename: 'NotFoundError' });
  });
});

describe('rateRun', () => {
  test('rates, and takes the rating back', async () => {
    const { id } = await execute();
    expect(await runs.rateRun(id, 3)).toMatchObject({ run: { rating: 3 } });
    expect((await runs.listRuns({ rating: [3] })).nodes).toMatchObject([{ id, rating: 3 }]);
    expect(await runs.rateRun(id, 0)).toMatchObject({ run: { rating: null } });
    await runs.rateRun(id, 1);
    expect(await runs.rateRun(id, null)).toMatchObject({ run: { rating: null } });
  });

  test('says what is wrong', async () => {
    const { id } = await execute();
    const refusal = { __typename: 'ValidationError', issues: [{ path: '/rating', message: 'must be at most 3' }] };
    expect(await runs.rateRun(id, 4)).toMatchObject(refusal);
    expect(await runs.rateRun(unknown, 1)).toMatchObject({ __typename: 'NotFoundError' });
  });
});

describe('retryRun', () => {
  test('executes the recorded request again, as a new run', async () => {
    const parent = await execute();
    const config = { model: 'execution-error' };
    const failed = await execute({ config, tags: ['t'], parentId: parent.id, endUser: 'Ann' });
    expect(failed.status).toBe('FAILED');
    const { run } = expectType(await runs.retryRun(failed.id), 'RunPayload');
    expect(run).toMatchObject({
      status: 'FAILED',
      model: 'execution-error',
      tags: ['t'],
      endUser: 'Ann',
      input: { object: 'car' },
      retryOf: { id: failed.id },
      parent: { id: parent.id },
    });
    expect(run.id).not.toBe(failed.id);
  });

  test('sends what was sent then, though prompt and interaction have changed since', async () => {
    const { prompt, interaction } = await createWorld(gateway, { prompt: { content: 'Once: {{ object }}' } });
    const run = await execute({ interactionId: interaction.id });
    await gateway.store.forProject(await findProject()).prompts.update(prompt.id, { content: 'Now: {{ object }}' });
    const retried = expectType(await runs.retryRun(run.id), 'RunPayload').run;
    expect(retried).toMatchObject({ prompt: [{ content: 'Once: car' }], result: run.result });
  });

  test('streams, where it is asked to', async () => {
    const { id } = await execute();
    const { run } = expectType(await runs.retryRun(id, true), 'RunPayload');
    expect(run).toMatchObject({ status: 'CREATED', retryOf: { id } });
    const events = await Array.fromAsync(runs.followRun(run.id));
    expect(events.at(-1)).toMatchObject({ run: { status: 'COMPLETED' } });
  });

  test('brings large payloads along', async () => {
    const object = 'x'.repeat(300_000);
    const { id } = await execute({ data: { object } });
    const { run } = expectType(await runs.retryRun(id), 'RunPayload');
    expect(run.input).toEqual({ object });
  });

  test('says why it cannot', async () => {
    const { id: created } = await execute({ stream: true });
    expect(await runs.retryRun(created)).toMatchObject({
      __typename: 'ConflictError',
      message: `Run ${created} is created; only finished runs can be retried`,
    });
    const { interaction, environment } = await createWorld(gateway);
    const run = await execute({ interactionId: interaction.id });
    await gateway.store.forProject(await findProject()).environments.remove(environment.id);
    expect(await runs.retryRun(run.id)).toMatchObject({ message: `The environment of run ${run.id} was deleted` });
    expect(await runs.retryRun(unknown)).toMatchObject({ __typename: 'NotFoundError' });
  });
});

describe('deleteRun', () => {
  test('removes the run, its events and its payloads', async () => {
    const { id } = await execute({ data: { object: 'x'.repeat(300_000) }, stream: true });
    await Array.fromAsync(runs.followRun(id));
    const store = gateway.store.forProject(await findProject());
    const record = await store.runs.findOneById(id);
    expect(await store.runEvents.findAfter(id, { epoch: 0, number: 0 })).not.toEqual([]);

    expect(await runs.deleteRun(id)).toEqual({ __typename: 'DeletedPayload', id });
    expect(await world.findRun(id)).toBeNull();
    expect(await store.runEvents.findAfter(id, { epoch: 0, number: 0 })).toEqual([]);
    expect(record?.requestFile).not.toBeNull();
    if (record !== null) expect(await store.runs.loadPayloads(record)).toMatchObject({ input: null, prompt: [] });
    expect(await runs.deleteRun(id)).toMatchObject({ __typename: 'NotFoundError' });
  });

  test('refuses a run that is being executed', async () => {
    const { id } = await execute({ stream: true, config: { model: 'test-story', options: { chunkDelayMs: 50 } } });
    const reader = runs.followRun(id);
    await reader.next();
    expect(await runs.deleteRun(id)).toMatchObject({
      __typename: 'ConflictError',
      message: `Run ${id} is processing; cancel it before it is deleted`,
    });
    await runs.cancelRun(id);
    await reader.return(undefined);
    expect(await runs.deleteRun(id)).toMatchObject({ id });
  });
});

describe('deleteRuns', () => {
  test('removes what fits, created ones too, but no other', async () => {
    const kept = await execute({ tags: ['keep'] });
    for (let count = 0; count < 3; count += 1) await execute({ tags: ['sweep'] });
    await execute({ tags: ['sweep'], stream: true });
    expect(await runs.deleteRuns({ tags: { any: ['sweep'] } })).toEqual({ __typename: 'DeletedRunsPayload', count: 4 });
    expect((await runs.listRuns({ tags: { any: ['sweep', 'keep'] } })).nodes).toMatchObject([{ id: kept.id }]);
    expect(await runs.deleteRuns({ tags: { any: ['sweep'] } })).toMatchObject({ count: 0 });
  });

  test('leaves what is being executed', async () => {
    const options = { model: 'test-story', options: { chunkDelayMs: 50 } };
    const { id } = await execute({ stream: true, tags: ['busy'], config: options });
    const reader = runs.followRun(id);
    await reader.next();
    expect(await runs.deleteRuns({ tags: { any: ['busy'] } })).toMatchObject({ count: 0 });
    await runs.cancelRun(id);
    await reader.return(undefined);
    expect(await runs.deleteRuns({ tags: { any: ['busy'] } })).toMatchObject({ count: 1 });
  });

  test('refuses a filter that says nothing', async () => {
    for (const filter of [{}, { status: null }, { createdAt: {} }, { tags: {} }]) {
      expect(await runs.deleteRuns(filter)).toMatchObject({
        __typename: 'ValidationError',
        issues: [{ path: '/filter', message: expect.stringContaining('at least one restriction') }],
      });
    }
  });
});

async function findProject(): Promise<string> {
  return (await gateway.store.tenancy.findFirstProject())?.id ?? '';
}
