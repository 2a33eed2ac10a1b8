import { type Document, MongoClient } from 'mongodb';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { convertSearch } from '../../src/resolvers/run-search.ts';
import { withExternalId, withRemoteId } from '../../src/store/entity-store.ts';
import { convertRunFilter } from '../../src/store/run-filter.ts';
import { startTestGateway, type TestGateway } from '../support/gateway.ts';
import { createWorld } from '../support/operations.ts';

/** The queries that every request or every screen makes scan an index, and need no sort of their own. */

let gateway: TestGateway;
let client: MongoClient;

beforeAll(async () => {
  gateway = await startTestGateway();
  const { execute, interaction } = await createWorld(gateway);
  const input = { interactionId: interaction.id, data: { object: 'car' }, tags: ['a'] };
  for (let count = 0; count < 5; count += 1) await execute(input);
  client = await new MongoClient(gateway.database.uri).connect();
});
afterAll(async () => {
  await client.close();
  await gateway[Symbol.asyncDispose]();
});

/** The stages of a plan, from the top. */
function listStages(plan: Document | undefined): string[] {
  if (plan === undefined) return [];
  return [plan.stage, ...listStages(plan.inputStage), ...(plan.inputStages ?? []).flatMap(listStages)];
}

const newestFirst = { createdAt: -1, _id: -1 };
const after = new Date();

test.each<[string, string, Document, Document?]>([
  ['files of a run', 'files', { owner: { $in: ['r'] }, project: 'p' }],
  ['files that nobody claimed', 'files', { owner: null, createdAt: { $lt: after } }],
  ['a key by its hash', 'api_keys', { hash: 'x' }],
  ['a project by its slug', 'projects', { slug: 'x' }],
  ['what a project used', 'usage', { project: 'p' }],
  ['cached results of runs', 'cached_results', { project: 'p', run: { $in: ['r', 's'] } }],
  ['runs, newest first', 'runs', { project: 'p' }, newestFirst],
  [
    'the page behind a cursor',
    'runs',
    {
      project: 'p',
      createdAt: { $lte: after },
      $or: [{ createdAt: { $lt: after } }, { createdAt: after, _id: { $lt: 'x' } }],
    },
    newestFirst,
  ],
  ['runs of a status', 'runs', { ...convertRunFilter({ status: ['failed'] }), project: 'p' }, newestFirst],
  [
    'runs of interactions, last changed first',
    'runs',
    { ...convertRunFilter({ kind: ['interaction'] }), project: 'p' },
    { updatedAt: -1, _id: -1 },
  ],
  ['the forks of an interaction', 'interactions', { forkedFrom: 'i', project: 'p' }, newestFirst],
  ['interactions by ids of another service', 'interactions', { ...withExternalId(['a', 'b']), project: 'p' }],
  ['what is imported already', 'interactions', { ...withRemoteId('e', ['a', 'b']), project: 'p' }],
  [
    'a version of an interaction by its tag',
    'interactions',
    { $or: [{ _id: 'i' }, { draft: 'i' }], tags: 't', project: 'p' },
  ],
  ['runs with a tag', 'runs', { ...convertRunFilter({ tags: { all: ['a'] } }), project: 'p' }, newestFirst],
  ['runs of a model', 'runs', { ...convertRunFilter({ model: ['m'] }), project: 'p' }, newestFirst],
  ['runs in an environment', 'runs', { ...convertRunFilter({ environment: ['e'] }), project: 'p' }, newestFirst],
  ['children of a run', 'runs', { ...convertRunFilter({ parent: ['r'] }), project: 'p' }, newestFirst],
  ["a browser key's own runs", 'runs', { 'source.principalId': 'k', project: 'p' }, newestFirst],
  [
    'runs with a word',
    'runs',
    { ...convertRunFilter({ condition: convertSearch('rose') }), project: 'p' },
    newestFirst,
  ],
  ['runs with several words', 'runs', { ...convertRunFilter({ condition: convertSearch('"a rose"') }), project: 'p' }],
  [
    'runs with the beginning of a word',
    'runs',
    { ...convertRunFilter({ condition: convertSearch('ros*') }), project: 'p' },
  ],
  [
    'runs with a word in a field',
    'runs',
    { ...convertRunFilter({ condition: convertSearch('result.x:y') }), project: 'p' },
  ],
  ['runs that changed since', 'runs', { updatedAt: { $gte: after }, project: 'p' }, { updatedAt: 1, _id: 1 }],
  [
    'runs that changed since, and fit a filter',
    'runs',
    {
      ...convertRunFilter({ status: ['failed'] }),
      project: 'p',
      updatedAt: { $gte: after },
      $or: [{ updatedAt: { $gt: after } }, { updatedAt: after, _id: { $gt: '' } }],
    },
    { updatedAt: 1, _id: 1 },
  ],
  ['a run by its execution id', 'runs', { ...convertRunFilter({ executionId: ['u'] }), project: 'p' }],
  [
    'runs that wait to be taken',
    'runs',
    { status: { $in: ['created', 'processing'] }, kind: 'deployment', deadlineAt: { $lte: after } },
  ],
  [
    'webhooks that are due',
    'runs',
    { 'webhook.dueAt': { $lte: after }, finishedAt: { $ne: null } },
    { 'webhook.dueAt': 1 },
  ],
  ['a deployment by its address', 'deployments', { name: 'n', project: 'p' }],
  [
    'the history of a file',
    'file_runs',
    { workflow: 'w', sha256: 's', status: 'completed', project: 'p' },
    newestFirst,
  ],
  ['the files of runs', 'file_runs', { run: { $in: ['r', 's'] }, project: 'p' }],
  ['overdue runs', 'runs', { status: 'created', deadlineAt: { $lte: after } }],
  ['runs to be cancelled', 'runs', { owner: 'o', cancelRequestedAt: { $type: 'date' } }],
  ['the idempotency keys of runs', 'idempotency_keys', { project: 'p', run: { $in: ['r', 's'] } }],
  ['a log in order', 'run_events', { project: 'p', run: 'r', epoch: 1 }, { epoch: 1, first: 1 }],
  ['an interaction by its name', 'interactions', { project: 'p', name: 'n' }],
  ['prompts, newest first', 'prompts', { project: 'p', draft: null }, newestFirst],
  ['flows, newest first', 'flows', { project: 'p' }, newestFirst],
  ['the flows that use a prompt', 'flows', { 'steps.prompt': 'x', project: 'p' }],
  ['the flows that read a folder', 'flows', { 'steps.context.folders': 'x', project: 'p' }],
  ['folders by their names', 'folders', { name: { $in: ['a', 'b'] }, project: 'p' }],
  ['contents of folders', 'contents', { folder: { $in: ['f', 'g'] }, status: 'completed', project: 'p' }],
  ['contents of a folder, newest first', 'contents', { folder: 'f', project: 'p' }, newestFirst],
  ['the passages of texts', 'passages', { revision: { $in: ['r', 's'] }, project: 'p' }, { revision: 1, index: 1 }],
])('%s', async (_name, collection, filter, sort = {}) => {
  const cursor = client.db(gateway.database.databaseName).collection(collection).find(filter).sort(sort);
  const { queryPlanner } = await cursor.explain('queryPlanner');
  const stages = listStages(queryPlanner.winningPlan);
  expect(stages).toContain('IXSCAN');
  expect(stages).not.toContain('COLLSCAN');
  expect(stages).not.toContain('SORT');
});
