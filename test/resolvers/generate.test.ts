import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { graphql } from '../generated/gql.ts';
import { createFlowOperations } from '../support/flow-operations.ts';
import { startTestGateway, type TestGateway } from '../support/gateway.ts';
import { type OpenaiServer, type ReceivedRequest, startOpenaiServer } from '../support/openai-server.ts';
import { createWorld, expectType } from '../support/operations.ts';
import { createRunOperations } from '../support/run-operations.ts';

const foundQuery = graphql(`
  query FoundFlows($search: String, $flow: [ID!], $endUser: [String!]) {
    runs(search: $search, filter: { flow: $flow, endUser: $endUser, kind: [FLOW] }) {
      totalCount
      nodes { __typename id }
      facets(fields: [FLOW, END_USER, RATING]) {
        field
        buckets { value count node { __typename id } }
      }
    }
  }
`);
const nodeQuery = graphql(`
  query FlowRunNode($id: ID!) { node(id: $id) { __typename ... on FlowRun { steps { key } } } }
`);

let gateway: TestGateway;
let server: OpenaiServer;
let flows: ReturnType<typeof createFlowOperations>;
let runs: ReturnType<typeof createRunOperations>;
let environmentId: string;

beforeAll(async () => {
  server = await startOpenaiServer();
  gateway = await startTestGateway();
  flows = createFlowOperations(gateway);
  runs = createRunOperations(gateway);
  const environment = { provider: 'openai_compatible', endpoint: server.url, defaultModel: 'm' };
  environmentId = (await createWorld(gateway, { environment })).environment.id;
});
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});

function answer(request: ReceivedRequest, text: string): void {
  request.chunk(text);
  request.done();
}

/** What the request asks the model, its last message. */
function questionOf({ body }: ReceivedRequest): unknown {
  const messages = body?.messages;
  return Array.isArray(messages) ? messages.at(-1).content : undefined;
}

/** A flow of two independent steps and one that takes both. */
async function makeJoin(more = {}) {
  const ask = await flows.makePrompt('About {{ topic }}', 'Ask');
  const join = await flows.makePrompt('{{ one }} and {{ two }}', 'Join');
  return flows.makeFlow({
    name: 'Join',
    inputs: [
      { name: 'left', required: true },
      { name: 'right', default: 'sea' },
    ],
    steps: [
      { name: 'One', promptId: ask, environmentId, inputs: { topic: '{{ inputs.left }}' } },
      { name: 'Two', promptId: ask, environmentId, model: 'other', inputs: { topic: 'the {{ inputs.right }}' } },
      { name: 'Both', promptId: join, environmentId, inputs: { one: '{{ steps.One }}', two: '{{ steps.step2 }}' } },
    ],
    ...more,
  });
}

/** Lets both independent steps arrive, and answers them. */
async function answerBoth(): Promise<void> {
  const requests = [await server.next(), await server.next()];
  for (const request of requests) answer(request, `<${questionOf(request)}>`);
}

test('independent steps run at the same time, and the last one gets what they answer', async () => {
  const flowId = await makeJoin();
  const answered = flows.generate({ flowId, inputs: { left: 'land' }, endUser: 'u-1', tags: ['t'] });
  await answerBoth();
  const last = await server.next();
  expect(questionOf(last)).toBe('<About land> and <About the sea>');
  answer(last, 'All.');
  const run = expectType(await answered, 'FlowRun');
  expect(run).toMatchObject({
    kind: 'FLOW',
    name: 'Join',
    status: 'COMPLETED',
    result: 'All.',
    input: { left: 'land', right: 'sea' },
    endUser: 'u-1',
    tags: ['t'],
    flow: { id: flowId },
    environment: { id: environmentId },
    model: null,
    tokenUse: { total: 54 },
    error: null,
    steps: [
      { key: 'One', status: 'COMPLETED', output: '<About land>', model: 'm', tokenUse: { total: 18 }, passages: [] },
      { key: 'Two', output: '<About the sea>', model: 'other' },
      { key: 'Both', output: 'All.', prompt: [{ role: 'USER', content: '<About land> and <About the sea>' }] },
    ],
  });
  expect(run.attempts.map(({ model }) => model).toSorted()).toEqual(['m', 'm', 'other']);
  expect(await flows.findFlowRun(run.id)).toMatchObject({ result: 'All.', steps: [{}, {}, { output: 'All.' }] });
  expect((await gateway.query(nodeQuery, { id: run.id })).node).toMatchObject({ __typename: 'FlowRun' });
});

test('a stream tells when steps begin and end, and has the text of the last one', async () => {
  const flowId = await makeJoin();
  const created = await flows.generate({ flowId, inputs: { left: 'land' }, stream: true });
  expect(created).toMatchObject({ status: 'CREATED', steps: [{ status: 'CREATED' }, {}, {}] });
  const { id } = expectType(created, 'FlowRun');
  const events = Array.fromAsync(flows.followFlow(id));
  await answerBoth();
  const last = await server.next();
  last.chunk('Al');
  answer(last, 'l.');
  const told = (await events).map((event) => {
    if (event.__typename === 'RunProgress') return `${event.step} ${event.status}`;
    return event.__typename === 'RunChunk' ? event.text : event.run;
  });
  expect(told.slice(0, 4).toSorted()).toEqual(['One COMPLETED', 'One PROCESSING', 'Two COMPLETED', 'Two PROCESSING']);
  expect(told.slice(4)).toEqual([
    'Both PROCESSING',
    'Al',
    'l.',
    'Both COMPLETED',
    { id, status: 'COMPLETED', result: 'All.', error: null },
  ]);
  const again = await Array.fromAsync(flows.followFlow(id));
  expect(again).toEqual(await events);
});

test('a step that fails ends the flow by its name; a retry goes on behind what was done', async () => {
  const flowId = await makeJoin();
  const answered = flows.generate({ flowId, inputs: { left: 'land' } });
  await answerBoth();
  (await server.next()).json(400, { error: { message: 'no' } });
  const run = expectType(await answered, 'FlowRun');
  expect(run).toMatchObject({
    status: 'FAILED',
    result: null,
    error: { code: 'invalid_request', message: expect.stringMatching(/^Step Both: /) },
    steps: [
      { status: 'COMPLETED', output: '<About land>' },
      { status: 'COMPLETED' },
      { status: 'FAILED', output: null, error: { code: 'invalid_request' } },
    ],
  });
  const retried = runs.retryRun(run.id);
  const request = await server.next();
  expect(questionOf(request)).toBe('<About land> and <About the sea>');
  answer(request, 'Better.');
  const { run: next } = expectType(await retried, 'RunPayload');
  expect(next).toMatchObject({ status: 'COMPLETED', result: 'Better.', retryOf: { id: run.id } });
  expect(await flows.findFlowRun(next.id)).toMatchObject({
    attempts: [{ model: 'm' }],
    steps: [{ status: 'COMPLETED', output: '<About land>' }, {}, { output: 'Better.' }],
  });
});

test('the first failure ends the steps that are under way', async () => {
  const flowId = await makeJoin();
  const answered = flows.generate({ flowId, inputs: { left: 'land' } });
  const [first, second] = [await server.next(), await server.next()];
  const [one, two] = questionOf(first) === 'About land' ? [first, second] : [second, first];
  one?.json(401, { error: { message: 'no' } });
  await two?.closed;
  expect(await answered).toMatchObject({
    error: { message: expect.stringMatching(/^Step One: /) },
    steps: [{ status: 'FAILED' }, { status: 'CANCELLED', error: { code: 'cancelled' } }, { status: 'CREATED' }],
  });
});

test('a cancelled flow is cancelled with its steps', async () => {
  const flowId = await makeJoin();
  const answered = flows.generate({ flowId, inputs: { left: 'land' }, idempotencyKey: 'cancelled' });
  await answerBoth();
  const last = await server.next();
  const { nodes } = await runs.listRuns({ flow: [flowId] });
  await runs.cancelRun(nodes[0]?.id ?? '');
  await last.closed;
  expect(await answered).toMatchObject({
    status: 'CANCELLED',
    error: { code: 'cancelled', message: 'The run was cancelled' },
    steps: [{ status: 'COMPLETED' }, { status: 'COMPLETED' }, { status: 'CANCELLED' }],
  });
  expect(await flows.generate({ flowId, inputs: { left: 'land' }, idempotencyKey: 'cancelled' })).toMatchObject({
    id: expectType(await answered, 'FlowRun').id,
  });
});

test('a list comes from structured output', async () => {
  const promptId = await flows.makePrompt('Three {{ things }}');
  const flowId = await flows.makeFlow({
    name: 'List',
    resultType: 'LIST',
    inputs: [{ name: 'things' }],
    steps: [{ promptId, environmentId }],
  });
  const answered = flows.generate({ flowId, inputs: { things: 'birds' } });
  const request = await server.next();
  expect(JSON.stringify(request.body)).toContain('"items"');
  answer(request, '{"items":["a\\nb","c"]}');
  expect(await answered).toMatchObject({ result: ['a\nb', 'c'], steps: [{ output: ['a\nb', 'c'] }] });
});

describe('what is wrong with a call is answered with its place, and makes no run:', () => {
  const refuse = async (input: Parameters<typeof flows.generate>[0]) => {
    const count = async () => (await runs.listRuns()).totalCount;
    const before = await count();
    const refusal = expectType(await flows.generate(input), 'ValidationError');
    expect(await count()).toBe(before);
    return refusal.issues.map(({ path, message }) => `${path} ${message}`);
  };

  test('inputs', async () => {
    const flowId = await makeJoin();
    expect(await refuse({ flowId })).toEqual(['/inputs/left is required']);
    expect(await refuse({ flowId, inputs: { left: 1 } })).toEqual(['/inputs/left must be a text']);
  });

  test("what a prompt's own schema refuses", async () => {
    const { createPrompt } = await createWorld(gateway);
    const inputSchema = { type: 'object', properties: { size: { type: 'string', maxLength: 2 } }, required: ['size'] };
    const prompt = expectType(await createPrompt({ name: 'Size', content: '{{ size }}', inputSchema }), 'Prompt');
    const steps = [{ promptId: prompt.id, environmentId }];
    const flowId = await flows.makeFlow({ name: 'Size', inputs: [{ name: 'size' }], steps });
    expect(await refuse({ flowId, inputs: { size: 'long' } })).toEqual([
      '/inputs/size must NOT have more than 2 characters (step step1)',
    ]);
  });

  test('environment and model', async () => {
    const promptId = await flows.makePrompt('Hi');
    const flowId = await flows.makeFlow({ name: 'Nowhere', steps: [{ promptId }] });
    expect(await refuse({ flowId })).toEqual([
      '/config/environmentId is required: step step1 has no environment of its own',
    ]);
    expect(await flows.generate({ flowId: '0123456789abcdef01234567' })).toMatchObject({
      __typename: 'NotFoundError',
    });
  });

  test('steps and contexts that are not there', async () => {
    const flowId = await makeJoin();
    const inputs = { left: 'x' };
    expect(await refuse({ flowId, inputs, steps: [{ step: 'Three' }] })).toEqual([
      '/steps/0/step there is no step Three; the steps are One, Two, Both',
    ]);
    expect(await refuse({ flowId, inputs, steps: [{ step: 'step1', context: {} }] })).toEqual([
      '/steps/0/context step step1 reads no content: its context is off',
    ]);
  });
});

test('an input that the flow does not have is a warning', async () => {
  const promptId = await flows.makePrompt('Hi');
  const flowId = await flows.makeFlow({ name: 'Hi', steps: [{ promptId, environmentId }] });
  const answered = flows.generate({ flowId, inputs: { other: 1 } });
  answer(await server.next(), 'Hi.');
  expect(await answered).toMatchObject({ warnings: ['The flow has no input other; it was left out.'], input: {} });
});

test('runs of flows are found and counted', async () => {
  const promptId = await flows.makePrompt('Hi');
  const flowId = await flows.makeFlow({ name: 'Counted', steps: [{ promptId, environmentId }] });
  for (const endUser of ['ann', 'bob']) {
    const answered = flows.generate({ flowId, endUser });
    answer(await server.next(), 'A zebra.');
    const run = expectType(await answered, 'FlowRun');
    await runs.rateRun(run.id, 3);
  }
  for (const search of [`flow:${flowId} AND zebra`, `flow:${flowId} AND endUser:(ann OR bob)`]) {
    expect((await gateway.query(foundQuery, { search })).runs).toMatchObject({
      totalCount: 2,
      nodes: [{ __typename: 'FlowRun' }, { __typename: 'FlowRun' }],
    });
  }
  expect((await gateway.query(foundQuery, { flow: [flowId], endUser: ['bob'] })).runs).toMatchObject({
    totalCount: 1,
    facets: [
      { field: 'FLOW', buckets: [{ value: flowId, count: 1, node: { __typename: 'Flow', id: flowId } }] },
      { field: 'END_USER', buckets: [{ value: 'bob', count: 1 }] },
      { field: 'RATING', buckets: [{ value: '3', count: 1 }] },
    ],
  });
});
