import { createHash } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { graphql } from '../../generated/gql.ts';
import { answerFromDocument, answerFromDocuments } from '../../support/document-model.ts';
import { startUnstractWorld, textFile, type UnstractWorld } from '../../support/unstract.ts';

/** The examples of Unstract's documentation, sent as documented, and what it says of their answers. */

let unstract: UnstractWorld;

beforeAll(async () => {
  unstract = await startUnstractWorld();
});
beforeEach(() => answerFromDocuments(unstract.server));
afterAll(() => unstract[Symbol.asyncDispose]());

const uuid = expect.stringMatching(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
const statusApi = expect.stringMatching(/^\/deployment\/api\/default\/invoices\/\?execution_id=[0-9a-f-]{36}$/);

test('200: completed execution with results', async () => {
  const text = 'total: 12.5 vendor: Ada';
  const { status, body } = await unstract.post({
    files: textFile(text),
    timeout: '300',
    include_metadata: 'True',
    tags: 'a,b',
  });
  const values = { total: 12.5, vendor: 'Ada' };
  expect(status).toBe(200);
  expect(body).toEqual({
    message: {
      execution_id: uuid,
      execution_status: 'COMPLETED',
      status_api: statusApi,
      error: null,
      result: [
        {
          file: 'invoice.txt',
          file_execution_id: expect.any(String),
          status: 'Success',
          result: { input_file: 'invoice.txt', result: values, output: values },
          error: null,
          metadata: {
            source_name: 'invoice.txt',
            source_hash: createHash('sha256').update(text).digest('hex'),
            organization_id: 'default',
            workflow_id: unstract.deploymentId,
            execution_id: body.message.execution_id,
            file_execution_id: body.message.result[0].file_execution_id,
            total_elapsed_time: expect.any(Number),
            tags: ['a', 'b'],
            tool_metadata: [{ tool_name: 'trivium', elapsed_time: expect.any(Number), output_type: 'JSON' }],
            from_file_history: false,
            pages: { total: [1], vendor: [1] },
            usage: {
              llm: [{ model: 'm', input_tokens: 11, output_tokens: 7, total_tokens: 18, cost: null }],
              embedding: [],
            },
          },
        },
      ],
    },
  });
});

test('422: all files failed while the caller waited; asked again, it is flat', async () => {
  const { status, body } = await unstract.post({ files: textFile('refuse me', 'bad.txt'), timeout: '60' });
  expect(status).toBe(422);
  const row = {
    file: 'bad.txt',
    file_execution_id: expect.any(String),
    status: 'Failed',
    result: null,
    error: expect.stringContaining('not read this'),
  };
  expect(body).toEqual({
    message: {
      execution_id: uuid,
      execution_status: 'ERROR',
      status_api: statusApi,
      error: null,
      result: [row],
    },
  });
  const again = await unstract.call(body.message.status_api, {});
  expect([again.status, again.body]).toEqual([200, { status: 'ERROR', message: [row], error: null }]);
});

test('200: mixed results', async () => {
  const files = [textFile('refuse me', 'bad.txt'), textFile('total: 1', 'good.txt')];
  const { status, body } = await unstract.post({ files, timeout: '60' });
  expect([status, body.message.execution_status]).toEqual([200, 'COMPLETED']);
  expect(body.message.result).toMatchObject([
    { file: 'bad.txt', status: 'Failed', error: expect.any(String) },
    { file: 'good.txt', status: 'Success', result: { output: { total: 1, vendor: null } } },
  ]);
});

test('200: in the background, asked until it is done as the published Python client does', async () => {
  const arrived = Promise.withResolvers<Parameters<typeof answerFromDocument>[0]>();
  unstract.server.always((request) => arrived.resolve(request));
  const posted = await unstract.post({ files: textFile('total: 3'), timeout: '0', include_metadata: 'false' });
  expect([posted.status, posted.body]).toEqual([
    200,
    {
      message: {
        execution_id: uuid,
        execution_status: expect.stringMatching(/^(PENDING|EXECUTING)$/),
        status_api: statusApi,
        error: null,
        result: null,
      },
    },
  ]);
  // The client puts scheme and host before it, and reads `status`.
  const { status_api: address } = posted.body.message;
  const request = await arrived.promise;
  const running = await unstract.call(`${address}&include_metadata=False`, {});
  expect([running.status, running.body]).toEqual([
    200,
    {
      status: 'EXECUTING',
      message: { ...posted.body.message, execution_status: 'EXECUTING' },
    },
  ]);
  answerFromDocument(request);
  let last = running;
  while (['PENDING', 'EXECUTING'].includes(last.body.status)) last = await unstract.call(address, {});
  expect([last.status, last.body]).toEqual([
    200,
    {
      status: 'COMPLETED',
      message: [expect.objectContaining({ file: 'invoice.txt', status: 'Success' })],
      error: null,
    },
  ]);
  expect(last.body.message[0]).not.toHaveProperty('metadata');
  // Results may be read again, and whoever reads decides on the metadata.
  const again = await unstract.call(`${address}&include_metadata=yes&include_extracted_text=on&include_metrics=1`, {});
  expect(again.body.message[0]).toMatchObject({
    result: { extracted_text: 'total: 3', metrics: { llm_calls: 1, pages: 1 } },
    metadata: { source_name: 'invoice.txt' },
  });
});

test('a timeout that passes is answered as one in the background; STOPPED is a cancelled one', async () => {
  const arrived = Promise.withResolvers<void>();
  unstract.server.always(() => arrived.resolve());
  const { status, body } = await unstract.post({ files: textFile('total: 3'), timeout: '1' });
  expect([status, body.message]).toMatchObject([200, { execution_status: 'EXECUTING', result: null }]);
  const { runs } = await unstract.gateway.query(findRunQuery, { id: body.message.execution_id });
  await unstract.gateway.query(stopRunMutation, { id: runs.nodes[0]?.id ?? '' });
  const stopped = await unstract.call(body.message.status_api, {});
  expect(stopped.body).toMatchObject({
    status: 'STOPPED',
    message: [{ status: 'Failed', error: 'The run was cancelled' }],
    error: 'The run was cancelled',
  });
});

test('a file from the history says what really processed it', async () => {
  const fields = { files: textFile('total: 77'), timeout: '60', use_file_history: 'true', include_metadata: 'true' };
  const first = await unstract.post(fields);
  const second = await unstract.post(fields);
  const [one, other] = [first.body.message.result[0], second.body.message.result[0]];
  expect(second.body.message.execution_id).not.toBe(first.body.message.execution_id);
  expect(other.file_execution_id).not.toBe(one.file_execution_id);
  expect(other.metadata).toEqual({ ...one.metadata, from_file_history: true });
  expect(other.result).toEqual(one.result);
});

const findRunQuery = graphql(`
  query FindExecution($id: ID!) { runs(filter: { executionId: [$id] }) { nodes { id } } }
`);
const stopRunMutation = graphql(`
  mutation StopExecution($id: ID!) { cancelRun(id: $id) { ... on RunPayload { run { status } } } }
`);
