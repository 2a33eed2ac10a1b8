import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { type EmbeddedDatabase, startEmbeddedDatabase } from '../../src/embedded/embedded.ts';
import { startTestGateway, type TestGateway } from '../support/gateway.ts';
import { completion, type OpenaiServer, startOpenaiServer } from '../support/openai-server.ts';
import { createWorld, expectType } from '../support/operations.ts';
import { createRunOperations } from '../support/run-operations.ts';
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.ts';

/** The database is away for a while, and comes back. */

let folder: string;
let embedded: EmbeddedDatabase;
let network: TcpProxy;
let server: OpenaiServer;
let gateway: TestGateway;
let world: Awaited<ReturnType<typeof createWorld>>;
let runs: ReturnType<typeof createRunOperations>;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'trivium-outage-'));
  embedded = await startEmbeddedDatabase({ dataDir: folder, port: 0 });
  const uri = new URL(embedded.uri);
  network = await startTcpProxy({ host: '127.0.0.1', port: Number(uri.port) });
  uri.port = String(network.port);
  server = await startOpenaiServer();
  // A lease is longer than the driver waits for the database, or runs would be recorded with one that is over.
  gateway = await startTestGateway({ MONGODB_URI: String(uri), LEASE_MS: '6000' });
  world = await createWorld(gateway, {
    environment: { provider: 'openai_compatible', endpoint: server.url, defaultModel: 'm' },
  });
  runs = createRunOperations(gateway);
});
afterAll(async () => {
  await network.open().catch(() => undefined);
  await gateway[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
  await network[Symbol.asyncDispose]();
  await embedded.close();
  await rm(folder, { recursive: true, force: true });
});

const post = async (object: string, tag: string) => {
  const query =
    'mutation ($input: ExecuteInput!) { execute(input: $input) { ... on InteractionRun { id status result } } }';
  const input = { interactionId: world.interaction.id, data: { object }, tags: [tag] };
  const response = await fetch(`${gateway.url}/graphql`, {
    method: 'POST',
    headers: { authorization: `Bearer ${gateway.key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ query, variables: { input } }),
  });
  return { status: response.status, text: await response.text() };
};

test('runs in flight finish and are recorded; requests are told to try again; nothing needs a restart', async () => {
  const input = { interactionId: world.interaction.id, data: { object: 'car' } };
  const blocking = world.execute(input);
  const answering = await server.next();
  const streamed = expectType(await world.execute({ ...input, stream: true }), 'InteractionRun').id;
  const reader = runs.followRun(streamed);
  const first = reader.next();
  const streaming = await server.next();
  streaming.chunk('one ');
  await first;

  await network.close();
  // Both runs go on without the database.
  streaming.chunk('two ');
  expect((await reader.next()).value).toMatchObject({ text: 'two ' });
  streaming.chunk('three');
  streaming.done();
  answering.chunk('blocking');
  answering.done();

  const refused = await fetch(`${gateway.url}/graphql`, {
    method: 'POST',
    headers: { authorization: `Bearer ${gateway.key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ query: '{ runs { totalCount } }' }),
  });
  expect(refused.status).toBe(503);
  expect(await refused.json()).toMatchObject({
    errors: [
      {
        message: 'The database cannot be reached at the moment; try again',
        extensions: { code: 'UNAVAILABLE' },
      },
    ],
  });
  expect((await fetch(`${gateway.url}/readyz`)).status).toBe(503);
  expect((await fetch(`${gateway.url}/healthz`)).status).toBe(200);
  await network.open();

  expect(await blocking).toMatchObject({ status: 'COMPLETED', result: 'blocking' });
  const rest = await Array.fromAsync(reader);
  expect(rest.at(-1)).toMatchObject({ run: { status: 'COMPLETED', result: 'one two three' } });
  expect(await world.findRun(streamed)).toMatchObject({ status: 'COMPLETED', result: 'one two three' });
  // The stored log has no gap either.
  const again = await Array.fromAsync(runs.followRun(streamed));
  expect(again.map((event) => (event.__typename === 'RunChunk' ? event.text : ''))).toEqual([
    'one ',
    'two ',
    'three',
    '',
  ]);
  expect((await fetch(`${gateway.url}/readyz`)).status).toBe(200);
});

test('under load, each request is served or told to try again, and no run stays unfinished', async () => {
  server.always((request) => {
    request.chunk('answer');
    request.done();
  });
  const answers: Promise<{ status: number; text: string }>[] = [];
  const execute = () => post('car', 'load');
  // Some are under way when the database goes, some come while it is away, some when it is back.
  for (let count = 0; count < 15; count += 1) answers.push(execute());
  await answers[0];
  await network.close();
  for (let count = 0; count < 15; count += 1) answers.push(execute());
  await Promise.race(answers.slice(15));
  await network.open();
  for (let count = 0; count < 15; count += 1) answers.push(execute());

  const settled = await Promise.all(answers);
  const served = settled.filter(({ status }) => status === 200);
  for (const { text } of served) expect(JSON.parse(text)).toMatchObject({ data: { execute: { status: 'COMPLETED' } } });
  for (const { status, text } of settled.filter((answer) => !served.includes(answer))) {
    expect(status).toBe(503);
    expect(text).toContain('"UNAVAILABLE"');
  }
  expect(served.length).toBeGreaterThan(15);

  const load = { tags: { all: ['load'] } };
  await vi.waitFor(
    async () => expect((await runs.listRuns({ ...load, status: ['PROCESSING'] })).totalCount).toBe(0),
    20_000,
  );
  const completed = await runs.listRuns({ ...load, status: ['COMPLETED'] }, 100);
  const ids = completed.nodes.map(({ id }) => id);
  expect(served.every(({ text }) => ids.includes(JSON.parse(text).data.execute.id))).toBe(true);
});

test('cut again and again, nothing that was answered is lost, mixed up or done twice', async () => {
  const calls: string[] = [];
  server.always((request) => {
    const object = /color is the (\w+)/.exec(JSON.stringify(request.body))?.[1] ?? '';
    calls.push(object);
    request.json(200, completion(`answer ${object}`));
  });
  const served = new Map<string, string>();
  let count = 0;
  const work = async () => {
    while (count < 300) {
      count += 1;
      const object = `object${count}`;
      if (count % 50 === 0) network.cut();
      const { status, text } = await post(object, 'cut');
      if (status === 200) served.set(JSON.parse(text).data.execute.id, object);
      else expect([status, text]).toEqual([503, expect.stringContaining('"UNAVAILABLE"')]);
    }
  };
  await Promise.all(Array.from({ length: 20 }, work));
  expect(served.size).toBeGreaterThan(100);
  expect(new Set(calls).size).toBe(calls.length);
  for (const [id, object] of served)
    expect(await world.findRun(id)).toMatchObject({ status: 'COMPLETED', result: `answer ${object}` });
});
