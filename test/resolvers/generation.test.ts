import { afterAll, beforeAll, expect, test } from 'vitest';
import { graphql } from '../generated/gql.ts';
import { startTestGateway, type TestGateway } from '../support/gateway.ts';
import { createWorld, expectType } from '../support/operations.ts';

const testDataMutation = graphql(`
  mutation ProposeTestData($id: ID!, $count: Int, $config: ExecutionConfigInput) {
    proposeTestData(id: $id, count: $count, message: "All from Rome", config: $config) {
      __typename
      ... on ProposedTestData { items run { status source { type } error { code } interaction { id } prompt { content } } }
      ... on Error { message }
    }
  }
`);
const improvementMutation = graphql(`
  mutation SuggestImprovements($id: ID!) {
    suggestPromptImprovements(id: $id) {
      __typename
      ... on PromptImprovements { text run { source { type } } }
      ... on Error { message }
    }
  }
`);
const proposalMutation = graphql(`
  mutation ProposeInteraction($id: ID!) {
    proposeInteraction(id: $id, description: "Sums up contracts") {
      __typename
      ... on InteractionProposal {
        interaction { name description prompts { role name content } inputSchema resultSchema }
        run { prompt { content } }
      }
      ... on Error { message }
    }
  }
`);

let gateway: TestGateway;
let world: Awaited<ReturnType<typeof createWorld>>;

const inputSchema = {
  type: 'object',
  properties: { people: { type: 'array', items: { $ref: '#/$defs/person' }, minItems: 1 } },
  required: ['people'],
  $defs: { person: { type: 'object', properties: { name: { type: 'string' } }, required: ['name'] } },
};

beforeAll(async () => {
  gateway = await startTestGateway();
  world = await createWorld(gateway, { prompt: { name: 'p', content: '{{ people }}', inputSchema } });
});
afterAll(() => gateway[Symbol.asyncDispose]());

test('test data fits the input schema, references within it too, and is a run of the interaction', async () => {
  const { id } = world.interaction;
  const { proposeTestData } = await gateway.query(testDataMutation, { id, count: 3 });
  const { items, run } = expectType(proposeTestData, 'ProposedTestData');
  expect(items).toHaveLength(3);
  for (const item of items) expect(item).toEqual({ people: expect.arrayContaining([{ name: expect.any(String) }]) });
  expect(run).toMatchObject({ status: 'COMPLETED', source: { type: 'TEST_DATA' }, interaction: { id } });
  expect(run.prompt.at(-1)?.content).toContain('All from Rome');
  for (const item of items) {
    const executed = await world.execute({ specifier: 'Color', data: item as Record<string, unknown> });
    expectType(executed, 'InteractionRun');
  }
});

test('a model that fails is told by the run', async () => {
  const config = { model: 'execution-error' };
  const { proposeTestData } = await gateway.query(testDataMutation, { id: world.interaction.id, config });
  expect(expectType(proposeTestData, 'ProposedTestData')).toMatchObject({
    items: [],
    run: { status: 'FAILED', error: { code: 'provider_error' } },
  });
});

test('more than can be asked for is refused', async () => {
  const { proposeTestData } = await gateway.query(testDataMutation, { id: world.interaction.id, count: 21 });
  expect(expectType(proposeTestData, 'ValidationError').message).toBe('/count: must be at most 20');
});

test('improvements are a text about the prompts', async () => {
  const { suggestPromptImprovements } = await gateway.query(improvementMutation, { id: world.interaction.id });
  const { text, run } = expectType(suggestPromptImprovements, 'PromptImprovements');
  expect(text).toContain('The prompts of Color');
  expect(run.source.type).toBe('SYSTEM');
});

test('a proposed interaction has prompts and schemas', async () => {
  const { proposeInteraction } = await gateway.query(proposalMutation, { id: world.interaction.id });
  const { interaction, run } = expectType(proposeInteraction, 'InteractionProposal');
  expect(interaction).toMatchObject({ name: expect.any(String), inputSchema: {}, resultSchema: {} });
  expect(interaction?.prompts.length).toBeGreaterThan(0);
  expect(run.prompt.at(-1)?.content).toContain('Sums up contracts');
});

test('an interaction without an environment says so', async () => {
  const { id } = expectType(await world.createInteraction({ name: 'Bare' }), 'Interaction');
  const { suggestPromptImprovements } = await gateway.query(improvementMutation, { id });
  expect(expectType(suggestPromptImprovements, 'ValidationError').message).toContain(
    '/config/environmentId: is required',
  );
});
