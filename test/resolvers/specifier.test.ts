import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { graphql } from '../generated/gql.ts';
import { startTestGateway, type TestGateway } from '../support/gateway.ts';
import { createWorld, expectType } from '../support/operations.ts';

const interactionQuery = graphql(`
  query InteractionBySpecifier($id: ID, $specifier: String) {
    interaction(id: $id, specifier: $specifier) { id status version tags }
  }
`);

let gateway: TestGateway;
let world: Awaited<ReturnType<typeof createWorld>>;
const versions: { id: string; version: number }[] = [];

beforeAll(async () => {
  gateway = await startTestGateway();
  world = await createWorld(gateway, { interaction: { name: 'Review Contract' } });
});
afterAll(() => gateway[Symbol.asyncDispose]());

const find = async (specifier: string) => (await gateway.query(interactionQuery, { specifier })).interaction;
const publish = async (tags: string[]) => {
  const version = expectType(await world.publishInteraction(world.interaction.id, tags), 'Interaction');
  versions.push(version);
  return version;
};

describe('before anything is published', () => {
  test('a name alone is the draft', async () => {
    expect(await find('Review Contract')).toMatchObject({ id: world.interaction.id, status: 'DRAFT', version: 1 });
  });

  test('the name in PascalCase means the same', async () => {
    expect(await find('ReviewContract')).toMatchObject({ id: world.interaction.id });
  });

  test('a version is nothing', async () => {
    expect(await find('Review Contract@1')).toBeNull();
  });
});

describe('with three versions, two of them with one tag', () => {
  beforeAll(async () => {
    await publish(['fixed']);
    await publish(['fixed', 'beta']);
    await publish([]);
  });

  test.each([
    ['Review Contract', 2],
    ['Review Contract@latest', 2],
    ['ReviewContract@3', 2],
    ['Review Contract@1', 0],
    ['Review Contract@2', 1],
    ['Review Contract@beta', 1],
    // The first of several is the one with the lowest id.
    ['Review Contract@fixed', 0],
  ])('%s is the version at place %i', async (specifier, index) => {
    expect((await find(specifier))?.id).toBe(versions[index]?.id);
  });

  test('draft is the draft, whose counter has advanced', async () => {
    expect(await find('Review Contract@draft')).toMatchObject({
      id: world.interaction.id,
      status: 'DRAFT',
      version: 4,
    });
  });

  test.each([
    'Review Contract@4',
    'Review Contract@gamma',
    'Review',
    'review contract',
    'Review Contract@99999999999999999999',
  ])('%s is nothing', async (specifier) => {
    expect(await find(specifier)).toBeNull();
  });

  test.each(['', '@draft', 'Review Contract@'])('"%s" is refused with what is allowed', async (specifier) => {
    const { errors } = await gateway.send(interactionQuery, { specifier });
    expect(errors[0]?.extensions).toMatchObject({
      code: 'VALIDATION_ERROR',
      issues: [{ path: '/specifier', message: 'must be Name, Name@draft, Name@<version> or Name@<tag>' }],
    });
  });

  test('an id and a specifier together are refused, and neither too', async () => {
    for (const variables of [{ id: world.interaction.id, specifier: 'Review Contract' }, {}]) {
      const { errors } = await gateway.send(interactionQuery, variables);
      expect(errors[0]?.message).toBe('give exactly one of id and specifier');
    }
  });
});

test.each(['3', 'draft', 'latest', 'a@b'])('"%s" is no tag', async (tag) => {
  const result = expectType(await world.publishInteraction(world.interaction.id, [tag]), 'ValidationError');
  expect(result.issues[0]?.path).toBe('/tags');
});

test('a version keeps its prompts when they change, and publishing again freezes the change', async () => {
  const update = graphql(`
    mutation UpdatePromptContent($id: ID!, $input: PromptInput!) {
      updatePrompt(id: $id, input: $input) { __typename ... on Prompt { id version content } ... on Error { message } }
    }
  `);
  const before = await publish([]);
  const again = await publish([]);
  const changed = await gateway.query(update, { id: world.prompt.id, input: { content: 'Is the {{ object }} blue?' } });
  expect(changed.updatePrompt).toMatchObject({ version: 2, content: 'Is the {{ object }} blue?' });
  const after = await publish([]);

  const contents = graphql(`
    query PromptsOfVersions($ids: [ID!]!) {
      nodes(ids: $ids) { ... on Interaction { prompts { id version content } } }
    }
  `);
  const { nodes } = await gateway.query(contents, { ids: [before.id, again.id, after.id] });
  const prompts = nodes.map((node) => (node !== null && 'prompts' in node ? node.prompts?.[0] : undefined));
  expect(prompts.map((prompt) => prompt?.content)).toEqual([
    'What color is the {{ object }}?',
    'What color is the {{ object }}?',
    'Is the {{ object }} blue?',
  ]);
  // What did not change is not copied twice.
  expect(prompts[0]?.id).toBe(prompts[1]?.id);
  const frozen = await gateway.query(update, { id: prompts[0]?.id ?? '', input: { content: 'x' } });
  expect(frozen.updatePrompt.__typename).toBe('ConflictError');
});
