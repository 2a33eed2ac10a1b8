import { MongoClient } from 'mongodb';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { graphql } from '../generated/gql.ts';
import { startTestGateway, type TestGateway } from '../support/gateway.ts';
import { completion, type OpenaiServer, startOpenaiServer } from '../support/openai-server.ts';
import { createWorld, expectType } from '../support/operations.ts';

/** Payloads that are too large for a run's document, through the public surface and as they lie in the database. */

const followLarge = graphql(`
  subscription FollowLarge($id: ID!) {
    runStream(id: $id) { ... on RunClosed { run { status result input } } }
  }
`);
const listLarge = graphql(`
  query ListLarge { runs { nodes { id result input ... on InteractionRun { prompt { content } } } } }
`);

let gateway: TestGateway;
let world: Awaited<ReturnType<typeof createWorld>>;
let client: MongoClient;
let server: OpenaiServer;

const object = 'a long story '.repeat(30_000);
const answer = 'It is blue. '.repeat(30_000);

beforeAll(async () => {
  gateway = await startTestGateway();
  server = await startOpenaiServer();
  server.always((request) => {
    const isLong = JSON.stringify(request.body).includes('a long story');
    request.json(200, completion(isLong ? answer : 'Blue.'));
  });
  const environment = { provider: 'openai_compatible', endpoint: server.url, defaultModel: 'm-1' };
  world = await createWorld(gateway, { environment });
  client = await new MongoClient(gateway.database.uri).connect();
});
afterAll(async () => {
  await client.close();
  await gateway[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});

const stored = async (id: string) => {
  const db = client.db(gateway.database.databaseName);
  const run = await db.collection<{ _id: string }>('runs').findOne({ _id: id });
  return { run, files: await db.collection('run_payloads.files').countDocuments({ filename: id }) };
};

test('are whole for the caller, and for who asks later, and lie beside the run', async () => {
  const input = { interactionId: world.interaction.id, data: { object } };
  const run = expectType(await world.execute(input), 'InteractionRun');
  expect(run.result === answer).toBe(true);
  expect(run.input).toEqual({ object });
  expect(await world.findRun(run.id)).toMatchObject({
    result: run.result,
    input: { object },
    prompt: [{ content: `What color is the ${object}?` }],
  });
  const { nodes } = (await gateway.query(listLarge, {})).runs;
  expect(nodes[0]).toMatchObject({ id: run.id, result: run.result, input: { object } });
  expect(await stored(run.id)).toMatchObject({ run: { input: null, prompt: [], result: null }, files: 2 });
});

test('are there for who starts a run later', async () => {
  const input = { interactionId: world.interaction.id, data: { object }, stream: true };
  const { id } = expectType(await world.execute(input), 'InteractionRun');
  const events = await Array.fromAsync(gateway.subscribe(followLarge, { id }));
  expect(events.at(-1)?.runStream).toMatchObject({ run: { status: 'COMPLETED', input: { object } } });
  expect(await world.findRun(id)).toMatchObject({ status: 'COMPLETED', input: { object } });
});

test('that are small lie in the run', async () => {
  const { id } = expectType(
    await world.execute({ interactionId: world.interaction.id, data: { object: 'car' } }),
    'InteractionRun',
  );
  expect(await stored(id)).toMatchObject({ run: { input: { object: 'car' } }, files: 0 });
});

test('keys that MongoDB and JavaScript have a use for come back as they were', async () => {
  const data = JSON.parse('{"object":"car","$where":1,"a.b":{"$gt":[{"c.d":2}]},"100%":true,"%24":0,"%5F_proto__":1}');
  const { id } = expectType(await world.execute({ interactionId: world.interaction.id, data }), 'InteractionRun');
  expect(await world.findRun(id)).toMatchObject({ input: data });
});
