import { MongoClient } from 'mongodb';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { FileOutcome } from '../../src/store/file-run.ts';
import type { RunOutcome } from '../../src/store/run-record.ts';
import { openStore, type ProjectStore, type Store } from '../../src/store/store.ts';
import { startTestGateway, type TestGateway } from '../support/gateway.ts';
import { createWorld, expectType } from '../support/operations.ts';

/** An end that is recorded again, because the answer of the database was lost: it is told as it is, and leaves nothing behind. */

let gateway: TestGateway;
let client: MongoClient;
let store: Store;
let project: ProjectStore;

const large = 'It is blue. '.repeat(30_000);

beforeAll(async () => {
  gateway = await startTestGateway();
  const { uri, databaseName } = gateway.database;
  client = await new MongoClient(uri).connect();
  store = await openStore({ uri, databaseName });
  const first = await store.tenancy.findFirstProject();
  project = store.forProject(first?.id ?? '');
});
afterAll(async () => {
  await store.close();
  await client.close();
  await gateway[Symbol.asyncDispose]();
});

const countFiles = (filename: string) =>
  client.db(gateway.database.databaseName).collection('run_payloads.files').countDocuments({ filename });

describe.each([
  ['small', 'Blue.', 0],
  ['large', large, 1],
])('with a %s result', (_, result, files) => {
  test('of a run', async () => {
    const environment = { provider: 'openai_compatible', endpoint: 'http://127.0.0.1:9', defaultModel: 'm' };
    const { execute, interaction } = await createWorld(gateway, { environment });
    const input = { interactionId: interaction.id, data: { object: 'car' }, stream: true };
    const { id } = expectType(await execute(input), 'InteractionRun');
    const run = await project.runs.claim(id, 'us', new Date(Date.now() + 60_000));
    if (run === null) throw new Error('Nobody else claims it');
    const outcome: RunOutcome = {
      status: 'completed',
      result,
      isCached: false,
      tokenUse: null,
      cost: null,
      executionTimeMs: 1,
      error: null,
      warnings: [],
      attempts: [],
      chunkCount: 0,
    };
    const now = new Date();
    const finished = await project.runs.finish(run, 'us', outcome, now);
    expect(finished).toMatchObject({ status: 'completed', finishedAt: now });
    expect(await project.runs.finish(run, 'us', outcome, now)).toEqual(finished);
    expect(await project.runs.finish(run, 'us', outcome, new Date(now.getTime() + 1))).toBeNull();
    expect(await project.runs.finish(run, 'others', outcome, now)).toBeNull();
    expect(await countFiles(id)).toBe(files);
  });

  test('of a file', async () => {
    const file = { run: 'r', executionId: 'e', workflow: 'w', name: 'n', size: 1, sha256: 's', file: 'f' };
    const [{ id } = { id: '' }] = await project.fileRuns.insertMany([file]);
    await project.fileRuns.begin(id, 2);
    const outcome: FileOutcome = {
      type: null,
      status: 'completed',
      error: null,
      pages: null,
      answerPages: null,
      parts: null,
      origin: null,
      attempts: [],
      tokenUse: null,
      executionTimeMs: 1,
      result,
      extractedText: null,
    };
    const finished = await project.fileRuns.finish(id, 2, outcome);
    expect(finished).toMatchObject({ status: 'completed', epoch: 2 });
    expect(await project.fileRuns.finish(id, 2, outcome)).toEqual(finished);
    expect(await project.fileRuns.finish(id, 1, outcome)).toBeNull();
    expect(await project.fileRuns.finish(id, 3, outcome)).toBeNull();
    expect(await countFiles(id)).toBe(files);
  });
});
