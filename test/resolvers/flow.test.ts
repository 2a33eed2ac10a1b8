import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { graphql } from '../generated/gql.ts';
import type { FlowStepInput } from '../generated/graphql.ts';
import { createFlowOperations } from '../support/flow-operations.ts';
import { startTestGateway, type TestGateway } from '../support/gateway.ts';
import { createWorld, expectType } from '../support/operations.ts';

const flowQuery = graphql(`
  query FlowById($id: ID!) {
    flow(id: $id) { id name }
    node(id: $id) { __typename id }
    flows(first: 2) { totalCount nodes { id } }
  }
`);
const deleteFlowMutation = graphql(`
  mutation DeleteFlow($id: ID!) {
    deleteFlow(id: $id) { __typename ... on DeletedPayload { id } ... on Error { message } }
  }
`);
const deletePartsMutation = graphql(`
  mutation DeleteParts($prompt: ID!, $environment: ID!, $folder: ID!) {
    deletePrompt(id: $prompt) { __typename ... on Error { message } }
    deleteEnvironment(id: $environment) { __typename ... on Error { message } }
    deleteFolder(id: $folder) { __typename ... on Error { message } }
  }
`);

let gateway: TestGateway;
let flows: ReturnType<typeof createFlowOperations>;
let environmentId: string;
let outline: string;
let write: string;

beforeAll(async () => {
  gateway = await startTestGateway();
  flows = createFlowOperations(gateway);
  environmentId = (await createWorld(gateway)).environment.id;
  outline = await flows.makePrompt('Outline {{ topic }}.', 'Outline');
  write = await flows.makePrompt('Write {{ outline }} for {{ reader }}.', 'Write');
});
afterAll(() => gateway[Symbol.asyncDispose]());

const inputs = [{ name: 'topic', required: true }, { name: 'reader' }];

/** What is wrong with a flow of these steps, a line each. */
async function refuse(steps: FlowStepInput[], more = {}): Promise<string[]> {
  const refusal = expectType(await flows.createFlow({ name: 'F', inputs, steps, ...more }), 'ValidationError');
  return refusal.issues.map(({ path, message }) => `${path} ${message}`);
}

test('a flow is made, read, changed and removed', async () => {
  const folder = await flows.makeFolder('Manuals');
  await flows.createTag('draft');
  const created = await flows.createFlow({
    name: 'Article',
    externalId: 'article-1',
    inputs: [
      { name: 'topic', required: true, description: 'What about' },
      { name: 'reader', default: 'all' },
    ],
    steps: [
      { promptId: outline, environmentId, context: { folderIds: [folder], tags: ['draft'], maxTokens: 500 } },
      { name: 'Write it', promptId: write, inputs: { outline: '{{ steps.step1 }}' }, model: 'm', temperature: 0 },
    ],
    resultType: 'LIST',
  });
  expect(created).toMatchObject({
    externalId: 'article-1',
    resultType: 'LIST',
    inputs: [
      { name: 'topic', type: 'TEXT', required: true, description: 'What about', default: null },
      { name: 'reader', type: 'TEXT', required: false, description: null, default: 'all' },
    ],
    steps: [
      {
        key: 'step1',
        prompt: { name: 'Outline' },
        environment: { id: environmentId },
        context: { folders: [{ id: folder, name: 'Manuals' }], tags: ['draft'], maxTokens: 500 },
      },
      { key: 'Write it', inputs: { outline: '{{ steps.step1 }}' }, model: 'm', temperature: 0, context: null },
    ],
  });
  const { id } = expectType(created, 'Flow');
  expect(await flows.updateFlow(id, { name: 'Report', resultType: 'TEXT' })).toMatchObject({
    name: 'Report',
    resultType: 'TEXT',
    steps: [{ key: 'step1' }, { key: 'Write it' }],
  });
  expect(await gateway.query(flowQuery, { id })).toEqual({
    flow: { id, name: 'Report' },
    node: { __typename: 'Flow', id },
    flows: { totalCount: 1, nodes: [{ id }] },
  });
  const used = await gateway.query(deletePartsMutation, { prompt: outline, environment: environmentId, folder });
  expect(Object.values(used).map((answer) => [answer.__typename, 'message' in answer && answer.message])).toEqual([
    ['ConflictError', `The prompt is used by flow Report (${id})`],
    ['ConflictError', expect.stringContaining('The environment is used by')],
    ['ConflictError', `The folder is read by flow Report (${id})`],
  ]);
  expect((await gateway.query(deleteFlowMutation, { id })).deleteFlow).toEqual({ __typename: 'DeletedPayload', id });
  expect((await gateway.query(flowQuery, { id })).flow).toBe(null);
  expect((await gateway.query(deleteFlowMutation, { id })).deleteFlow.__typename).toBe('NotFoundError');
});

describe('refused with its place:', () => {
  test('a reference to what there is not', async () => {
    const steps = [{ promptId: outline, inputs: { topic: 'On {{ inputs.subject }} and {{ steps.Draft }}' } }];
    expect(await refuse(steps)).toEqual([
      "/steps/0/inputs/topic there is no input subject; the flow's inputs are topic, reader",
      '/steps/0/inputs/topic there is no step Draft; the steps are step1',
    ]);
  });

  test('what only looks like a reference', async () => {
    expect(await refuse([{ promptId: outline, inputs: { topic: ['{{ topic }}'] } }])).toEqual([
      '/steps/0/inputs/topic/0 {{ topic }} must be {{ inputs.<name> }} or {{ steps.<name> }}',
    ]);
  });

  test('a reference to a later step', async () => {
    const steps = [
      { name: 'First', promptId: outline, inputs: { topic: '{{ steps.Second }}' } },
      { name: 'Second', promptId: outline },
    ];
    expect(await refuse(steps)).toEqual([
      '/steps/0/inputs/topic step Second comes later; a step may refer only to earlier ones',
    ]);
  });

  test('a circle, of one and of three', async () => {
    expect(await refuse([{ name: 'Self', promptId: outline, inputs: { topic: '{{ steps.step1 }}' } }])).toEqual([
      '/steps/0/inputs/topic makes a circle: Self → Self',
    ]);
    const steps = [
      { name: 'A', promptId: outline, inputs: { topic: '{{ steps.C }}' } },
      { name: 'B', promptId: outline, inputs: { topic: '{{ steps.A }}' } },
      { name: 'C', promptId: outline, inputs: { topic: '{{ steps.B }}' } },
    ];
    expect(await refuse(steps)).toEqual(['/steps/0/inputs/topic makes a circle: A → C → B → A']);
  });

  test('an input that a prompt needs and nobody gives', async () => {
    expect(await refuse([{ promptId: write }])).toEqual([
      '/steps/0/inputs/outline is required by prompt Write: give it here, or declare an input of the flow with this name',
    ]);
  });

  test('prompts, environments, folders and tags that are not there', async () => {
    const id = '0123456789abcdef01234567';
    const steps = [{ promptId: id, environmentId: id, context: { folderIds: [id], tags: ['none'] } }];
    expect((await refuse(steps)).sort()).toEqual([
      `/steps/0/context/folderIds/0 there is no folder ${id}`,
      '/steps/0/context/tags/0 there is no tag none',
      `/steps/0/environmentId there is no environment ${id}`,
      `/steps/0/promptId there is no prompt ${id}`,
    ]);
  });

  test('names that are given twice or mean another step, and values of the wrong type', async () => {
    const steps = [
      { name: 'A', promptId: outline },
      { name: 'A', promptId: outline },
      { name: 'step1', promptId: outline },
    ];
    const twice = [
      { name: 'topic', type: 'NUMBER', default: 'x' },
      { name: 'topic', type: 'TEXT' },
    ];
    expect(await refuse(steps, { inputs: twice })).toEqual([
      '/inputs/0/default must be a number',
      '/inputs/1/name topic is the name of another input too',
      '/steps/1/name A is the name of another step too',
      '/steps/2/name step1 means the step at that place; this one is step3',
    ]);
    expect(await refuse([])).toEqual(['/steps must have at least 1 step']);
  });

  test('what a change would break', async () => {
    const id = await flows.makeFlow({ name: 'Kept', inputs, steps: [{ promptId: outline }] });
    expect(await flows.updateFlow(id, { inputs: [] })).toMatchObject({
      issues: [{ path: '/steps/0/inputs/topic' }],
    });
  });
});
