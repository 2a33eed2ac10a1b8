import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { createGatewayClient } from '../support/gateway-client.ts';
import { type GatewayProcess, startGatewayProcess, untilExit } from '../support/gateway-process.ts';
import { type OpenaiServer, startOpenaiServer } from '../support/openai-server.ts';
import { createOperations, createWorld, expectType } from '../support/operations.ts';
import { createRunOperations } from '../support/run-operations.ts';

/** Real gateway processes that share a database, and what becomes of their runs when one of them is killed or stopped. */

const key = 'sk-test-admin-key-of-the-first-project';

let server: OpenaiServer;
let database: TestDatabase;
const processes: GatewayProcess[] = [];
let survivor: Awaited<ReturnType<typeof start>>;
let interactionId: string;

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
    SHUTDOWN_GRACE_MS: '100',
  });
  processes.push(gateway);
  const client = createGatewayClient(gateway.url, key);
  return { ...gateway, client, runs: createRunOperations(client) };
}

beforeAll(async () => {
  server = await startOpenaiServer();
  database = await createTestDatabase();
  survivor = await start();
  const environment = { provider: 'openai_compatible', endpoint: server.url, defaultModel: 'm' };
  interactionId = (await createWorld(survivor.client, { environment })).interaction.id;
});
afterAll(async () => {
  for (const { child } of processes) child.kill('SIGKILL');
  await Promise.all(processes.map(({ child }) => untilExit(child)));
  await database[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});

/** A blocking execution and a streamed one under way on a gateway; the stream has a reader there and one on the survivor. */
async function beginRuns(gateway: Awaited<ReturnType<typeof start>>) {
  const { execute } = createOperations(gateway.client);
  const created = await execute({ interactionId, data: { object: 'car' }, stream: true });
  const streamed = expectType(created, 'InteractionRun').id;
  const reader = gateway.runs.followRun(streamed);
  const first = reader.next();
  const streaming = await server.next();
  streaming.chunk('one ');
  expect((await first).value).toMatchObject({ text: 'one ' });
  const watcher = survivor.runs.followRun(streamed);
  expect((await watcher.next()).value).toMatchObject({ id: `${streamed}:1:1`, text: 'one ' });

  const blocking = execute({ interactionId, data: { object: 'boat' } }).catch((error: Error) => error);
  const answering = await server.next();
  const { nodes } = await survivor.runs.listRuns({ status: ['PROCESSING'] });
  expect(nodes.map(({ id }) => id)).toContain(streamed);
  expect(nodes).toHaveLength(2);
  return { streamed, reader, watcher, blocking, ids: nodes.map(({ id }) => id), requests: [streaming, answering] };
}

/** How a run ended, as the survivor says once it has. */
async function readEnd(id: string) {
  const last = (await Array.fromAsync(survivor.runs.followRun(id))).at(-1);
  return last?.__typename === 'RunClosed' ? last.run : last;
}

const interrupted = { status: 'FAILED', error: { code: 'interrupted' } };

test('a process is killed: its runs fail as interrupted, their readers elsewhere get the end, nothing runs again', async () => {
  const victim = await start();
  const { streamed, reader, watcher, blocking, ids } = await beginRuns(victim);
  const asked = server.requests.length;
  victim.child.kill('SIGKILL');
  await untilExit(victim.child);

  await expect(reader.next()).rejects.toThrow();
  expect(await blocking).toBeInstanceOf(Error);
  const rest = await Array.fromAsync(watcher);
  expect(rest).toMatchObject([{ __typename: 'RunClosed', id: `${streamed}:2:1`, run: interrupted }]);
  // The reader that was cut off goes on at the other process.
  expect(await Array.fromAsync(survivor.runs.followRun(streamed, `${streamed}:1:1`))).toMatchObject([
    { __typename: 'RunClosed', run: interrupted },
  ]);
  for (const id of ids) expect(await readEnd(id)).toMatchObject(interrupted);
  expect(server.requests).toHaveLength(asked);
});

test('a process sleeps for longer than its lease: what it does afterwards changes no run that was taken for lost', async () => {
  const sleeper = await start();
  const { streamed, reader, watcher, blocking, ids, requests } = await beginRuns(sleeper);
  sleeper.child.kill('SIGSTOP');
  const rest = await Array.fromAsync(watcher);
  expect(rest).toMatchObject([{ __typename: 'RunClosed', run: interrupted }]);
  for (const id of ids) expect(await readEnd(id)).toMatchObject(interrupted);

  for (const request of requests) {
    request.chunk('too late');
    request.done();
  }
  sleeper.child.kill('SIGCONT');
  expect(await blocking).toMatchObject({ ...interrupted, result: null });
  const last = (await Array.fromAsync(reader)).at(-1);
  expect(last).toMatchObject({ __typename: 'RunClosed', id: `${streamed}:2:1`, run: { ...interrupted, result: null } });
  for (const id of ids) expect(await readEnd(id)).toMatchObject({ ...interrupted, result: null });

  // It is as good as new.
  const { execute } = createOperations(sleeper.client);
  const after = execute({ interactionId, data: { object: 'car' } });
  const request = await server.next();
  request.chunk('awake');
  request.done();
  expect(await after).toMatchObject({ status: 'COMPLETED', result: 'awake' });
});

test('a process ends cleanly: what does not end within the grace time is interrupted at once, and says so', async () => {
  const leaver = await start();
  const { reader, watcher, blocking } = await beginRuns(leaver);
  leaver.child.kill('SIGTERM');
  expect(await blocking).toMatchObject(interrupted);
  expect((await Array.fromAsync(reader)).at(-1)).toMatchObject({ run: interrupted });
  expect((await Array.fromAsync(watcher)).at(-1)).toMatchObject({ run: interrupted });
  expect(await untilExit(leaver.child)).toBe(0);
});
