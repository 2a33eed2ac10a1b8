import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { MongoClient } from 'mongodb';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { createDeploymentOperations, createFileOperations } from '../support/deployment-operations.ts';
import { answerFromDocument, answerFromDocuments } from '../support/document-model.ts';
import { startTestGateway, type TestGateway } from '../support/gateway.ts';
import { type OpenaiServer, startOpenaiServer } from '../support/openai-server.ts';
import { createWorld, expectType } from '../support/operations.ts';
import { createRunOperations } from '../support/run-operations.ts';

/** Files go into a deployment, and structured results come out. */

let server: OpenaiServer;
let gateway: TestGateway;
let client: MongoClient;
let world: Awaited<ReturnType<typeof createWorld>>;
let deployments: ReturnType<typeof createDeploymentOperations>;
let files: ReturnType<typeof createFileOperations>;
let runs: ReturnType<typeof createRunOperations>;
let deploymentId: string;

const extractions = [
  { key: 'total', prompt: 'What is the total?', type: 'NUMBER' as const },
  { key: 'vendor', prompt: 'Who sent it?' },
];

beforeAll(async () => {
  server = await startOpenaiServer();
  gateway = await startTestGateway({ DOCUMENT_PART_TOKENS: '100', UPLOAD_MAX_FILES: '6' });
  client = await new MongoClient(gateway.database.uri).connect();
  world = await createWorld(gateway, {
    environment: { provider: 'openai_compatible', endpoint: server.url, defaultModel: 'm' },
  });
  deployments = createDeploymentOperations(gateway);
  files = createFileOperations(gateway);
  runs = createRunOperations(gateway);
  deploymentId = await make('invoices');
});
beforeEach(() => answerFromDocuments(server));
afterAll(async () => {
  await client.close();
  await gateway[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});

async function make(name: string, more: object = {}): Promise<string> {
  const input = { name, extractions, environmentId: world.environment.id, ...more };
  return expectType(await deployments.createDeployment(input), 'Deployment').id;
}

const invoice = (text: string, name = 'invoice.txt') => new File([text], name);
const run = async (...given: Parameters<typeof files.runFiles>) =>
  expectType(await files.runFiles(...given), 'DeploymentRun');
const readTotal = (result: unknown) => (result as { total: unknown }).total; // As the extractions say.
const countFiles = () => client.db(gateway.database.databaseName).collection('files').countDocuments();

test('a file gives what it says, and null for what it does not say', async () => {
  const text = 'An invoice. total: 12.5 euros';
  const done = await run({ deploymentId, timeout: 60, tags: ['t'], customData: { a: 1 } }, [invoice(text)]);
  expect(done).toMatchObject({
    kind: 'DEPLOYMENT',
    name: 'invoices',
    status: 'COMPLETED',
    executionId: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/),
    tags: ['t'],
    deployment: { id: deploymentId, name: 'invoices' },
    result: [{ file: 'invoice.txt', status: 'completed', result: { total: 12.5, vendor: null }, error: null }],
    input: { customData: { a: 1 }, files: [{ name: 'invoice.txt', size: text.length }] },
    tokenUse: { total: 18 },
    attempts: [{ model: 'm' }],
    error: null,
  });
  expect(done.files).toMatchObject([
    {
      name: 'invoice.txt',
      type: 'text/plain',
      size: text.length,
      sha256: createHash('sha256').update(text).digest('hex'),
      status: 'COMPLETED',
      result: { total: 12.5, vendor: null },
      error: null,
      pages: 1,
      fromHistory: false,
      extractedText: text,
      tokenUse: { total: 18 },
      metadata: { answerPages: { total: [1] }, parts: 1, version: 1, executionId: done.executionId },
    },
  ]);
});

test('a deployment may show pages that are pictures to the model', async () => {
  const scan = new File([await readFile(new URL('../fixtures/files/scan.pdf', import.meta.url))], 'scan.pdf');
  const shown: unknown[] = [];
  server.always((request) => {
    shown.push(request.body);
    request.chunk('{"total": 1, "vendor": null}');
    request.done();
  });
  const showing = await make('showing', { readsImages: true });
  expect(await run({ deploymentId: showing, timeout: 60 }, [scan])).toMatchObject({
    status: 'COMPLETED',
    files: [
      { name: 'scan.pdf', status: 'COMPLETED', result: { total: 1 }, extractedText: expect.stringContaining('Terms') },
    ],
  });
  const url = expect.stringMatching(/^data:image\/(jpeg|png);base64,[A-Za-z0-9+/=]{1000,}$/);
  const image = { type: 'image_url', image_url: { url } };
  expect(shown).toMatchObject([{ messages: [{ role: 'system' }, { content: expect.arrayContaining([image]) }] }]);

  // The same file, read by ourselves.
  await run({ deploymentId, timeout: 60 }, [scan]);
  expect(shown[1]).toMatchObject({
    messages: [{ role: 'system' }, { content: expect.stringContaining('<document>\n') }],
  });
});

test('some files fail: the run is completed with all rows; all fail: so does the run', async () => {
  const good = invoice('vendor: Ada');
  const mixed = await run({ deploymentId, timeout: 60 }, [good, invoice('refuse me', 'bad.txt')]);
  expect(mixed).toMatchObject({
    status: 'COMPLETED',
    files: [
      { name: 'invoice.txt', status: 'COMPLETED', result: { vendor: 'Ada' } },
      { name: 'bad.txt', status: 'FAILED', result: null, error: { message: expect.stringContaining('not read this') } },
    ],
    warnings: [expect.stringContaining('"bad.txt": ')],
  });
  const failed = await run({ deploymentId, timeout: 60 }, [
    invoice('refuse me', 'bad.txt'),
    new File([new Uint8Array([0x50, 0x4b, 3, 4, 1, 2, 3])], 'broken.docx'),
  ]);
  expect(failed).toMatchObject({
    status: 'FAILED',
    error: { message: expect.stringContaining('All 2 files failed') },
    files: [{ status: 'FAILED' }, { status: 'FAILED', error: { message: expect.stringContaining('"broken.docx"') } }],
  });
});

test('a retry processes the files that failed, as a new execution', async () => {
  const given = [invoice('total: 1'), invoice('refuse me, total: 2', 'bad.txt')];
  const options = { tags: ['again'], includeExtractedText: true, useFileHistory: true };
  const mixed = await run({ deploymentId, timeout: 60, ...options }, given);
  expect(expectType(await runs.retryRun(mixed.id), 'RunPayload').run).toMatchObject({ retryOf: { id: mixed.id } });
  server.always((request) => {
    request.chunk('{"total":2,"vendor":null}');
    request.done();
  });
  const retry = async (id: string) => {
    const { run: retried } = expectType(await runs.retryRun(id), 'RunPayload');
    for await (const event of runs.followRun(retried.id)) if (event.__typename === 'RunClosed') break;
    return files.findDeploymentRun(retried.id);
  };
  const retried = await retry(mixed.id);
  expect(retried).toMatchObject({
    status: 'COMPLETED',
    tags: ['again'],
    files: [{ name: 'bad.txt', status: 'COMPLETED', result: { total: 2 }, extractedText: 'refuse me, total: 2' }],
  });
  expect(retried.executionId).not.toBe(mixed.executionId);
  // It has files of its own, and where none failed, all are processed again.
  await runs.deleteRun(mixed.id);
  const before = await countFiles();
  expect(await retry(retried.id)).toMatchObject({ status: 'COMPLETED', files: [{ name: 'bad.txt' }] });
  expect(await countFiles()).toBe(before + 1);
  await deployments.deactivateDeployment(deploymentId);
  expect(await runs.retryRun(retried.id)).toMatchObject({ __typename: 'ConflictError' });
  await deployments.activateDeployment(deploymentId);
  expect(await countFiles()).toBe(before + 1);
});

test('files of the same name, or the same bytes, are rows of their own', async () => {
  const same = [invoice('total: 1'), invoice('total: 2'), invoice('total: 1', 'copy.txt'), invoice('total: 1')];
  const { files: rows } = await run({ deploymentId, timeout: 60 }, same);
  expect(rows.map(({ name, result }) => [name, readTotal(result)])).toEqual([
    ['invoice.txt', 1],
    ['invoice.txt', 2],
    ['copy.txt', 1],
    ['invoice.txt', 1],
  ]);
});

test('the same bytes through the same version are answered from the history, where that is wanted', async () => {
  const id = await make('history');
  const input = { deploymentId: id, timeout: 60, useFileHistory: true };
  const first = await run(input, [invoice('total: 7')]);
  const asked = server.requests.length;
  const second = await run(input, [invoice('total: 7', 'other.txt')]);
  expect(server.requests).toHaveLength(asked);
  expect(second.files).toMatchObject([
    {
      name: 'other.txt',
      fromHistory: true,
      result: { total: 7 },
      extractedText: 'total: 7',
      tokenUse: null,
      metadata: {
        fromHistory: true,
        executionId: first.executionId,
        fileExecutionId: first.files[0]?.id,
        executionTimeMs: first.files[0]?.executionTimeMs,
      },
    },
  ]);
  expect((await run({ ...input, useFileHistory: false }, [invoice('total: 7')])).files[0]?.fromHistory).toBe(false);
  await deployments.updateDeployment(id, { model: 'other' });
  expect((await run(input, [invoice('total: 7')])).files[0]?.fromHistory).toBe(false);
});

test('a long document is read in parts, and says from which pages its answers come', async () => {
  const id = await make('long', {
    extractions: [...extractions, { key: 'items', prompt: 'What was sold?', type: 'TABLE' }],
  });
  const filler = 'Nothing of interest is said in this sentence. '.repeat(30);
  const sheet = (index: number, text: string) => `<section><h1>${index}</h1><p>${filler}${text}</p></section>`;
  const html = `<html><body>${sheet(1, 'item: Apple')}${sheet(2, 'vendor: Ada item: Pear')}${sheet(3, 'total: 3 item: Apple')}</body></html>`;
  const asked = server.requests.length;
  const { files: rows } = await run({ deploymentId: id, timeout: 60 }, [new File([html], 'long.html')]);
  expect(server.requests.length - asked).toBeGreaterThan(2);
  expect(rows[0]).toMatchObject({
    status: 'COMPLETED',
    result: { total: 3, vendor: 'Ada', items: [{ name: 'Apple' }, { name: 'Pear' }] },
    metadata: { parts: expect.any(Number), answerPages: { total: [1], vendor: [1], items: [1] } },
  });
});

test('an interaction may be executed over each file instead', async () => {
  const interaction = expectType(
    await world.createInteraction({
      name: 'Colors',
      promptIds: [world.prompt.id],
      environmentId: world.environment.id,
    }),
    'Interaction',
  );
  const id = await make('colors', { extractions: null, interactionId: interaction.id, environmentId: null });
  server.always((request) => {
    request.chunk(JSON.stringify(request.body).includes('What color is the cherry?') ? 'red' : 'unknown');
    request.done();
  });
  const { files: rows } = await run({ deploymentId: id, timeout: 60 }, [invoice('cherry')]);
  expect(rows).toMatchObject([{ status: 'COMPLETED', result: { colors: 'red' } }]);
});

test('in the background the answer comes at once, and the stream tells of each file', async () => {
  const waiting: Parameters<typeof answerFromDocument>[0][] = [];
  const arrived = Promise.withResolvers<void>();
  server.always((request) => {
    waiting.push(request);
    if (waiting.length === 2) arrived.resolve();
  });
  const accepted = await run({ deploymentId }, [invoice('total: 1'), invoice('total: 2', 'b.txt')]);
  expect(['CREATED', 'PROCESSING']).toContain(accepted.status);
  const events = runs.followRun(accepted.id);
  await arrived.promise;
  expect(await files.findDeploymentRun(accepted.id)).toMatchObject({
    status: 'PROCESSING',
    result: null,
    files: [{ status: 'PROCESSING' }, { status: 'PROCESSING' }],
  });
  for (const request of waiting) answerFromDocument(request);
  const all = await Array.fromAsync(events);
  const told = all.flatMap((event) => (event.__typename === 'RunProgress' ? [`${event.file} ${event.progress}`] : []));
  const ids = accepted.files.map(({ id }) => id);
  expect(told.sort()).toEqual(ids.flatMap((id) => [`${id} COMPLETED`, `${id} PROCESSING`]).sort());
  expect(all.at(-1)).toMatchObject({ __typename: 'RunClosed', run: { status: 'COMPLETED' } });
  const { nodes } = await runs.listRuns({ executionId: [accepted.executionId] });
  expect(nodes.map(({ id }) => id)).toEqual([accepted.id]);
});

test('a timeout that passes leaves the execution under way', async () => {
  const arrived = Promise.withResolvers<Parameters<typeof answerFromDocument>[0]>();
  server.always((request) => arrived.resolve(request));
  const waited = await run({ deploymentId, timeout: 1 }, [invoice('total: 1')]);
  expect(waited).toMatchObject({ status: 'PROCESSING', result: null });
  answerFromDocument(await arrived.promise);
  const last = (await Array.fromAsync(runs.followRun(waited.id))).at(-1);
  expect(last).toMatchObject({ run: { status: 'COMPLETED' } });
});

test('a cancelled run says so of its files', async () => {
  const arrived = Promise.withResolvers<Parameters<typeof answerFromDocument>[0]>();
  server.always((request) => arrived.resolve(request));
  const accepted = await run({ deploymentId }, [invoice('total: 1')]);
  const request = await arrived.promise;
  expect(await runs.cancelRun(accepted.id)).toMatchObject({ run: { status: 'CANCELLED' } });
  await request.closed;
  expect(await files.findDeploymentRun(accepted.id)).toMatchObject({
    status: 'CANCELLED',
    files: [{ status: 'CANCELLED', error: { code: 'cancelled' } }],
  });
});

test('an idempotency key counts the bytes of the files', async () => {
  const before = await countFiles();
  const input = { deploymentId, timeout: 60, idempotencyKey: 'once' };
  const first = await run(input, [invoice('total: 1')]);
  const again = await run(input, [invoice('total: 1')]);
  expect([again.id, again.status]).toEqual([first.id, 'COMPLETED']);
  expect(await files.runFiles(input, [invoice('total: 2')])).toMatchObject({ __typename: 'ConflictError' });
  expect(await countFiles()).toBe(before + 1);
});

test('what is wrong is named, and its files are gone', async () => {
  const before = await countFiles();
  const issues = async (input: object, given: File[]) =>
    expectType(await files.runFiles({ deploymentId, ...input }, given), 'ValidationError').issues;
  expect(await issues({}, [])).toEqual([{ path: '/files', message: 'must have at least one file or URL' }]);
  expect(await issues({}, [invoice('')])).toEqual([
    { path: '/files/0', message: 'must not be empty: "invoice.txt" has no bytes' },
  ]);
  expect(await issues({ timeout: 301 }, [invoice('a')])).toEqual([
    { path: '/timeout', message: 'must be at most 300' },
  ]);
  expect(await issues({ presignedUrls: Array(6).fill('https://example.com/a') }, [invoice('a')])).toEqual([
    { path: '/files', message: 'must have at most 6 files and URLs' },
  ]);
  expect(await files.runFiles({ deploymentId: '0123456789abcdef01234567' }, [invoice('a')])).toMatchObject({
    __typename: 'NotFoundError',
  });
  await deployments.deactivateDeployment(deploymentId);
  expect(await files.runFiles({ deploymentId }, [invoice('a')])).toMatchObject({ __typename: 'ConflictError' });
  await deployments.activateDeployment(deploymentId);
  expect(await countFiles()).toBe(before);
});

test('files are fetched from addresses, of which none may be an inner or a plain one', async () => {
  const host = createServer((request, response) => {
    response.statusCode = request.url === '/gone.txt' ? 404 : 200;
    response.end('total: 5');
  }).listen(0, '127.0.0.1');
  await once(host, 'listening');
  const base = `http://127.0.0.1:${(host.address() as AddressInfo).port}`;
  const done = await run({ deploymentId, timeout: 60, presignedUrls: [`${base}/a%20b.txt?signature=x`] }, [
    invoice('total: 4'),
  ]);
  expect(done.files.map(({ name, result }) => [name, readTotal(result)])).toEqual([
    ['invoice.txt', 4],
    ['a b.txt', 5],
  ]);
  const before = await countFiles();
  const refuse = async (url: string) =>
    expectType(await files.runFiles({ deploymentId, presignedUrls: [`${base}/a.txt`, url] }, []), 'ValidationError')
      .issues[0];
  expect(await refuse(`${base}/gone.txt`)).toEqual({
    path: '/presignedUrls/1',
    message: 'gave no file: it answered with status 404',
  });
  expect(await refuse('http://10.0.0.1/a')).toMatchObject({ message: expect.stringContaining('private address') });
  expect(await refuse('http://8.8.8.8/a')).toMatchObject({ message: expect.stringContaining('called by https') });
  expect(await refuse('https://169.254.169.254/a')).toMatchObject({ message: expect.stringContaining('metadata') });
  expect(await countFiles()).toBe(before);
  host.close();
});

test('with its run, everything of it is removed', async () => {
  const done = await run({ deploymentId, timeout: 60 }, [invoice('total: 1')]);
  const before = await countFiles();
  await runs.deleteRun(done.id);
  expect(await countFiles()).toBe(before - 1);
  const db = client.db(gateway.database.databaseName);
  expect(await db.collection('file_runs').countDocuments({ run: done.id })).toBe(0);
});
