import { MongoClient } from 'mongodb';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { graphql } from '../generated/gql.ts';
import { createFlowOperations } from '../support/flow-operations.ts';
import { startTestGateway, type TestGateway } from '../support/gateway.ts';
import { completion, type OpenaiServer, startOpenaiServer } from '../support/openai-server.ts';
import { createWorld, expectType } from '../support/operations.ts';
import { createRunOperations } from '../support/run-operations.ts';

/** What the steps of a run were given and gave, as it lies in the database. */

const recordNothingMutation = graphql(`
  mutation RecordNoSteps($id: ID!, $recordPayloads: RecordPayloads!) {
    updateProject(id: $id, input: { recordPayloads: $recordPayloads }) { __typename }
  }
`);

let gateway: TestGateway;
let server: OpenaiServer;
let client: MongoClient;
let flows: ReturnType<typeof createFlowOperations>;
let runs: ReturnType<typeof createRunOperations>;
let flowId: string;
let isFailing = false;

const long = 'A very long answer. '.repeat(10_000);

beforeAll(async () => {
  gateway = await startTestGateway();
  server = await startOpenaiServer();
  server.always((request) => {
    const isSecond = JSON.stringify(request.body).includes('very long');
    if (isSecond && isFailing) request.json(400, { error: { message: 'no' } });
    else request.json(200, completion(isSecond ? 'Short.' : long));
  });
  client = await new MongoClient(gateway.database.uri).connect();
  flows = createFlowOperations(gateway);
  runs = createRunOperations(gateway);
  const environment = { provider: 'openai_compatible', endpoint: server.url, defaultModel: 'm' };
  const environmentId = (await createWorld(gateway, { environment })).environment.id;
  const steps = [
    { name: 'Long', promptId: await flows.makePrompt('Go on'), environmentId },
    {
      name: 'Short',
      promptId: await flows.makePrompt('{{ text }}'),
      environmentId,
      inputs: { text: '{{ steps.Long }}' },
    },
  ];
  flowId = await flows.makeFlow({ name: 'Long', steps });
});
afterAll(async () => {
  await client.close();
  await gateway[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});

async function look(id: string) {
  const db = client.db(gateway.database.databaseName);
  const run = await db.collection<{ _id: string }>('runs').findOne({ _id: id });
  return { run, files: await db.collection('run_payloads.files').countDocuments({ filename: id }) };
}

test('large ones lie beside the run, are read with it, carried on by a retry, and removed with it', async () => {
  isFailing = true;
  const failed = expectType(await flows.generate({ flowId }), 'FlowRun');
  expect(failed.steps.map(({ status }) => status)).toEqual(['COMPLETED', 'FAILED']);
  expect(failed.steps[0]?.output).toBe(long);
  const { run, files } = await look(failed.id);
  const kept = { output: null, prompt: [], payloadFile: expect.any(String) };
  expect(run).toMatchObject({ steps: [kept, kept] });
  expect(files).toBe(2);
  isFailing = false;
  const retried = expectType(await runs.retryRun(failed.id), 'RunPayload').run.id;
  await runs.deleteRun(failed.id);
  expect(await look(failed.id)).toEqual({ run: null, files: 0 });
  expect(await flows.findFlowRun(retried)).toMatchObject({
    status: 'COMPLETED',
    result: 'Short.',
    steps: [{ output: long }, { output: 'Short.', prompt: [{ content: long }] }],
  });
});

test('a streamed retry goes on as well, whoever starts it', async () => {
  isFailing = true;
  const failed = expectType(await flows.generate({ flowId }), 'FlowRun');
  isFailing = false;
  const retried = expectType(await runs.retryRun(failed.id, true), 'RunPayload').run.id;
  const asked = server.requests.length;
  expect((await Array.fromAsync(flows.followFlow(retried))).at(-1)).toMatchObject({ run: { result: 'Short.' } });
  expect(server.requests.length).toBe(asked + 1);
});

test('are not kept where the project records none', async () => {
  const id = (await gateway.store.tenancy.findFirstProject())?.id ?? '';
  const record = (recordPayloads: 'ALL' | 'METADATA') => gateway.query(recordNothingMutation, { id, recordPayloads });
  await record('METADATA');
  const answered = expectType(await flows.generate({ flowId }), 'FlowRun');
  await record('ALL');
  expect(answered.result).toBe('Short.');
  const { run, files } = await look(answered.id);
  expect(run).toMatchObject({ plan: null, input: null, result: null, steps: [{ output: null }, { prompt: [] }] });
  expect(files).toBe(0);
  expect(await flows.findFlowRun(answered.id)).toMatchObject({ steps: [{ status: 'COMPLETED', output: null }, {}] });
});
