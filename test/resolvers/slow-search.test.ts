import { MongoClient } from 'mongodb';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { graphql } from '../generated/gql.ts';
import { startTestGateway, type TestGateway } from '../support/gateway.ts';
import { createRestCaller } from '../support/rest.ts';

/** What takes the database longer than it may is refused, whichever way it is asked for. */

const slowQueries = [
  graphql(`query SlowList { runs(search: "parameters.text:[a TO b]") { nodes { id } } }`),
  graphql(`query SlowTotal { runs(search: "parameters.text:[a TO b]", first: 0) { totalCount } }`),
  graphql(`query SlowFacets { runFacets(search: "parameters.text:[a TO b]", facets: [{ field: STATUS }]) { total } }`),
];

const query = { 'parameters.text': { $regex: 'nothing' } };
const message = 'This takes the database too long; narrow it by dates, names or other fields';

let gateway: TestGateway;

beforeAll(async () => {
  gateway = await startTestGateway({ READ_MAX_MS: '1' });
  await using client = await new MongoClient(gateway.database.uri).connect();
  const project = gateway.bootstrap.project.id;
  const createdAt = new Date();
  const run = { project, kind: 'interaction', name: 'Long', createdAt, updatedAt: createdAt };
  const input = { text: '~'.repeat(50_000) };
  const runs = client.db(gateway.database.databaseName).collection<{ _id: string }>('runs');
  await runs.insertMany(Array.from({ length: 500 }, (_, index) => ({ _id: `${index}`, ...run, input })));
});
afterAll(() => gateway[Symbol.asyncDispose]());

test('by GraphQL, in lists, totals and facets', async () => {
  for (const document of slowQueries) {
    const { errors } = await gateway.send<unknown, Record<string, never>>(document, {});
    expect(errors).toMatchObject([{ message, extensions: { code: 'QUERY_TOO_SLOW' } }]);
  }
});

test('by REST', async () => {
  const call = createRestCaller(gateway, '/api/v1');
  const answer = await call('POST', '/runs/find', { body: { query } });
  expect(answer).toMatchObject({ status: 400, body: { error: 'Bad Request', status: 400, message } });
});
