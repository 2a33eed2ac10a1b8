import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { graphql } from '../generated/gql.ts';
import type { RunStreamSubscription } from '../generated/graphql.ts';
import { startTestGateway, type TestGateway } from '../support/gateway.ts';
import { createWorld, expectType } from '../support/operations.ts';

const runStream = graphql(`
  subscription RunStream($id: ID!, $after: String) {
    runStream(id: $id, after: $after) {
      __typename
      ... on RunChunk { id text }
      ... on RunClosed { id run { id status result error { code } } }
    }
  }
`);

type StreamEvent = RunStreamSubscription['runStream'];

let gateway: TestGateway;
let world: Awaited<ReturnType<typeof createWorld>>;

beforeAll(async () => {
  gateway = await startTestGateway();
  world = await createWorld(gateway);
});
afterAll(() => gateway[Symbol.asyncDispose]());

const create = async (config = {}) => {
  const input = { interactionId: world.interaction.id, data: { object: 'car' }, stream: true, config };
  return expectType(await world.execute(input), 'InteractionRun');
};
const read = async (id: string, after?: string): Promise<StreamEvent[]> => {
  const events: StreamEvent[] = [];
  for await (const { runStream: event } of gateway.subscribe(runStream, { id, after })) events.push(event);
  return events;
};
const textOf = (events: readonly StreamEvent[]) =>
  events.map((event) => (event.__typename === 'RunChunk' ? event.text : '')).join('');
const idOf = (event: StreamEvent | undefined) => (event?.__typename === 'RunProgress' ? '' : (event?.id ?? ''));

test('a streamed run is created, and not started before somebody reads it', async () => {
  const run = await create();
  expect(run).toMatchObject({ status: 'CREATED', result: null, startedAt: null });
  expect(await world.findRun(run.id)).toMatchObject({ status: 'CREATED' });
});

describe('the first reader', () => {
  test('starts it, gets it in several chunks, numbered, and the end', async () => {
    const { id } = await create();
    const events = await read(id);
    const last = events.at(-1);
    expect(events.length).toBeGreaterThan(3);
    expect(events.slice(0, -1).every(({ __typename }) => __typename === 'RunChunk')).toBe(true);
    expect(last).toMatchObject({ __typename: 'RunClosed', run: { id, status: 'COMPLETED', result: textOf(events) } });
    expect(events.map(idOf)).toEqual(events.map((_event, index) => `${id}:1:${index + 1}`));
    expect(await world.findRun(id)).toMatchObject({ status: 'COMPLETED', result: textOf(events) });
  });
});

describe('later readers', () => {
  test('get the same events again, with the same ids', async () => {
    const { id } = await create();
    const first = await read(id);
    expect(await read(id)).toEqual(first);
  });

  test('go on where they were', async () => {
    const { id } = await create();
    const all = await read(id);
    expect(await read(id, idOf(all[1]))).toEqual(all.slice(2));
    expect(await read(id, idOf(all.at(-1)))).toEqual(all.slice(-1));
    expect(await read(id, `${id}:1:9999`)).toEqual(all.slice(-1));
  });

  test('join while it runs: what was, then what comes', async () => {
    const { id } = await create({ options: { chunkDelayMs: 20 } });
    const first = gateway.subscribe(runStream, { id });
    const begun = [(await first.next()).value, (await first.next()).value];
    const second = read(id);
    const rest = await Array.fromAsync(first);
    const events = [...begun, ...rest].map(({ runStream: event }) => event);
    expect(await second).toEqual(events);
    expect(events.at(-1)).toMatchObject({ run: { status: 'COMPLETED' } });
  });

  test('a hundred at once get every chunk once, and the run is executed once', async () => {
    const { id } = await create({ options: { chunkDelayMs: 5 } });
    const readings = await Promise.all(Array.from({ length: 100 }, () => read(id)));
    const [first = []] = readings;
    for (const events of readings) expect(events).toEqual(first);
    expect(new Set(first.map(idOf)).size).toBe(first.length);
  });
});

test('a reader that leaves takes nothing from the run', async () => {
  const { id } = await create({ options: { chunkDelayMs: 10 } });
  const reader = gateway.subscribe(runStream, { id });
  await reader.next();
  await reader.return?.();
  const events = await read(id);
  expect(events.at(-1)).toMatchObject({ run: { status: 'COMPLETED', result: textOf(events) } });
});

test('a failure is the end of the stream, not an error of it', async () => {
  const { id } = await create({ model: 'execution-error' });
  expect(await read(id)).toMatchObject([
    { __typename: 'RunClosed', run: { status: 'FAILED', error: { code: 'provider_error' } } },
  ]);
});

test('a blocking run has its end only', async () => {
  const { id } = expectType(
    await world.execute({ interactionId: world.interaction.id, data: { object: 'car' } }),
    'InteractionRun',
  );
  expect(await read(id)).toMatchObject([{ __typename: 'RunClosed', run: { status: 'COMPLETED' } }]);
});

test('a run that is not there, and an id of another run, are refused', async () => {
  const { id } = await create();
  await expect(read('0123456789abcdef01234567')).rejects.toThrow('NOT_FOUND');
  await expect(read(id, '0123456789abcdef01234567:1:1')).rejects.toThrow('VALIDATION_ERROR');
  expect(await world.findRun(id)).toMatchObject({ status: 'CREATED' });
});

test('a run that nobody opens in time expires', async () => {
  await using impatient = await startTestGateway({ RUN_TTL_SECONDS: '1', LEASE_MS: '1000' });
  const { execute, findRun, interaction } = await createWorld(impatient);
  const created = await execute({ interactionId: interaction.id, data: { object: 'car' }, stream: true });
  const { id } = expectType(created, 'InteractionRun');
  await expect
    .poll(() => findRun(id), { timeout: 10_000 })
    .toMatchObject({ status: 'FAILED', error: { code: 'expired' } });
});

test('a shutdown ends readers who wait for what another process does', async () => {
  const closing = await startTestGateway();
  const { execute, createApiKey, interaction } = await createWorld(closing);
  const created = await execute({ interactionId: interaction.id, data: { object: 'car' }, stream: true });
  const { id } = expectType(created, 'InteractionRun');
  // A reader who may not start the run waits for somebody who may.
  const { secret } = expectType(await createApiKey({ name: 'reader', role: 'READER' }), 'CreatedApiKey');
  const response = await fetch(`${closing.url}/graphql`, {
    method: 'POST',
    headers: { authorization: `Bearer ${secret}`, 'content-type': 'application/json', accept: 'text/event-stream' },
    body: JSON.stringify({ query: `subscription { runStream(id: "${id}") { __typename } }` }),
  });
  await closing[Symbol.asyncDispose]();
  expect(await response.text()).not.toContain('event: next');
});
