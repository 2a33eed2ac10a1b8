import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { graphql } from '../generated/gql.ts';
import { startTestGateway, type TestGateway } from '../support/gateway.ts';
import { createWorld, expectType } from '../support/operations.ts';

const forkInteractionMutation = graphql(`
  mutation ForkTagged($id: ID!, $keepTags: Boolean) {
    forkInteraction(id: $id, keepTags: $keepTags) {
      __typename
      ... on Interaction { id name tags status }
      ... on Error { message }
    }
  }
`);
const forksQuery = graphql(`
  query Forks($id: ID!) { interaction(id: $id) { forks { totalCount nodes { id } } } }
`);
const forkPromptMutation = graphql(`
  mutation ForkPrompt($id: ID!, $name: String) {
    forkPrompt(id: $id, name: $name) {
      __typename
      ... on Prompt { id name content version }
      ... on Error { message }
    }
  }
`);
const promptQuery = graphql(`
  query PromptWithVersions($id: ID!, $data: JSONObject) {
    prompt(id: $id) { versions { totalCount nodes { id version content } } }
    renderPrompt(id: $id, data: $data) { role content }
  }
`);
const facetsQuery = graphql(`
  query InteractionFacets($filter: InteractionFilter) {
    interactionFacets(fields: [TAGS, STATUS], filter: $filter) { total facets { field buckets { value count } } }
  }
`);
const embedMutation = graphql(`
  mutation Embed($environmentId: ID!, $texts: [String!]!) {
    embed(environmentId: $environmentId, texts: $texts) {
      __typename
      ... on Embeddings { model vectors tokens }
      ... on Error { message }
    }
  }
`);
const updateKeyMutation = graphql(`
  mutation UpdateApiKey($id: ID!, $name: String, $role: Role) {
    updateApiKey(id: $id, name: $name, role: $role) {
      __typename
      ... on ApiKey { id name role kind }
      ... on Error { message }
    }
  }
`);
const deleteKeyMutation = graphql(`
  mutation DeleteApiKey($id: ID!) {
    deleteApiKey(id: $id) { __typename ... on DeletedPayload { id } ... on Error { message } }
  }
`);

let gateway: TestGateway;
let world: Awaited<ReturnType<typeof createWorld>>;

beforeAll(async () => {
  gateway = await startTestGateway();
  world = await createWorld(gateway, { interaction: { name: 'Color', tags: ['demo'] } });
});
afterAll(() => gateway[Symbol.asyncDispose]());

describe('forks of interactions', () => {
  test('are listed at the original, whichever of its versions was copied', async () => {
    const { id } = world.interaction;
    const version = expectType(await world.publishInteraction(id), 'Interaction');
    const fork = async (of: string, keepTags?: boolean) =>
      expectType((await gateway.query(forkInteractionMutation, { id: of, keepTags })).forkInteraction, 'Interaction');
    const first = await fork(id, true);
    const second = await fork(version.id);
    expect(first).toMatchObject({ name: 'Color (fork)', tags: ['demo'], status: 'DRAFT' });
    expect(second.tags).toEqual([]);
    // A version of a fork is no fork.
    expectType(await world.publishInteraction(second.id), 'Interaction');
    const { interaction } = await gateway.query(forksQuery, { id: version.id });
    expect(interaction?.forks).toEqual({ totalCount: 2, nodes: [{ id: second.id }, { id: first.id }] });
  });

  test('count among the others', async () => {
    const filter = { status: ['DRAFT' as const, 'PUBLISHED' as const] };
    const { interactionFacets } = await gateway.query(facetsQuery, { filter });
    expect(interactionFacets).toEqual({
      total: 5,
      facets: [
        { field: 'TAGS', buckets: [{ value: 'demo', count: 3 }] },
        {
          field: 'STATUS',
          buckets: [
            { value: 'draft', count: 3 },
            { value: 'published', count: 2 },
          ],
        },
      ],
    });
  });
});

test('prompts fork, and show the copies that are published', async () => {
  const { id } = world.prompt;
  const { forkPrompt } = await gateway.query(forkPromptMutation, { id, name: 'Copy' });
  expect(expectType(forkPrompt, 'Prompt')).toMatchObject({ name: 'Copy', version: 1 });
  const { prompt, renderPrompt } = await gateway.query(promptQuery, { id, data: { object: 'sea' } });
  expect(prompt?.versions).toMatchObject({ totalCount: 1, nodes: [{ version: 1 }] });
  expect(renderPrompt).toEqual({ role: 'USER', content: 'What color is the sea?' });
});

test('texts get vectors, the same for the same text', async () => {
  const embed = async (texts: string[]) =>
    (await gateway.query(embedMutation, { environmentId: world.environment.id, texts })).embed;
  const { vectors, model, tokens } = expectType(await embed(['one', 'two words', 'one']), 'Embeddings');
  expect(vectors).toHaveLength(3);
  expect(vectors[0]).toEqual(vectors[2]);
  expect(vectors[0]).not.toEqual(vectors[1]);
  expect({ model, tokens }).toEqual({ model: 'test-echo', tokens: 4 });
  expect(expectType(await embed([]), 'ValidationError').message).toBe('/texts: must have at least 1 member');
});

test('keys change their name and role, and go', async () => {
  const { apiKey, secret } = expectType(await world.createApiKey({ name: 'a', role: 'READER' }), 'CreatedApiKey');
  const { id } = apiKey;
  const forbidden = await world.execute({ specifier: 'Color', data: { object: 'a' } }, { key: secret });
  expectType(forbidden, 'ForbiddenError');
  const { updateApiKey } = await gateway.query(updateKeyMutation, { id, name: 'b', role: 'EXECUTOR' });
  expect(expectType(updateApiKey, 'ApiKey')).toMatchObject({ name: 'b', role: 'EXECUTOR', kind: 'SECRET' });
  expectType(await world.execute({ specifier: 'Color', data: { object: 'a' } }, { key: secret }), 'InteractionRun');
  const browser = expectType(await world.createApiKey({ name: 'c', role: 'EXECUTOR', kind: 'PUBLIC' }), 'CreatedApiKey')
    .apiKey.id;
  const refused = await gateway.query(updateKeyMutation, { id: browser, role: 'ADMIN' });
  expect(expectType(refused.updateApiKey, 'ValidationError').message).toContain('of a public key');
  expectType((await gateway.query(deleteKeyMutation, { id })).deleteApiKey, 'DeletedPayload');
  const { status } = await gateway.send(deleteKeyMutation, { id }, { key: secret });
  expect(status).toBe(401);
});
