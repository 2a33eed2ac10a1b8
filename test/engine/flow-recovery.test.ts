import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { createFlowOperations } from '../support/flow-operations.ts';
import { createGatewayClient } from '../support/gateway-client.ts';
import { type GatewayProcess, startGatewayProcess, untilExit } from '../support/gateway-process.ts';
import { type OpenaiServer, startOpenaiServer } from '../support/openai-server.ts';
import { createWorld, expectType } from '../support/operations.ts';
import { createRunOperations } from '../support/run-operations.ts';

/** A flow whose process is killed between two steps. */

const key = 'sk-test-admin-key-of-the-first-project';

let server: OpenaiServer;
let database: TestDatabase;
const processes: GatewayProcess[] = [];

async function start() {
  const uri = new URL(database.uri);
  uri.pathname = `/${database.databaseName}`;
  const gateway = await startGatewayProcess({
    PORT: '0',
    MONGODB_URI: String(uri),
    SECRET_KEY: 'a secret key that only the tests have',
    BOOTSTRAP_KEY: key,
    OUTBOUND_ALLOW: 'loopback',
    LEASE_MS: '1000',
  });
  processes.push(gateway);
  const client = createGatewayClient(gateway.url, key);
  return { ...gateway, client, flows: createFlowOperations(client), runs: createRunOperations(client) };
}

beforeAll(async () => {
  server = await startOpenaiServer();
  database = await createTestDatabase();
});
afterAll(async () => {
  for (const { child } of processes) child.kill('SIGKILL');
  await Promise.all(processes.map(({ child }) => untilExit(child)));
  await database[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});

test('the finished steps stay on record, nothing runs again unasked, and a retry goes on behind them', async () => {
  const [victim, survivor] = [await start(), await start()];
  const environment = { provider: 'openai_compatible', endpoint: server.url, defaultModel: 'm' };
  const environmentId = (await createWorld(victim.client, { environment })).environment.id;
  const steps = [
    { name: 'First', promptId: await victim.flows.makePrompt('Begin'), environmentId },
    {
      name: 'Second',
      promptId: await victim.flows.makePrompt('{{ text }} more'),
      environmentId,
      inputs: { text: '{{ steps.First }}' },
    },
  ];
  const flowId = await victim.flows.makeFlow({ name: 'F', steps });
  const created = expectType(await victim.flows.generate({ flowId, stream: true }), 'FlowRun');
  const cutOff = Array.fromAsync(victim.flows.followFlow(created.id)).catch((error: unknown) => error);
  const first = await server.next();
  first.chunk('Once');
  first.done();
  await server.next();
  const events = Array.fromAsync(survivor.flows.followFlow(created.id));
  victim.child.kill('SIGKILL');
  await untilExit(victim.child);
  await cutOff;

  expect((await events).at(-1)).toMatchObject({ run: { status: 'FAILED', error: { code: 'interrupted' } } });
  expect(await survivor.flows.findFlowRun(created.id)).toMatchObject({
    status: 'FAILED',
    steps: [
      { key: 'First', status: 'COMPLETED', output: 'Once' },
      { key: 'Second', status: 'FAILED', error: { code: 'interrupted' } },
    ],
  });
  const retried = survivor.runs.retryRun(created.id);
  const request = await server.next();
  expect(JSON.stringify(request.body)).toContain('Once more');
  request.chunk('Twice');
  request.done();
  expect(expectType(await retried, 'RunPayload').run).toMatchObject({ status: 'COMPLETED', result: 'Twice' });
}, 60_000);
