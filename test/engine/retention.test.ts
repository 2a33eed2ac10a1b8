import { Readable } from 'node:stream';
import { MongoClient } from 'mongodb';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { startTestGateway, type TestGateway } from '../support/gateway.ts';
import { createWorld, expectType } from '../support/operations.ts';
import { createRunOperations } from '../support/run-operations.ts';

let gateway: TestGateway;
/** A busy machine takes its time. */
const patience = { timeout: 10_000 };

beforeAll(async () => {
  gateway = await startTestGateway();
});
afterAll(() => gateway[Symbol.asyncDispose]());

test("runs are removed once they are older than their project's setting, or else the process's", async () => {
  const { execute, interaction } = await createWorld(gateway);
  const runs = createRunOperations(gateway);
  const input = { interactionId: interaction.id, data: { object: 'car' } };
  const run = async (daysAgo: number, stream = false) => {
    const { id } = expectType(await execute({ ...input, stream }), 'InteractionRun');
    await age(id, daysAgo);
    return id;
  };
  const fresh = await run(0);
  const week = await run(8);
  const month = await run(40);
  const waiting = await run(40, true);
  const listIds = async () => (await runs.listRuns()).nodes.map(({ id }) => id);

  // A process that keeps them for a month looks at its start.
  await using _process = await startTestGateway({ RUN_RETENTION_DAYS: '30' }, { beside: gateway });
  await vi.waitFor(async () => expect(await listIds()).not.toContain(month), patience);
  expect((await listIds()).sort()).toEqual([fresh, week, waiting].sort());

  // The project says less.
  const { tenancy } = gateway.store;
  const project = (await tenancy.findFirstProject())?.id ?? '';
  await tenancy.updateProject(project, { retentionDays: 7 });
  await using _another = await startTestGateway({ RUN_RETENTION_DAYS: '30' }, { beside: gateway });
  await vi.waitFor(async () => expect(await listIds()).not.toContain(week), patience);
  expect((await listIds()).sort()).toEqual([fresh, waiting].sort());
});

test('files that nobody has claimed are removed after a day', async () => {
  const project = (await gateway.store.tenancy.findFirstProject())?.id ?? '';
  const { files } = gateway.store.forProject(project);
  const write = async (daysAgo: number) => {
    const { id } = await files.write(Readable.from([Buffer.from('text')]), { name: 'a.txt', maxBytes: 100 });
    await age(id, daysAgo, 'files');
    return id;
  };
  const [unused, claimed, fresh] = [await write(2), await write(2), await write(0.5)];
  await files.claim([claimed], 'owner');
  await using _process = await startTestGateway({}, { beside: gateway });
  await vi.waitFor(async () => expect(await files.findOneById(unused)).toBeNull(), patience);
  expect(await files.findManyByIds([claimed, fresh])).toHaveLength(2);
});

async function age(id: string, days: number, collection = 'runs'): Promise<void> {
  const client = await new MongoClient(gateway.database.uri).connect();
  const createdAt = new Date(Date.now() - days * 24 * 60 * 60 * 1000);
  await client
    .db(gateway.database.databaseName)
    .collection<{ _id: string }>(collection)
    .updateOne({ _id: id }, { $set: { createdAt } });
  await client.close();
}
