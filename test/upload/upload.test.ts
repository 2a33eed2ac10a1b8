import { Client, fetchExchange } from '@urql/core';
import { MongoClient } from 'mongodb';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createGraphqlForm, sendHeadOnly } from '../support/form.ts';
import { startTestGateway, type TestGateway } from '../support/gateway.ts';
import { createOperations, expectType } from '../support/operations.ts';

/** Files that are uploaded to /graphql, on a real socket. */

let gateway: TestGateway;
let client: MongoClient;

beforeAll(async () => {
  gateway = await startTestGateway({ FILE_MAX_BYTES: '4096', UPLOAD_MAX_BYTES: '16384' });
  client = await new MongoClient(gateway.database.uri).connect();
});
afterAll(async () => {
  await client.close();
  await gateway[Symbol.asyncDispose]();
});

const countFiles = () => client.db(gateway.database.databaseName).collection('files').countDocuments();

async function send(operations: unknown, files: Record<string, File>, headers: Record<string, string> = {}) {
  const response = await fetch(`${gateway.url}/graphql`, {
    method: 'POST',
    body: createGraphqlForm(operations, files),
    headers: { authorization: `Bearer ${gateway.key}`, accept: 'application/json', ...headers },
  });
  return { status: response.status, body: await response.json() };
}

test('an operation may come as a form', async () => {
  const answer = await send({ query: '{ viewer { role } }' }, {});
  expect(answer).toMatchObject({ status: 200, body: { data: { viewer: { role: 'ADMIN' } } } });
});

test('credential and role are checked before a byte of the body is read', async () => {
  const url = `${gateway.url}/graphql`;
  const form = { 'content-type': 'multipart/form-data; boundary=b', 'content-length': '1000' };
  const { createApiKey } = createOperations(gateway);
  const { secret } = expectType(await createApiKey({ name: 'reader', role: 'READER' }), 'CreatedApiKey');
  expect(await sendHeadOnly(url, form)).toBe('HTTP/1.1 401 Unauthorized');
  expect(await sendHeadOnly(url, { ...form, authorization: `Bearer ${secret}` })).toBe('HTTP/1.1 403 Forbidden');
});

test('a refused operation leaves no file', async () => {
  const file = new File(['content'], 'a.txt');
  const operations = { query: 'query ($file: File!) { nothing(file: $file) }', variables: { file: null } };
  const { body } = await send(operations, { 'variables.file': file });
  expect(body.errors[0].message).toContain('Cannot query field "nothing"');
  const large = new File(['x'.repeat(4097)], 'large.txt');
  expect(await send(operations, { 'variables.file': large })).toEqual({
    status: 413,
    body: {
      errors: [
        {
          message: 'The file "large.txt" has more than the 4096 bytes that are allowed',
          extensions: { code: 'BAD_REQUEST' },
        },
      ],
    },
  });
  const batch = await send([operations], { '0.variables.file': file });
  expect([batch.status, batch.body.errors[0].message]).toEqual([400, expect.stringContaining('atch')]);
  expect(await countFiles()).toBe(0);
});

test('a client that knows the specification uploads a file, whose text is read', async () => {
  const client = new Client({
    url: `${gateway.url}/graphql`,
    exchanges: [fetchExchange],
    preferGetMethod: false,
    fetchOptions: { headers: { authorization: `Bearer ${gateway.key}` } },
  });
  const file = new File(['<!doctype html><p>Boats are <b>dried</b></p>'], 'storage.txt');
  const mutation = `mutation UploadContent($input: ContentInput!) {
    createContent(input: $input) { __typename ... on Content { name size type status } ... on Error { message } }
  }`;
  const { data, error } = await client.mutation(mutation, { input: { name: 'Storage', file } }).toPromise();
  expect(error).toBeUndefined();
  const content = { name: 'Storage', size: file.size, type: 'text/html', status: 'COMPLETED' };
  expect(data?.createContent).toEqual({ __typename: 'Content', ...content });
  // Whoever sends its description by JSON has uploaded nothing.
  const forged = await client.mutation(mutation, { input: { file: { id: 'a', name: 'a' } } }).toPromise();
  expect(forged.error?.message).toContain('A File is uploaded with the operation');
  expect(await countFiles()).toBe(0);
});

test('other routes take no forms', async () => {
  for (const path of ['/graphql/stream', '/api/v1/execute']) {
    const headers = { authorization: `Bearer ${gateway.key}` };
    const response = await fetch(gateway.url + path, { method: 'POST', body: createGraphqlForm({}, {}), headers });
    expect([path, response.status]).toEqual([path, 415]);
  }
});
