import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { isScalarType, Kind } from 'graphql';
import { MongoClient } from 'mongodb';
import { Client } from 'undici';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { GatewayError } from '../../src/errors.ts';
import { createSchema } from '../../src/schema/index.ts';
import type { FileStore } from '../../src/store/file.ts';
import { openStore, type Store } from '../../src/store/store.ts';
import { withGraphqlForm } from '../../src/upload/graphql-form.ts';
import { type Form, withForm } from '../../src/upload/receive-form.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { createGraphqlForm, encodeForm, streamLargeForm } from '../support/form.ts';

let database: TestDatabase;
let store: Store;
let client: MongoClient;
let files: FileStore;
let server: Server;
let url: string;

/** What is done with a form that came; each test has its own. */
let use: (form: Form) => Promise<unknown>;
let useOperations: (operations: object) => Promise<unknown>;

beforeAll(async () => {
  database = await createTestDatabase();
  store = await openStore(database);
  client = await new MongoClient(database.uri).connect();
  files = store.forProject('p1').files;
  const limits = { fileMaxBytes: 100_000, requestMaxBytes: 200_000, maxFiles: 3, projectMaxBytes: 1_000_000 };
  server = createServer(async (request, response) => {
    const { signal, abort } = leaving();
    request.once('close', () => request.complete || abort());
    const options = { files, limits, fieldMaxBytes: 1000, signal };
    const wants = (name: string) => name !== 'unwanted';
    const received =
      request.url === '/graphql'
        ? withGraphqlForm(request, options, (operations) => useOperations(operations))
        : withForm(request, { ...options, wants }, (form) => use(form));
    const [status, body] = await received.then(
      (value) => [200, value],
      (error: unknown) => (error instanceof GatewayError ? [error.status, error.message] : [500, String(error)]),
    );
    response.writeHead(Number(status)).end(JSON.stringify(body ?? null));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  // It listens on TCP.
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(async () => {
  server.close();
  server.closeAllConnections();
  await client.close();
  await store.close();
  await database[Symbol.asyncDispose]();
});
beforeEach(() => {
  use = async (form) => form;
  useOperations = async (operations) => operations;
});

async function* pieces(size: number) {
  yield Buffer.alloc(size);
}

function leaving() {
  const controller = new AbortController();
  return { signal: controller.signal, abort: () => controller.abort(new Error('The sender has left')) };
}

const db = () => client.db(database.databaseName);
const countStored = async () =>
  (await db().collection('files').countDocuments()) + (await db().collection('file_contents.chunks').countDocuments());

async function send(body: FormData | string, headers: Record<string, string> = {}, path = '/') {
  const response = await fetch(url + path, { method: 'POST', body, headers });
  return { status: response.status, body: await response.json() };
}

function form(entries: readonly (readonly [string, string | File])[]): FormData {
  const data = new FormData();
  for (const [name, value] of entries) data.append(name, value);
  return data;
}

const file = (content: string, name = 'a.txt') => new File([content], name, { type: 'text/plain' });

test('fields and files come as they were sent, in their order', async () => {
  const read: string[] = [];
  use = async (received) => {
    for (const { file } of received.files) read.push(await text(files.open(file.id)));
    return received;
  };
  const entries = form([
    ['timeout', '300'],
    ['files', file('first', 'Größe 1.txt')],
    ['tags', 'a'],
    ['files', file('second', '../../etc/passwd')],
    ['tags', 'b'],
    ['unwanted', file('third')],
  ]);
  expect(await send(entries)).toMatchObject({
    status: 200,
    body: {
      fields: [
        { name: 'timeout', value: '300' },
        { name: 'tags', value: 'a' },
        { name: 'tags', value: 'b' },
      ],
      files: [
        { name: 'files', file: { name: 'Größe 1.txt', size: 5, owner: null } },
        { name: 'files', file: { name: 'passwd', size: 6 } },
      ],
    },
  });
  expect(read).toEqual(['first', 'second']);
});

test('files that were claimed stay, all others go, whether the request succeeds or not', async () => {
  const before = await countStored();
  await send(form([['files', file('nobody wants it')]]));
  use = async () => {
    throw new Error('Refused after all');
  };
  expect(await send(form([['files', file('nobody wants it')]]))).toMatchObject({ status: 500 });
  expect(await countStored()).toBe(before);

  use = async (received) => {
    const [first] = received.files;
    if (first !== undefined) await files.claim([first.file.id], 'run');
  };
  await send(
    form([
      ['files', file('claimed')],
      ['files', file('not claimed')],
    ]),
  );
  expect(await files.findManyByOwner('run')).toHaveLength(1);
  expect(await countStored()).toBe(before + 2);
});

describe('is refused, says why, and leaves nothing', () => {
  const large = 'x'.repeat(100_001);
  const half = 'x'.repeat(90_000);
  test.each<[string, FormData, string]>([
    [
      'a large file',
      form([['files', file(large, 'l.txt')]]),
      '"l.txt" has more than the 100000 bytes that are allowed',
    ],
    [
      'much in all',
      form([
        ['files', file(half)],
        ['files', file(half)],
        ['files', file(half)],
      ]),
      'The request has more than the 200000 bytes that are allowed',
    ],
    [
      'many files',
      form([1, 2, 3, 4].map((index) => ['files', file(String(index))])),
      'The request has more than the 3 files that are allowed',
    ],
    [
      'a large field',
      form([
        ['files', file('a')],
        ['tags', 'x'.repeat(1001)],
      ]),
      'The fields of the form, at "tags", take more than the 1000 bytes',
    ],
    [
      'many fields',
      form(['a', 'b', 'c'].map((name) => [name, 'x'.repeat(400)])),
      'The fields of the form, at "c", take more than the 1000 bytes',
    ],
  ])('%s', async (_case, body, message) => {
    const before = await countStored();
    expect(await send(body)).toEqual({ status: 413, body: expect.stringContaining(message) });
    expect(await countStored()).toBe(before);
  });

  test('a body that goes on after it is too large, and the connection is good for the next request', async () => {
    const { contentType, body } = streamLargeForm({}, 'variables.file', 20_000_000);
    const client = new Client(url);
    const refused = await client.request({ path: '/', method: 'POST', headers: { 'content-type': contentType }, body });
    expect([refused.statusCode, await refused.body.json()]).toEqual([
      413,
      expect.stringContaining('bytes that are allowed'),
    ]);
    const next = await client.request({
      path: '/',
      method: 'POST',
      headers: { 'content-type': 'text/plain' },
      body: 'a',
    });
    expect(next.statusCode).toBe(415);
    await next.body.dump();
    await client.close();
  });

  test('what is announced as too large, before it is sent', async () => {
    const { port } = new URL(url);
    const socket = connect(Number(port));
    socket.write(
      'POST / HTTP/1.1\r\nhost: x\r\ncontent-type: multipart/form-data; boundary=b\r\ncontent-length: 200001\r\n\r\n',
    );
    const { value } = await socket.iterator({ destroyOnReturn: true }).next();
    expect(String(value)).toMatch(/^HTTP\/1\.1 413 /);
    socket.destroy();
  });

  test('more than the project may keep', async () => {
    await using stack = new AsyncDisposableStack();
    const kept = await files.write(pieces(1_000_000), { name: 'kept', maxBytes: 1_000_000 });
    stack.defer(() => files.remove([kept.id]));
    const before = await countStored();
    expect(await send(form([['files', file('a')]]))).toEqual({
      status: 413,
      body: 'The project keeps files of 1000000 bytes, which is the most; remove some first',
    });
    expect(await countStored()).toBe(before);
  });

  test.each<[string, string, string, number, string]>([
    ['another type', 'application/json', '{}', 415, 'The body must be multipart/form-data'],
    ['no boundary', 'multipart/form-data', 'x', 400, 'Boundary not found'],
    ['no form', 'multipart/form-data; boundary=b', 'nothing of the kind', 400, 'The form cannot be read'],
    [
      'an end too soon',
      'multipart/form-data; boundary=b',
      '--b\r\ncontent-disposition: form-data; name="files"; filename="a"\r\n\r\nabc',
      400,
      'The form cannot be read',
    ],
  ])('%s', async (_case, contentType, body, status, message) => {
    const before = await countStored();
    expect(await send(body, { 'content-type': contentType })).toEqual({
      status,
      body: expect.stringContaining(message),
    });
    expect(await countStored()).toBe(before);
  });

  test('a sender that leaves in the middle', async () => {
    const before = await countStored();
    const { contentType, body } = await encodeForm(form([['files', file(half)]]));
    const socket = connect(Number(new URL(url).port));
    const length = `content-length: ${body.length}`;
    socket.write(`POST / HTTP/1.1\r\nhost: x\r\ncontent-type: ${contentType}\r\n${length}\r\n\r\n`);
    socket.write(body.subarray(0, 50_000));
    await vi.waitFor(async () => expect(await countStored()).toBeGreaterThan(before));
    socket.destroy();
    await vi.waitFor(async () => expect(await countStored()).toBe(before));
  });
});

describe("GraphQL's multipart request", () => {
  const operations = { query: '…', variables: { input: { files: [null, null] }, other: 1 } };

  test('has its files where its map says', async () => {
    const body = createGraphqlForm(operations, {
      'variables.input.files.0': file('a', 'a.txt'),
      'variables.input.files.1': file('b', 'b.txt'),
    });
    expect(await send(body, {}, '/graphql')).toMatchObject({
      status: 200,
      body: { query: '…', variables: { input: { files: [{ name: 'a.txt' }, { name: 'b.txt' }] }, other: 1 } },
    });
  });

  test('gives the scalar File what was uploaded, and nothing that only looks like it', async () => {
    const scalar = createSchema().getType('File');
    if (!isScalarType(scalar)) throw new Error('There is no scalar File');
    const taken: unknown[] = [];
    useOperations = async (received) => {
      const { file } = (received as { variables: { file: object } }).variables;
      taken.push(scalar.parseValue(file));
      expect(() => scalar.parseValue(structuredClone(file))).toThrow('A File is uploaded with the operation');
      expect(() => scalar.parseLiteral({ kind: Kind.STRING, value: 'a' }, undefined)).toThrow('given by a variable');
    };
    await send(createGraphqlForm({ variables: { file: null } }, { 'variables.file': file('a') }), {}, '/graphql');
    expect(taken).toMatchObject([{ name: 'a.txt', size: 1 }]);
  });

  const map = (value: unknown) => ['map', JSON.stringify(value)] as const;
  const asked = ['operations', JSON.stringify(operations)] as const;
  const there = ['variables.input.files.0'];
  test.each<[string, FormData, string]>([
    [
      'files before the map',
      form([asked, ['0', file('a')], map({ 0: there })]),
      'must have one field map, before the files',
    ],
    ['no operations', form([map({ 0: there }), ['0', file('a')]]), 'must have one field operations'],
    ['operations that are no JSON', form([['operations', '{'], map({})]), 'operations must be JSON'],
    ['operations that are no object', form([['operations', '1'], map({})]), 'operations must be a JSON object'],
    ['a map of something else', form([asked, map({ 0: 'variables.file' })]), 'map.0 must be a list of paths'],
    [
      'a file that the map does not name',
      form([asked, map({}), ['0', file('a')]]),
      'map does not say where the file "0" belongs',
    ],
    ['a file that is not sent', form([asked, map({ 0: there })]), 'The file "0" of map is missing'],
    [
      'a place that is not there',
      form([asked, map({ 0: ['variables.input.no'] }), ['0', file('a')]]),
      'must have null at "variables.input.no"',
    ],
    [
      'a place with a value',
      form([asked, map({ 0: ['variables.other'] }), ['0', file('a')]]),
      'must have null at "variables.other"',
    ],
    ['a prototype', form([asked, map({ 0: ['__proto__.x'] }), ['0', file('a')]]), 'must have null at "__proto__.x"'],
  ])('is refused with %s', async (_case, body, message) => {
    const before = await countStored();
    expect(await send(body, {}, '/graphql')).toEqual({ status: 400, body: expect.stringContaining(message) });
    expect(await countStored()).toBe(before);
  });
});
