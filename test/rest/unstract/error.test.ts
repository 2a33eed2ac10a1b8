import { afterAll, beforeAll, expect, test } from 'vitest';
import { graphql } from '../../generated/gql.ts';
import { sendHeadOnly } from '../../support/form.ts';
import { expectType } from '../../support/operations.ts';
import { startUnstractWorld, textFile, type UnstractWorld } from '../../support/unstract.ts';

/** Every refusal of Unstract's API, and the order of its checks. */

let unstract: UnstractWorld;

beforeAll(async () => {
  unstract = await startUnstractWorld({ DEPLOYMENT_PROJECT_MAX: '2', DEPLOYMENT_CONCURRENCY: '1' });
});
afterAll(() => unstract[Symbol.asyncDispose]());

const refusal = (detail: string, code = 'error', attr: string | null = null, type = 'client_error') => ({
  type,
  errors: [{ code, detail, attr }],
});
const invalid = (detail: string, attr: string, code = 'invalid') => refusal(detail, code, attr, 'validation_error');
const file = () => textFile('total: 1');

async function makeKey(role: 'READER' | 'EXECUTOR', deploymentId?: string) {
  const input = { name: 'key', role, ...(deploymentId !== undefined && { deploymentId }) };
  return expectType(await unstract.world.createApiKey(input), 'CreatedApiKey').secret;
}

test('405, then 403, then 404, then 422, then 401', async () => {
  const { path, call, post, get } = unstract;
  const put = await call(path, { method: 'PUT' }, null);
  expect([put.status, put.body, put.headers.get('allow')]).toEqual([
    405,
    refusal('Method "PUT" not allowed.', 'method_not_allowed'),
    'GET, POST',
  ]);
  const missing = [403, refusal('Missing API key')];
  const nowhere = { path: '/deployment/api/default/nothing/' };
  for (const authorization of [undefined, 'Token x', 'Bearer', 'Bearer ']) {
    const headers: Record<string, string> = authorization === undefined ? {} : { authorization };
    const { status, body } = await call(nowhere.path, { method: 'POST', headers }, null);
    expect([authorization, status, body]).toEqual([authorization, ...missing]);
  }
  for (const address of [nowhere.path, '/deployment/api/nobody/invoices/', '/deployment/api/default']) {
    const { status, body } = await get('', { path: address, key: 'sk-a-key-that-nobody-has' });
    expect([address, status, body]).toEqual([address, 404, refusal('API not found')]);
  }
  await unstract.deactivateDeployment(unstract.deploymentId);
  const inactive = await post({ files: file() }, { key: 'sk-a-key-that-nobody-has' });
  expect([inactive.status, inactive.body]).toEqual([
    422,
    refusal("Pipeline 'invoices' is inactive, please activate the pipeline"),
  ]);
  await unstract.activateDeployment(unstract.deploymentId);
  const unknown = await post({}, { key: 'sk-a-key-that-nobody-has' });
  expect([unknown.status, unknown.body]).toEqual([401, refusal('Unauthorized')]);
});

test("401: a key whose role does not suffice, that was revoked, of another deployment or another project's", async () => {
  const other = await unstract.createDeployment({
    name: 'other',
    environmentId: unstract.world.environment.id,
    extractions: [{ key: 'a', prompt: 'a' }],
  });
  const otherId = expectType(other, 'Deployment').id;
  const reader = await makeKey('READER');
  const otherKey = await makeKey('EXECUTOR', otherId);
  const ownKey = await makeKey('EXECUTOR', unstract.deploymentId);
  const { createProject } = await unstract.gateway.query(createProjectMutation, {});
  const project = expectType(createProject, 'Project');
  const foreign = await unstract.gateway.query(createKeyMutation, {}, { headers: { 'x-project-id': project.id } });
  const foreignKey = expectType(foreign.createApiKey, 'CreatedApiKey').secret;
  for (const key of [reader, otherKey, foreignKey]) {
    const { status, body } = await unstract.post({ files: file() }, { key });
    expect([status, body]).toEqual([401, refusal('Unauthorized')]);
  }
  expect((await unstract.post({ files: file(), timeout: '60' }, { key: ownKey })).status).toBe(200);
  expect((await unstract.get('?execution_id=x', { key: reader })).status).toBe(400);
  expect((await unstract.get('?execution_id=x', { key: otherKey })).status).toBe(401);
});

test('credential and role are checked before a byte of the body is read', async () => {
  const head = { 'content-type': 'multipart/form-data; boundary=b', 'content-length': '1000' };
  const url = unstract.gateway.url + unstract.path;
  expect(await sendHeadOnly(url, head)).toBe('HTTP/1.1 403 Forbidden');
  const headers = { ...head, authorization: `Bearer ${await makeKey('READER')}` };
  expect(await sendHeadOnly(url, headers)).toBe('HTTP/1.1 401 Unauthorized');
});

test.each<[string, Parameters<UnstractWorld['post']>[0], object]>([
  ['no file', { timeout: '60' }, refusal("File shouldn't be empty")],
  ['an empty file', { files: [file(), textFile('')] }, refusal("File shouldn't be empty")],
  [
    'a file as text',
    { files: 'text' },
    invalid('The submitted data was not a file. Check the encoding type on the form.', 'files'),
  ],
  ['no number', { files: file(), timeout: 'abc' }, invalid('A valid integer is required.', 'timeout')],
  ['no whole number', { files: file(), timeout: '1.5' }, invalid('A valid integer is required.', 'timeout')],
  [
    'too long',
    { files: file(), timeout: '301' },
    invalid('Ensure this value is less than or equal to 300.', 'timeout', 'max_value'),
  ],
  [
    'too short',
    { files: file(), timeout: '-2' },
    invalid('Ensure this value is greater than or equal to -1.', 'timeout', 'min_value'),
  ],
  [
    'all fields come together',
    { files: file(), timeout: 'abc', include_metadata: 'maybe', use_file_history: '2', custom_data: '[]' },
    {
      type: 'validation_error',
      errors: [
        { code: 'invalid', detail: 'A valid integer is required.', attr: 'timeout' },
        { code: 'invalid', detail: 'Must be a valid boolean.', attr: 'include_metadata' },
        { code: 'invalid', detail: 'Must be a valid boolean.', attr: 'use_file_history' },
        { code: 'invalid', detail: 'Must be a valid JSON object.', attr: 'custom_data' },
      ],
    },
  ],
  [
    'too many files',
    { files: Array.from({ length: 33 }, file) },
    invalid('You can upload a maximum of 32 files in total.', 'files', 'error'),
  ],
  [
    'an inner address',
    { presigned_urls: 'https://10.0.0.1/a.pdf' },
    invalid(expect.stringContaining('private address'), 'presigned_urls'),
  ],
])('400: %s', async (_name, fields, body) => {
  const answer = await unstract.post(fields);
  expect([answer.status, answer.body]).toEqual([400, body]);
});

test('415 and 400: bodies of another kind', async () => {
  const send = (contentType: string, body: string) =>
    unstract.call(unstract.path, { method: 'POST', headers: { 'content-type': contentType }, body });
  expect(await send('application/json', '{"files":[]}')).toMatchObject({
    status: 415,
    body: refusal('Unsupported media type "application/json" in request.', 'unsupported_media_type'),
  });
  const form = await send('multipart/form-data', 'x');
  expect([form.status, form.body]).toEqual([400, refusal(expect.any(String), 'parse_error')]);
});

test('400 and 404: the status of what cannot be', async () => {
  const { get } = unstract;
  const uuid = '0b5f3c3e-6e0a-4c4e-8a52-9d7f3a1b2c3d';
  for (const [query, status, body] of [
    ['', 400, invalid('This field is required.', 'execution_id', 'required')],
    ['?execution_id=', 400, invalid('This field may not be blank.', 'execution_id', 'blank')],
    ['?execution_id=1', 400, invalid('Must be a valid UUID.', 'execution_id')],
    [`?execution_id=${uuid}`, 404, refusal(`Execution with ID '${uuid}' does not exist.`)],
  ] as const) {
    const answer = await get(query);
    expect([query, answer.status, answer.body]).toEqual([query, status, body]);
  }
  // Another deployment's.
  const { body } = await unstract.post({ files: file(), timeout: '60' }, { path: '/deployment/api/default/other' });
  const id = body.message.execution_id;
  expect((await get(`?execution_id=${id}`)).status).toBe(404);
  expect((await get(`?execution_id=${id}`, { path: '/deployment/api/default/other' })).status).toBe(200);
});

test('429: too many at once', async () => {
  unstract.server.always(() => undefined);
  const statuses: number[] = [];
  for (let count = 0; count < 3; count += 1) statuses.push((await unstract.post({ files: file() })).status);
  expect(statuses).toEqual([200, 200, 429]);
  const { status, headers, body } = await unstract.post({ files: file() });
  expect([status, headers.get('retry-after'), body]).toEqual([
    429,
    '5',
    refusal(expect.stringContaining('unfinished')),
  ]);
});

const createProjectMutation = graphql(`
  mutation MakeOtherOrganization { createProject(input: { name: "Other" }) { __typename ... on Project { id } } }
`);
const createKeyMutation = graphql(`
  mutation MakeForeignKey {
    createApiKey(input: { name: "foreign", role: ADMIN }) { __typename ... on CreatedApiKey { secret } }
  }
`);
