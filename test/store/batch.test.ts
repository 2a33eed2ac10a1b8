import { type CommandStartedEvent, MongoClient } from 'mongodb';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { ConflictError, UnavailableError } from '../../src/errors.ts';
import { createId } from '../../src/store/entity-store.ts';
import type { RunOutcome, RunRecord } from '../../src/store/run-record.ts';
import { openStore, type ProjectStore, type Store } from '../../src/store/store.ts';
import { startTestGateway, type TestGateway } from '../support/gateway.ts';
import { createWorld, expectType } from '../support/operations.ts';
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.ts';

/** What different requests ask of the database in one turn of the event loop, which goes there in one command. */

let gateway: TestGateway;
let network: TcpProxy;
let client: MongoClient;
let store: Store;
let project: ProjectStore;
const commands: CommandStartedEvent[] = [];

beforeAll(async () => {
  gateway = await startTestGateway();
  const { uri, databaseName } = gateway.database;
  client = await new MongoClient(uri).connect();
  const { host, port, socketPath } = client.options.hosts[0] ?? {};
  network = await startTcpProxy(socketPath ? { path: socketPath } : { host, port: Number(port) });
  store = await openStore({
    uri: `mongodb://127.0.0.1:${network.port}/?directConnection=true`,
    databaseName,
    onCommand: (event) => commands.push(event),
  });
  const first = await store.tenancy.findFirstProject();
  project = store.forProject(first?.id ?? '');
});
afterAll(async () => {
  await store.close();
  await network[Symbol.asyncDispose]();
  await client.close();
  await gateway[Symbol.asyncDispose]();
});
beforeEach(() => {
  commands.length = 0;
});

const sent = () => commands.map(({ commandName }) => commandName);
const insertTag = (name: string) => project.tags.insert({ name });

describe('reads', () => {
  test('of ids are one query; each is answered with its own', async () => {
    const [one, other] = await Promise.all([insertTag('one'), insertTag('other')]);
    commands.length = 0;
    const { findOneById, findManyByIds } = project.tags;
    const asked = [findOneById(one.id), findOneById(createId()), findOneById(other.id), findOneById(one.id)];
    const many = findManyByIds([other.id, createId(), other.id]);
    expect(await Promise.all(asked)).toEqual([one, null, other, one]);
    expect(await many).toEqual([other]);
    expect(sent()).toEqual(['find']);
  });

  test('that are the same are one query, and others are not', async () => {
    const tag = await insertTag('same');
    commands.length = 0;
    const dates = [new Date(0), new Date(1)];
    const found = await Promise.all([
      project.tags.findOne({ name: 'same' }),
      project.tags.findOne({ name: 'same' }),
      project.tags.findOne({ name: /^SAME/ }),
      project.tags.findOne({ name: /^SAME/i }),
      ...dates.map((createdAt) => project.tags.findOne({ createdAt })),
      project.tags.findOne({ name: null }),
      project.tags.findOne({ name: undefined, _id: tag.id }),
      project.tags.findOne({ name: null, _id: tag.id }),
    ]);
    expect(found).toEqual([tag, tag, null, tag, null, null, null, tag, null]);
    expect(sent()).toEqual(Array.from({ length: 8 }, () => 'find'));
  });
});

describe('inserts', () => {
  test('are one command, and what is in the way of one is told that one', async () => {
    await insertTag('taken');
    commands.length = 0;
    const huge = 'x'.repeat(17 * 1024 * 1024);
    const [first, taken, second] = await Promise.allSettled(['first', 'taken', 'second'].map(insertTag));
    expect(first).toMatchObject({ value: { name: 'first' } });
    expect(second).toMatchObject({ value: { name: 'second' } });
    expect(taken).toEqual({ status: 'rejected', reason: expect.any(ConflictError) });
    expect(taken).toMatchObject({ reason: { message: 'name "taken" is taken' } });
    expect(sent()).toEqual(['insert', 'insert']);
    const [third, tooLarge] = await Promise.allSettled(['third', huge].map(insertTag));
    expect(third).toMatchObject({ value: { name: 'third' } });
    expect(tooLarge).toMatchObject({ status: 'rejected' });
    const names = (await project.tags.findMany({})).map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(['first', 'second', 'third']));
    expect(names.filter((name) => name === 'third')).toHaveLength(1);
  });

  test('are refused together while the database is away', async () => {
    await network.close();
    const refused = await Promise.allSettled(['lost', 'lost too'].map(insertTag));
    await network.open();
    const unavailable = { status: 'rejected', reason: expect.any(UnavailableError) };
    expect(refused).toEqual([unavailable, unavailable]);
    expect(await insertTag('back')).toMatchObject({ name: 'back' });
  });
});

describe('ends of runs', () => {
  const outcome: RunOutcome = {
    status: 'completed',
    result: 'Blue.',
    isCached: false,
    tokenUse: null,
    cost: null,
    executionTimeMs: 1,
    error: null,
    warnings: [],
    attempts: [],
    chunkCount: 0,
  };

  test('are one command; a run that was taken away is not ended', async () => {
    const environment = { provider: 'openai_compatible', endpoint: 'http://127.0.0.1:9', defaultModel: 'm' };
    const { execute, interaction } = await createWorld(gateway, { environment });
    const input = { interactionId: interaction.id, data: { object: 'car' }, stream: true };
    const made = await Promise.all([1, 2, 3].map(() => execute(input)));
    const ids = made.map((run) => expectType(run, 'InteractionRun').id);
    const soon = new Date(Date.now() + 60_000);
    const runs = (await Promise.all(ids.map((id) => project.runs.claim(id, 'us', soon)))) as RunRecord[];
    const collection = client.db(gateway.database.databaseName).collection<{ _id: string }>('runs');
    const taken = { $set: { owner: 'others' }, $inc: { epoch: 1 } };
    await collection.updateOne({ _id: ids[1] ?? '' }, taken);
    const changes: string[] = [];
    const stop = store.onRunChange(({ id }) => changes.push(id));
    commands.length = 0;
    const now = new Date();
    const ended = await Promise.all(runs.map((run) => project.runs.finish(run, 'us', outcome, now)));
    stop();
    const finished = { status: 'completed', result: 'Blue.', owner: 'us', finishedAt: expect.any(Date) };
    expect(ended).toEqual([expect.objectContaining(finished), null, expect.objectContaining(finished)]);
    expect(changes).toEqual([ids[0], ids[2]]);
    expect(sent()).toEqual(['update', 'find']);
    expect(await project.runs.findOneById(ids[1] ?? '')).toMatchObject({ status: 'processing', owner: 'others' });
  });
});
