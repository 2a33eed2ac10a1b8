import { afterAll, beforeAll, expect, test } from 'vitest';
import { graphql } from '../generated/gql.ts';
import type { GenerateInput } from '../generated/graphql.ts';
import { startTestGateway, type TestGateway } from '../support/gateway.ts';
import { type OpenaiServer, type ReceivedRequest, startOpenaiServer } from '../support/openai-server.ts';
import { expectType } from '../support/operations.ts';
import { connectRemote } from '../support/remote.ts';
import { createRunOperations } from '../support/run-operations.ts';

/** Flows that are executed at Promptitude, as its document has it. */

const generateMutation = graphql(`
  mutation GenerateElsewhere($input: GenerateInput!) {
    generate(input: $input) {
      __typename
      ... on FlowRun {
        id kind name status result input model endUser warnings tags
        flow { id name remoteId }
        environment { id }
        steps { key }
        error { code message }
        attempts { provider remoteRun error { code } }
      }
      ... on Error { code message }
      ... on ValidationError { issues { path message } }
    }
  }
`);

const updateMutation = graphql(`
  mutation DescribeRemoteFlow($id: ID!, $input: FlowDefinition!) {
    updateFlow(id: $id, input: $input) {
      __typename
      ... on Flow { id name inputs { name required } }
      ... on ValidationError { issues { path message } }
    }
  }
`);

let gateway: TestGateway;
let server: OpenaiServer;
let local: Awaited<ReturnType<typeof connectRemote>>;
let runs: ReturnType<typeof createRunOperations>;
let flowId: string;

beforeAll(async () => {
  gateway = await startTestGateway();
  server = await startOpenaiServer();
  const endpoint = new URL(server.url).origin;
  local = await connectRemote(gateway, { provider: 'promptitude', endpoint, credentials: 'YOUR_API_KEY' });
  runs = createRunOperations(gateway);
  const { flows } = expectType(await local.importRemote(['flow1']), 'ImportedPayload');
  flowId = flows[0]?.id ?? '';
});
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});

const send = async (input: Omit<GenerateInput, 'flowId'> = {}) =>
  (await gateway.query(generateMutation, { input: { flowId, ...input } })).generate;
const generate = async (input?: Omit<GenerateInput, 'flowId'>) => expectType(await send(input), 'FlowRun');

const answer = (result: unknown) => {
  server.always((request) =>
    request.json(200, { code: 200, message: 'OK', error: false, results: { result, logId: 'Z2gV2otfCKIt17t76KFJ' } }),
  );
};

test('are registered by their ids, once, and not without', async () => {
  const { flows, interactions } = expectType(await local.importRemote(['flow1', 'flow2']), 'ImportedPayload');
  expect(interactions).toEqual([]);
  expect(flows).toMatchObject([
    {
      id: flowId,
      externalId: 'flow1',
      remoteId: 'flow1',
      name: 'flow1',
      steps: [],
      environment: { id: local.environmentId },
    },
    { externalId: 'flow2', remoteId: 'flow2' },
  ]);
  expect(expectType(await local.importRemote(), 'ValidationError').issues).toMatchObject([{ path: '/externalIds' }]);
});

test('are executed there, and on record here', async () => {
  answer('A joke');
  const run = await generate({
    inputs: { name: 'Andres' },
    endUser: 'u1',
    tags: ['t'],
    steps: [{ step: 'step1', context: { folders: { names: ['my folder'] }, tags: { ids: [] } } }],
  });
  expect(run).toMatchObject({
    kind: 'FLOW',
    name: 'flow1',
    status: 'COMPLETED',
    result: 'A joke',
    input: { name: 'Andres' },
    model: null,
    endUser: 'u1',
    tags: ['t'],
    flow: { id: flowId, remoteId: 'flow1' },
    environment: { id: local.environmentId },
    steps: [],
    warnings: [],
    attempts: [{ provider: 'promptitude', remoteRun: 'Z2gV2otfCKIt17t76KFJ', error: null }],
  });
  const request = server.requests.at(-1);
  expect(request?.path).toBe('/v1/flows/flow1/generate');
  expect(request?.body).toEqual({
    userId: 'u1',
    flow: { inputs: { name: 'Andres' } },
    steps: { step1: { context: { folders: { names: ['my folder'] }, tags: { ids: [] } } } },
  });
  const { run: again } = expectType(await runs.retryRun(run.id), 'RunPayload');
  expect(again).toMatchObject({ status: 'COMPLETED', result: 'A joke' });
  expect(server.requests.at(-1)?.body).toEqual(request?.body);
});

test('stream what they answer at once, and lists as they are', async () => {
  answer('A joke');
  const { id } = await generate({ inputs: {}, stream: true });
  expect(await Array.fromAsync(runs.followRun(id))).toMatchObject([
    { __typename: 'RunChunk', text: 'A joke' },
    { __typename: 'RunClosed', run: { status: 'COMPLETED', result: 'A joke' } },
  ]);
  answer(['one', 'two']);
  expect((await generate()).result).toEqual(['one', 'two']);
});

test('fail as they do there, and warn of what they do not take', async () => {
  server.always((request) =>
    request.json(502, { code: 502, message: 'The model is away', error: true, results: { logId: 'L1' } }),
  );
  expect(await generate()).toMatchObject({
    status: 'FAILED',
    error: { code: 'provider_error', message: 'The provider answered 502: The model is away' },
    attempts: [{ remoteRun: 'L1', error: { code: 'provider_error' } }],
  });
  answer('A joke');
  expect((await generate({ config: { model: 'm' } })).warnings).toEqual([
    'Promptitude has its own model; what was given was left out.',
  ]);
});

test('may be described here, and are checked by that', async () => {
  const update = async (input: object) => (await gateway.query(updateMutation, { id: flowId, input })).updateFlow;
  const described = await update({ name: 'Joke', inputs: [{ name: 'name', required: true }] });
  expect(described).toMatchObject({ name: 'Joke', inputs: [{ name: 'name', required: true }] });
  expect(expectType(await send({ inputs: { lastName: 'Lopez' } }), 'ValidationError').issues).toEqual([
    { path: '/inputs/name', message: 'is required' },
  ]);
  expect(expectType(await update({ steps: [] }), 'ValidationError').issues[0]?.path).toBe('/steps');
  // What is said of it here stays when it is imported again.
  const { flows } = expectType(await local.importRemote(['flow1']), 'ImportedPayload');
  expect(flows).toMatchObject([{ id: flowId, name: 'Joke' }]);
});

test('are cancelled by leaving', async () => {
  const arrived = Promise.withResolvers<ReceivedRequest>();
  server.always(arrived.resolve);
  const { id } = await generate({ inputs: { name: 'x' }, stream: true });
  const reader = runs.followRun(id);
  const end = reader.next();
  const { closed } = await arrived.promise;
  expect(expectType(await runs.cancelRun(id), 'RunPayload').run.status).toBe('CANCELLED');
  await closed;
  expect((await end).value).toMatchObject({ run: { status: 'CANCELLED' } });
});
