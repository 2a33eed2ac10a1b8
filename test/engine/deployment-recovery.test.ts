import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { createDeploymentOperations, createFileOperations } from '../support/deployment-operations.ts';
import { answerFromDocument, answerFromDocuments } from '../support/document-model.ts';
import { createGatewayClient } from '../support/gateway-client.ts';
import { type GatewayProcess, startGatewayProcess, untilExit } from '../support/gateway-process.ts';
import { type OpenaiServer, startOpenaiServer } from '../support/openai-server.ts';
import { createWorld, expectType } from '../support/operations.ts';
import { createRunOperations } from '../support/run-operations.ts';

/** What a gateway has accepted is completed, whatever becomes of its process: gateway processes that share a database. */

const key = 'sk-test-admin-key-of-the-first-project';

let server: OpenaiServer;
let database: TestDatabase;
const processes: GatewayProcess[] = [];

async function start(environment: NodeJS.ProcessEnv = {}) {
  const uri = new URL(database.uri);
  uri.pathname = `/${database.databaseName}`;
  const gateway = await startGatewayProcess({
    PORT: '0',
    MONGODB_URI: String(uri),
    SECRET_KEY: 'a secret key that only the tests have',
    BOOTSTRAP_KEY: key,
    OUTBOUND_ALLOW: 'loopback',
    LEASE_MS: '1000',
    SHUTDOWN_GRACE_MS: '100',
    ...environment,
  });
  processes.push(gateway);
  const client = { ...createGatewayClient(gateway.url, key), url: gateway.url, key };
  return { ...gateway, client, files: createFileOperations(client), runs: createRunOperations(client) };
}

let deploymentId: string;

beforeAll(async () => {
  server = await startOpenaiServer();
  database = await createTestDatabase();
  const first = await start();
  const { environment } = await createWorld(first.client, {
    environment: { provider: 'openai_compatible', endpoint: server.url, defaultModel: 'm' },
  });
  const made = await createDeploymentOperations(first.client).createDeployment({
    name: 'invoices',
    environmentId: environment.id,
    extractions: [
      { key: 'total', prompt: 'What is the total?', type: 'NUMBER' },
      { key: 'vendor', prompt: 'Who sent it?' },
    ],
  });
  deploymentId = expectType(made, 'Deployment').id;
  first.child.kill('SIGKILL');
  await untilExit(first.child);
});
afterAll(async () => {
  for (const { child } of processes) child.kill('SIGKILL');
  await Promise.all(processes.map(({ child }) => untilExit(child)));
  await database[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});

const file = (total: number) => new File([`total: ${total}`], `${total}.txt`);

/** The end of a run, as whoever follows it is told. */
async function untilEnd({ runs, files }: Awaited<ReturnType<typeof start>>, id: string) {
  for await (const event of runs.followRun(id)) if (event.__typename === 'RunClosed') break;
  return files.findDeploymentRun(id);
}

/** An execution of which one file is done, and the model is asked for the other. */
async function beginExecution(gateway: Awaited<ReturnType<typeof start>>) {
  const halfway = Promise.withResolvers<void>();
  const stalled = Promise.withResolvers<void>();
  server.always((request) => {
    if (JSON.stringify(request.body).includes('total: 2')) stalled.resolve();
    else answerFromDocument(request);
  });
  const { id } = expectType(await gateway.files.runFiles({ deploymentId }, [file(1), file(2)]), 'DeploymentRun');
  void (async () => {
    for await (const event of gateway.runs.followRun(id)) {
      if (event.__typename === 'RunProgress' && event.progress === 'COMPLETED') halfway.resolve();
    }
  })().catch(() => undefined);
  await Promise.all([halfway.promise, stalled.promise]);
  return id;
}

const completed = {
  status: 'COMPLETED',
  files: [
    { status: 'COMPLETED', result: { total: 1 } },
    { status: 'COMPLETED', result: { total: 2 } },
  ],
};
const countAsked = (text: string) =>
  server.requests.filter((request) => JSON.stringify(request.body).includes(text)).length;

test('a process is killed right after its answer: the execution is completed after a restart', {
  timeout: 90_000,
}, async () => {
  answerFromDocuments(server);
  const victim = await start();
  const { id } = expectType(await victim.files.runFiles({ deploymentId }, [file(1), file(2)]), 'DeploymentRun');
  victim.child.kill('SIGKILL');
  await untilExit(victim.child);
  const next = await start();
  expect(await untilEnd(next, id)).toMatchObject(completed);
  next.child.kill('SIGKILL');
  await untilExit(next.child);
});

test('a process is killed at its work: another goes on file by file, and what is done is not done again', {
  timeout: 90_000,
}, async () => {
  const victim = await start();
  const id = await beginExecution(victim);
  const survivor = await start();
  const asked = [countAsked('total: 1'), countAsked('total: 2')];
  answerFromDocuments(server);
  victim.child.kill('SIGKILL');
  await untilExit(victim.child);
  const done = await untilEnd(survivor, id);
  expect(done).toMatchObject(completed);
  expect([countAsked('total: 1'), countAsked('total: 2')]).toEqual([asked[0], (asked[1] ?? 0) + 1]);
  // What the first process spent on the file that it had done counts too.
  expect(done.tokenUse).toEqual({ total: 36 });
  survivor.child.kill('SIGKILL');
  await untilExit(survivor.child);
});

test('a process ends cleanly: its executions go back to the queue, and another takes them at once', {
  timeout: 90_000,
}, async () => {
  const leaver = await start({ LEASE_MS: '600000' });
  const id = await beginExecution(leaver);
  answerFromDocuments(server);
  leaver.child.kill('SIGTERM');
  expect(await untilExit(leaver.child)).toBe(0);
  const next = await start({ LEASE_MS: '600000' });
  expect(await untilEnd(next, id)).toMatchObject(completed);
});
