import { afterAll, beforeEach, expect, test } from 'vitest';
import { createOutbound } from '../../src/providers/outbound.ts';
import { createProviderRegistry } from '../../src/providers/registry.ts';
import type { RemoteCall, RemoteEvent, RemoteFile } from '../../src/providers/remote.ts';
import { type FileServer, startFileServer } from '../support/file-server.ts';
import { failureOf, noSettings } from '../support/vendor-client.ts';

/** Unstract as its document has it, and as the real servers answer. */

const outbound = createOutbound({ allow: ['loopback'] });
const remote = createProviderRegistry(outbound).findRemote('unstract');
let server: FileServer;

beforeEach(async () => {
  server = await startFileServer();
  return () => server[Symbol.asyncDispose]();
});
afterAll(() => outbound.close());

const makeFile = (name: string, content: string): RemoteFile => ({
  name,
  type: 'text/plain',
  size: Buffer.byteLength(content),
  async *open() {
    yield Buffer.from(content);
  },
});

const call: RemoteCall = {
  id: 'acme/invoices',
  key: 'k1',
  hops: 1,
  data: {},
  model: null,
  settings: noSettings,
  validate: true,
  resultSchema: null,
  tags: [],
  endUser: null,
  object: null,
  steps: [],
  files: [makeFile('a.txt', 'Invoice a')],
  started: null,
};

function open(changes: Partial<RemoteCall> = {}, signal = new AbortController().signal): AsyncIterable<RemoteEvent> {
  if (remote === undefined) throw new Error('There is no provider unstract');
  const connection = { endpoint: server.origin, credentials: 'YOUR_API_KEY' };
  return remote.execute({ ...call, ...changes }, connection, signal);
}

const collect = (changes?: Partial<RemoteCall>) => Array.fromAsync(open(changes));

const address = '/deployment/api/acme/invoices/?execution_id=e1';
const envelope = (status: string, result: unknown = null, error: unknown = null) => ({
  message: { execution_status: status, status_api: address, error, result },
});
const success = (file: string, result: object, metadata?: object) => ({ file, status: 'Success', result, metadata });

test('sends the files, looks until it is done, and reads the rows of the document', async () => {
  const result = { input_file: 'a.txt', result: { total: 7 } };
  server.answer(
    [200, envelope('PENDING')],
    [200, envelope('EXECUTING')],
    [200, { status: 'COMPLETED', message: [success('a.txt', result, { source_name: 'a.txt' })] }],
  );
  const events = await collect({ tags: ['x', 'y'], model: 'gpt-4', data: { year: 2026 } });
  const [post, first] = server.requests;
  expect(post).toMatchObject({
    method: 'POST',
    path: '/deployment/api/acme/invoices/',
    authorization: 'Bearer YOUR_API_KEY',
    fields: { include_metadata: 'true', tags: 'x,y', custom_data: '{"year":2026}' },
    files: [{ field: 'files', name: 'a.txt', type: 'text/plain', content: 'Invoice a' }],
  });
  expect(first).toMatchObject({ method: 'GET', path: `${address}&include_metadata=true` });
  expect(events).toEqual([
    { type: 'started', run: 'e1' },
    { type: 'progress' },
    { type: 'progress' },
    {
      type: 'file',
      index: 0,
      result: { total: 7 },
      error: null,
      tokenUse: null,
    },
    {
      type: 'finish',
      result: null,
      tokenUse: null,
      warnings: ['Unstract has its own model; what was given was left out.'],
      report: {},
    },
  ]);
});

test('reads the real servers: flat, 422 while it runs, the wrapped output', async () => {
  const metadata = {
    usage: {
      llm: [
        { model: 'm', input_tokens: 5, output_tokens: 2 },
        { input_tokens: 1, output_tokens: 1 },
      ],
    },
  };
  const result = { input_file: 'a.txt', output: { total: 7 }, metadata: {} };
  server.answer(
    [
      200,
      { message: { execution_id: 'e1', execution_status: 'PENDING', status_api: address, error: null, result: [] } },
    ],
    [422, { status: 'EXECUTING', message: 'Execution is running' }],
    [200, { status: 'COMPLETED', message: [success('a.txt', result, metadata)] }],
  );
  const tokenUse = { prompt: 6, result: 3, total: 9 };
  expect((await collect()).slice(-3)).toMatchObject([
    { type: 'file', index: 0, result: { total: 7 }, error: null, tokenUse },
    { type: 'usage', tokenUse },
    { type: 'finish', report: { model: 'm' } },
  ]);
});

test('what has begun before is looked at, and sent no second time', async () => {
  server.answer(
    [422, { status: 'EXECUTING' }],
    [200, { status: 'COMPLETED', message: [success('a.txt', { output: 1 })] }],
  );
  expect(await collect({ started: 'e1' })).toMatchObject([
    { type: 'started', run: 'e1' },
    { type: 'progress' },
    { type: 'file', result: 1 },
    { type: 'finish' },
  ]);
  expect(server.requests.map(({ method, path }) => [method, path])).toEqual([
    ['GET', `${address}&include_metadata=true`],
    ['GET', `${address}&include_metadata=true`],
  ]);
});

test('files of one name are told apart, whatever the order of the rows', async () => {
  const files = [makeFile('a.txt', 'one'), makeFile('a.txt', 'two'), makeFile('a "b"', 'three')];
  server.answer([
    200,
    envelope('COMPLETED', [
      { file: 'a "b"', status: 'Failed', error: 'No text for YOUR_API_KEY' },
      success('a (2).txt', { result: 2, input_file: 'a (2).txt' }),
      success('a.txt', { bare: true }),
    ]),
  ]);
  const events = await collect({ files });
  expect(server.requests[0]?.files.map(({ name, content }) => [name, content])).toEqual([
    ['a.txt', 'one'],
    ['a (2).txt', 'two'],
    ['a "b"', 'three'],
  ]);
  expect(events.filter(({ type }) => type === 'file')).toMatchObject([
    { index: 0, result: { bare: true }, error: null },
    { index: 1, result: 2, error: null },
    { index: 2, result: null, error: 'No text for …' },
  ]);
});

test.each([
  ['ERROR', null, 'provider_error', 'All files failed'],
  ['ERROR', 'The workflow broke', 'provider_error', 'The workflow broke'],
  ['STOPPED', null, 'cancelled', 'The execution was stopped'],
])('an execution that ends as %s with %j fails with %s', async (status, error, code, message) => {
  server.answer([422, envelope(status, [{ file: 'a.txt', status: 'Failed', error: 'No' }], error)]);
  const events: RemoteEvent[] = [];
  const work = async () => {
    for await (const event of open()) events.push(event);
  };
  expect(await failureOf(work())).toMatchObject({ code, message });
  expect(events.at(-1)).toMatchObject({ type: 'file', error: 'No' });
});

test.each([
  [400, 'validation_error', 'A valid integer is required.', 'invalid_request'],
  [401, 'client_error', 'Unauthorized', 'authentication_error'],
  [403, 'client_error', 'Missing API key', 'authentication_error'],
  [404, 'client_error', 'API not found', 'invalid_request'],
  [422, 'client_error', "Pipeline 'x' is inactive, please activate the pipeline", 'invalid_request'],
  [429, 'client_error', 'Too many', 'rate_limited'],
  [500, 'server_error', 'Broken', 'provider_error'],
])('a refusal with %i is told in its words', async (status, type, detail, code) => {
  server.answer([status, { type, errors: [{ code: 'error', detail, attr: null }] }]);
  const failure = await failureOf(collect());
  expect(failure).toMatchObject({
    code,
    upstreamStatus: status,
    message: `The provider answered ${status}: ${detail}`,
  });
});

test('a refusal of fields names them', async () => {
  const errors = [
    { code: 'invalid', detail: 'A valid integer is required.', attr: 'timeout' },
    { code: 'invalid', detail: 'Must be a valid boolean.', attr: 'include_metadata' },
  ];
  server.answer([400, { type: 'validation_error', errors }]);
  expect(await failureOf(collect())).toMatchObject({
    message:
      'The provider answered 400: timeout: A valid integer is required.; include_metadata: Must be a valid boolean.',
  });
});

test('results that somebody has read are said to be so', async () => {
  server.answer([200, envelope('PENDING')], [406, { status: 'COMPLETED', message: 'Result already acknowledged' }]);
  expect(await failureOf(collect())).toMatchObject({ code: 'provider_error', upstreamStatus: 406 });
});

test('a server that is away for a moment is asked again', async () => {
  const rows = [success('a.txt', { output: 1 })];
  server.answer([200, envelope('PENDING')], [503, {}], 'cut', [200, { status: 'COMPLETED', message: rows }]);
  expect((await collect()).at(-2)).toMatchObject({ type: 'file', result: 1 });
  expect(server.requests.filter(({ method }) => method === 'POST')).toHaveLength(1);
});

test.each([{}, { status: 'RUNNING WILD' }, { message: { execution_status: 'PENDING' } }])(
  'an answer that is no execution fails: %j',
  async (body) => {
    server.answer([200, body]);
    expect(await failureOf(collect())).toMatchObject({ code: 'provider_error' });
  },
);

test('leaving ends the looking', async () => {
  server.answer([200, envelope('PENDING')], 'stall');
  const controller = new AbortController();
  const reason = new Error('enough');
  const events = open({}, controller.signal)[Symbol.asyncIterator]();
  await events.next();
  const next = events.next();
  await server.stalled;
  controller.abort(reason);
  await expect(next).rejects.toBe(reason);
  await server.left;
});

test('there is no list but of the names that are asked for', async () => {
  const list = async (ids: string[] | null) =>
    remote?.list(ids, { endpoint: server.origin, credentials: 'k' }, new AbortController().signal);
  expect(await list(['invoices', 'acme/x'])).toEqual([
    { kind: 'deployment', id: 'invoices' },
    { kind: 'deployment', id: 'acme/x' },
  ]);
  for (const ids of [null, ['../../x'], ['a/b/c'], ['a?b']]) {
    expect(await failureOf(list(ids))).toMatchObject({ code: 'invalid_request' });
  }
});
