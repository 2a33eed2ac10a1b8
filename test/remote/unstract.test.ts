import { afterAll, beforeAll, expect, test } from 'vitest';
import { graphql } from '../generated/gql.ts';
import { createDeploymentOperations, createFileOperations } from '../support/deployment-operations.ts';
import { type FileServer, startFileServer } from '../support/file-server.ts';
import { startTestGateway, type TestGateway } from '../support/gateway.ts';
import { expectType } from '../support/operations.ts';
import { connectRemote } from '../support/remote.ts';
import { createRunOperations } from '../support/run-operations.ts';

/** Deployments that are executed at Unstract, as its document and its servers have it. */

const attemptsQuery = graphql(`
  query AttemptsElsewhere($id: ID!) {
    run(id: $id) { id status model attempts { provider model remoteRun tokenUse { total } error { code } } }
  }
`);

const searchQuery = graphql(`
  query SearchFilesElsewhere($search: String!) {
    runs(search: $search) { totalCount facets(fields: [DEPLOYMENT, MODEL]) { buckets { value count } } }
  }
`);

let gateway: TestGateway;
let server: FileServer;
let local: Awaited<ReturnType<typeof connectRemote>>;
let files: ReturnType<typeof createFileOperations>;
let deploymentId: string;

beforeAll(async () => {
  gateway = await startTestGateway();
  server = await startFileServer();
  const environment = { provider: 'unstract', endpoint: server.origin, credentials: 'YOUR_API_KEY' };
  local = await connectRemote(gateway, environment);
  files = createFileOperations(gateway);
  const { deployments } = expectType(await local.importRemote(['acme/invoices']), 'ImportedPayload');
  deploymentId = deployments[0]?.id ?? '';
});
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});

const invoice = (name: string, text = `Invoice ${name}`) => new File([text], name);
const run = async (given: readonly File[], more: object = {}) =>
  expectType(await files.runFiles({ deploymentId, timeout: 60, ...more }, given), 'DeploymentRun');

const address = '/deployment/api/acme/invoices/?execution_id=e1';
const envelope = (status: string, result: unknown = null) => ({
  message: { execution_status: status, status_api: address, error: null, result },
});
const usage = { llm: [{ model: 'gpt-4o', input_tokens: 5, output_tokens: 2, total_tokens: 7 }] };
const success = (file: string, total: number) => ({
  file,
  status: 'Success',
  result: { input_file: file, output: { total, vendor: 'Quicksilver' } },
  metadata: { usage },
});
const failed = (file: string, error: string) => ({ file, status: 'Failed', error });

test('are registered by their names, each with a name of its own here', async () => {
  const ids = ['acme/invoices', 'acme/orders', 'other/invoices'];
  const { deployments, warnings } = expectType(await local.importRemote(ids), 'ImportedPayload');
  expect(deployments).toMatchObject([
    { id: deploymentId, remoteId: 'acme/invoices', externalId: 'acme/invoices', name: 'invoices', isActive: true },
    { remoteId: 'acme/orders', name: 'orders', extractions: [] },
    { remoteId: 'other/invoices', name: 'invoices-2' },
  ]);
  expect(warnings).toEqual([expect.stringContaining('invoices-2')]);
  expect(expectType(await local.importRemote(), 'ValidationError').issues).toMatchObject([{ path: '/externalIds' }]);
  const { errors } = await local.sendImport(['../x']);
  expect(errors).toMatchObject([{ extensions: { code: 'UPSTREAM_ERROR' } }]);
});

test('process files there, and are on record here with each file', async () => {
  server.answer(
    [200, envelope('PENDING')],
    [422, { status: 'EXECUTING' }],
    [200, { status: 'COMPLETED', message: [failed('b.pdf', 'It has no text'), success('a.txt', 7)] }],
  );
  const before = server.requests.length;
  const done = await run([invoice('a.txt'), invoice('b.pdf')], { customData: { year: 2026 }, tags: ['t'] });
  expect(done).toMatchObject({
    status: 'COMPLETED',
    name: 'invoices',
    tags: ['t'],
    deployment: { id: deploymentId },
    result: [
      { file: 'a.txt', status: 'completed', result: { total: 7, vendor: 'Quicksilver' }, error: null },
      { file: 'b.pdf', status: 'failed', result: null, error: 'It has no text' },
    ],
    files: [
      { name: 'a.txt', status: 'COMPLETED', result: { total: 7 }, error: null, tokenUse: { total: 7 } },
      { name: 'b.pdf', status: 'FAILED', result: null, error: { code: 'provider_error', message: 'It has no text' } },
    ],
    tokenUse: { total: 7 },
    warnings: ['"b.pdf": It has no text'],
  });
  expect(server.requests[before]).toMatchObject({
    method: 'POST',
    path: '/deployment/api/acme/invoices/',
    fields: { include_metadata: 'true', tags: 't', custom_data: '{"year":2026}' },
    files: [
      { name: 'a.txt', content: 'Invoice a.txt' },
      { name: 'b.pdf', content: 'Invoice b.pdf' },
    ],
  });
  expect((await gateway.query(attemptsQuery, { id: done.id })).run).toMatchObject({
    model: 'gpt-4o',
    attempts: [{ provider: 'unstract', model: 'gpt-4o', remoteRun: 'e1', tokenUse: { total: 7 }, error: null }],
  });
  expect((await gateway.query(searchQuery, { search: 'quicksilver' })).runs).toEqual({
    totalCount: 1,
    facets: [{ buckets: [{ value: deploymentId, count: 1 }] }, { buckets: [{ value: 'gpt-4o', count: 1 }] }],
  });
});

test('fail with all their files, or as a whole', async () => {
  server.answer([422, envelope('ERROR', [failed('a.txt', 'No text'), failed('b.txt', 'No text either')])]);
  const broken = await run([invoice('a.txt'), invoice('b.txt')]);
  expect(broken).toMatchObject({
    status: 'FAILED',
    error: { code: 'provider_error', message: 'All files failed' },
    files: [{ error: { message: 'No text' } }, { error: { message: 'No text either' } }],
  });
  server.answer([401, { type: 'client_error', errors: [{ code: 'error', detail: 'Unauthorized', attr: null }] }]);
  const refused = await run([invoice('a.txt')]);
  const message = expect.stringContaining('Unauthorized');
  expect(refused).toMatchObject({
    status: 'FAILED',
    error: { code: 'authentication_error', message },
    files: [{ status: 'FAILED', error: { code: 'authentication_error', message } }],
  });
});

test('warn of a history that is not there', async () => {
  server.answer([200, envelope('COMPLETED', [success('a.txt', 1)])]);
  const { warnings } = await run([invoice('a.txt')], { useFileHistory: true });
  expect(warnings).toEqual([expect.stringContaining('useFileHistory')]);
});

test('are changed where they are', async () => {
  const { updateDeployment } = createDeploymentOperations(gateway);
  const refusal = await updateDeployment(deploymentId, { extractions: [], model: 'm' });
  expect(expectType(refusal, 'ValidationError').issues).toMatchObject([{ path: '/extractions' }, { path: '/model' }]);
  expect(await updateDeployment(deploymentId, { displayName: 'Invoices' })).toMatchObject({ displayName: 'Invoices' });
});

test('go on where another process left them, and send their files once', async () => {
  const before = server.requests.length;
  server.answer([200, envelope('PENDING')], 'stall');
  const second = await startTestGateway({ SHUTDOWN_GRACE_MS: '1' }, { beside: gateway });
  const { runFiles } = createFileOperations(second);
  const accepted = await runFiles({ deploymentId, timeout: 0 }, [invoice('a.txt')]);
  const { id } = expectType(accepted, 'DeploymentRun');
  await server.stalled;
  server.answer([200, { status: 'COMPLETED', message: [success('a.txt', 3)] }]);
  await second.close();
  await server.left;
  const events = await Array.fromAsync(createRunOperations(gateway).followRun(id));
  expect(events.at(-1)).toMatchObject({ run: { status: 'COMPLETED', result: [{ result: { total: 3 } }] } });
  expect(server.requests.slice(before).map(({ method }) => method)).toEqual(['POST', 'GET', 'GET']);
});

test('end here when they are cancelled', async () => {
  server.answer([200, envelope('PENDING')], ...Array.from({ length: 20 }, () => [200, envelope('EXECUTING')] as const));
  const accepted = await run([invoice('a.txt')], { timeout: 0 });
  const { cancelRun } = createRunOperations(gateway);
  const { run: cancelled } = expectType(await cancelRun(accepted.id), 'RunPayload');
  expect(cancelled.status).toBe('CANCELLED');
  const { files: ended } = await files.findDeploymentRun(accepted.id);
  expect(ended).toMatchObject([{ status: 'CANCELLED' }]);
});
