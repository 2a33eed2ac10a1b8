import { afterAll, beforeAll, expect, test } from 'vitest';
import { graphql } from '../generated/gql.ts';
import { createDeploymentOperations, createFileOperations } from '../support/deployment-operations.ts';
import { answerFromDocuments } from '../support/document-model.ts';
import { type OpenaiServer, startOpenaiServer } from '../support/openai-server.ts';
import { createWorld, expectType } from '../support/operations.ts';
import { connectRemote, startTwoGateways } from '../support/remote.ts';

/** Deployments of one gateway that another one executes, by Unstract's API. */

const originalQuery = graphql(`
  query OriginalExecution($id: ID!) {
    run(id: $id) { attempts { remoteRun tokenUse { total } } }
  }
`);

const executionsQuery = graphql(`
  query ExecutionsThere {
    runs(filter: { kind: [DEPLOYMENT] }, first: 1) {
      nodes {
        status tags input
        ... on DeploymentRun { executionId files { name sha256 status result tokenUse { total } } }
      }
    }
  }
`);

let gateways: Awaited<ReturnType<typeof startTwoGateways>>;
let server: OpenaiServer;
let remote: ReturnType<typeof createDeploymentOperations>;
let files: ReturnType<typeof createFileOperations>;
let remoteId: string;
let localIds: Map<string | null | undefined, string>;

beforeAll(async () => {
  gateways = await startTwoGateways();
  server = await startOpenaiServer();
  answerFromDocuments(server);
  const { environment } = await createWorld(gateways.remote, {
    environment: { provider: 'openai_compatible', endpoint: server.url, defaultModel: 'm' },
  });
  remote = createDeploymentOperations(gateways.remote);
  const made = await remote.createDeployment({
    name: 'invoices',
    extractions: [
      { key: 'total', prompt: 'What is the total?', type: 'NUMBER' },
      { key: 'vendor', prompt: 'Who sent it?' },
    ],
    environmentId: environment.id,
  });
  remoteId = expectType(made, 'Deployment').id;
  const connected = await connectRemote(gateways.local, {
    provider: 'unstract',
    endpoint: `${gateways.remote.url}/deployment/api/default`,
    credentials: gateways.remote.key,
  });
  const { deployments } = expectType(await connected.importRemote(['invoices', 'gone']), 'ImportedPayload');
  localIds = new Map(deployments.map(({ remoteId: there, id }) => [there, id]));
  files = createFileOperations(gateways.local);
});
afterAll(async () => {
  await gateways[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});

const run = async (name: string, given: readonly File[], more: object = {}) =>
  expectType(
    await files.runFiles({ deploymentId: localIds.get(name) ?? '', timeout: 60, ...more }, given),
    'DeploymentRun',
  );

test('files of the same name and bytes are processed there, each for itself', async () => {
  const given = [
    new File(['An invoice. total: 12.5 euros'], 'a.txt'),
    new File(['An invoice. total: 7 euros'], 'a.txt'),
    new File(['An invoice. total: 7 euros'], 'b.txt'),
  ];
  const done = await run('invoices', given, { tags: ['t', 'u'], customData: { year: 2026 } });
  expect(done).toMatchObject({
    status: 'COMPLETED',
    result: [
      { file: 'a.txt', result: { total: 12.5 } },
      { file: 'a.txt', result: { total: 7 } },
      { file: 'b.txt', result: { total: 7 } },
    ],
    files: [{ tokenUse: { total: 18 } }, { tokenUse: { total: 18 } }, { tokenUse: { total: 18 } }],
    tokenUse: { total: 54 },
  });
  const { runs } = await gateways.remote.query(executionsQuery, {});
  const [original] = runs.nodes;
  if (original === undefined || !('executionId' in original)) throw new Error('There is no execution');
  expect(original).toMatchObject({ status: 'COMPLETED', tags: ['t', 'u'], input: { customData: { year: 2026 } } });
  expect(original.files.map(({ sha256 }) => sha256)).toEqual(done.files.map(({ sha256 }) => sha256));
  const { run: recorded } = await gateways.local.query(originalQuery, { id: done.id });
  expect(recorded?.attempts).toEqual([{ remoteRun: original.executionId, tokenUse: { total: 54 } }]);
});

test('some files fail, or all of them', async () => {
  const good = new File(['An invoice. total: 3 euros'], 'good.txt');
  const empty = new File(['   '], 'empty.txt');
  const mixed = await run('invoices', [good, empty]);
  expect(mixed).toMatchObject({
    status: 'COMPLETED',
    files: [
      { status: 'COMPLETED', result: { total: 3 }, error: null },
      { status: 'FAILED', result: null, error: { message: expect.stringContaining('no text') } },
    ],
  });
  const broken = await run('invoices', [empty]);
  expect(broken).toMatchObject({
    status: 'FAILED',
    error: { code: 'provider_error' },
    files: [{ status: 'FAILED', error: { message: expect.stringContaining('no text') } }],
  });
});

test('what is not there, or takes no files, is said', async () => {
  const file = new File(['An invoice. total: 3 euros'], 'good.txt');
  const code = 'invalid_request';
  expect(await run('gone', [file])).toMatchObject({
    error: { code, message: expect.stringContaining('API not found') },
  });
  await remote.deactivateDeployment(remoteId);
  expect(await run('invoices', [file])).toMatchObject({
    error: { code, message: expect.stringContaining('inactive') },
  });
  await remote.activateDeployment(remoteId);
});
