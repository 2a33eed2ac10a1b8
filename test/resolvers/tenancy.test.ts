import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { graphql } from '../generated/gql.ts';
import { startTestGateway, type TestGateway } from '../support/gateway.ts';
import { createOperations, createWorld, expectType } from '../support/operations.ts';

const viewerQuery = graphql(`
  query Viewer { viewer { principalId principalType role project { id name slug } } }
`);
const apiKeysQuery = graphql(`
  query ApiKeys { apiKeys { id name prefix kind role lastUsedAt revokedAt } }
`);
const revokeMutation = graphql(`
  mutation RevokeApiKey($id: ID!) {
    revokeApiKey(id: $id) { __typename ... on ApiKey { id revokedAt } ... on Error { message } }
  }
`);
const createProjectMutation = graphql(`
  mutation CreateProject($input: ProjectInput!) {
    createProject(input: $input) {
      __typename
      ... on Project { id name slug recordPayloads retentionDays }
      ... on Error { code message }
      ... on ValidationError { issues { path message } }
    }
  }
`);
const deleteProjectMutation = graphql(`
  mutation DeleteProject($id: ID!) {
    deleteProject(id: $id) { __typename ... on DeletedPayload { id } ... on Error { message } }
  }
`);
const everythingQuery = graphql(`
  query Everything($ids: [ID!]!, $run: ID!, $environment: ID!, $prompt: ID!, $interaction: ID!) {
    nodes(ids: $ids) { __typename id }
    run(id: $run) { id }
    environment(id: $environment) { id }
    prompt(id: $prompt) { id }
    interaction(id: $interaction) { id }
    byName: interaction(specifier: "Color") { id }
    runs { totalCount nodes { id } }
    environments { id }
    prompts { totalCount }
    interactions { totalCount }
    runFacets(facets: [{ field: STATUS }]) { total }
  }
`);

let gateway: TestGateway;
let world: Awaited<ReturnType<typeof createWorld>>;
let runId: string;

beforeAll(async () => {
  gateway = await startTestGateway();
  world = await createWorld(gateway);
  runId = expectType(
    await world.execute({ interactionId: world.interaction.id, data: { object: 'car' } }),
    'InteractionRun',
  ).id;
});
afterAll(() => gateway[Symbol.asyncDispose]());

const makeKey = async (role: 'READER' | 'EXECUTOR' | 'EDITOR' | 'ADMIN', extra = {}) =>
  expectType(await world.createApiKey({ name: role, role, ...extra }), 'CreatedApiKey');

describe('keys', () => {
  test('one is shown once, and then only how it begins', async () => {
    const { secret, apiKey } = await makeKey('READER');
    expect(secret).toMatch(/^sk-[\w-]{43,}$/);
    expect((await gateway.query(viewerQuery, {}, { key: secret })).viewer).toMatchObject({
      principalId: apiKey.id,
      role: 'READER',
    });
    const answer = await gateway.send(apiKeysQuery, {});
    expect(JSON.stringify(answer.data)).not.toContain(secret);
    expect(answer.data?.apiKeys.find(({ id }) => id === apiKey.id)?.lastUsedAt).not.toBeNull();
    expect(secret.startsWith(apiKey.prefix.replace('…', ''))).toBe(true);
  });

  test('a revoked one ends at once', async () => {
    const { secret, apiKey } = await makeKey('READER');
    await gateway.query(viewerQuery, {}, { key: secret });
    expect((await gateway.query(revokeMutation, { id: apiKey.id })).revokeApiKey.__typename).toBe('ApiKey');
    const { status, errors } = await gateway.send(viewerQuery, {}, { key: secret });
    expect([status, errors[0]?.extensions?.code, errors[0]?.message]).toEqual([
      401,
      'UNAUTHENTICATED',
      'The API key was revoked',
    ]);
  });

  test("one of the caller's own works, once", async () => {
    const value = 'an-old-key-from-elsewhere-1234';
    await makeKey('EXECUTOR', { value });
    expect((await gateway.query(viewerQuery, {}, { key: value })).viewer.role).toBe('EXECUTOR');
    expect((await world.createApiKey({ name: 'again', role: 'READER', value })).__typename).toBe('ConflictError');
  });

  test.each([
    [{ value: 'short' }, '/value'],
    [{ expiresAt: '2001-01-01T00:00:00Z' }, '/expiresAt'],
    [{ kind: 'PUBLIC' as const, role: 'ADMIN' as const }, '/role'],
    [{ name: ' ' }, '/name'],
  ])('%o is refused', async (input, path) => {
    const result = expectType(await world.createApiKey({ name: 'x', role: 'READER', ...input }), 'ValidationError');
    expect(result.issues.map((issue) => issue.path)).toEqual([path]);
  });

  test('an expired one is refused', async () => {
    const { secret } = await makeKey('READER', { expiresAt: new Date(Date.now() + 300).toISOString() });
    await expect
      .poll(async () => (await gateway.send(viewerQuery, {}, { key: secret })).errors[0]?.message)
      .toBe('The API key has expired');
  });
});

describe('projects', () => {
  const makeProject = async (input: { name: string; slug?: string }) =>
    expectType((await gateway.query(createProjectMutation, { input })).createProject, 'Project');

  test("another project's admin sees nothing of this one, and changes nothing in it", async () => {
    const project = await makeProject({ name: 'Other Team' });
    expect(project).toMatchObject({ slug: 'other-team', recordPayloads: 'ALL', retentionDays: null });
    const headers = { 'x-project-id': 'other-team' };
    const { secret } = expectType(
      await world.createApiKey({ name: 'theirs', role: 'ADMIN' }, { headers }),
      'CreatedApiKey',
    );
    expect((await gateway.query(viewerQuery, {}, { key: secret })).viewer.project.id).toBe(project.id);

    const ids = [runId, world.environment.id, world.prompt.id, world.interaction.id];
    const variables = {
      ids,
      run: runId,
      environment: world.environment.id,
      prompt: world.prompt.id,
      interaction: world.interaction.id,
    };
    expect(await gateway.query(everythingQuery, variables, { key: secret })).toEqual({
      nodes: [null, null, null, null],
      run: null,
      environment: null,
      prompt: null,
      interaction: null,
      byName: null,
      runs: { totalCount: 0, nodes: [] },
      environments: [],
      prompts: { totalCount: 0 },
      interactions: { totalCount: 0 },
      runFacets: { total: 0 },
    });
    const theirs = { key: secret };
    const operations = createOperations(gateway);
    expect((await operations.execute({ interactionId: world.interaction.id }, theirs)).__typename).toBe(
      'NotFoundError',
    );
    expect((await operations.publishInteraction(world.interaction.id, [], theirs)).__typename).toBe('NotFoundError');
    const stolen = await operations.createInteraction(
      { name: 'X', promptIds: [world.prompt.id], environmentId: world.environment.id },
      theirs,
    );
    expect(stolen.__typename).toBe('ValidationError');
    // And ours is as it was.
    expect((await gateway.query(everythingQuery, variables)).nodes.map((node) => node?.__typename)).toEqual([
      'InteractionRun',
      'Environment',
      'Prompt',
      'Interaction',
    ]);
  });

  test('a slug is given once', async () => {
    await makeProject({ name: 'Twin' });
    expect((await gateway.query(createProjectMutation, { input: { name: 'Twin' } })).createProject.__typename).toBe(
      'ConflictError',
    );
  });

  test("only an admin's key reaches another project of the account", async () => {
    await makeProject({ name: 'Reach' });
    const { secret } = await makeKey('EDITOR');
    const { status, errors } = await gateway.send(
      viewerQuery,
      {},
      { key: secret, headers: { 'x-project-id': 'reach' } },
    );
    expect([status, errors[0]?.extensions?.code]).toEqual([403, 'FORBIDDEN']);
  });

  test('one is deleted with everything in it, and never by itself', async () => {
    const { id } = await makeProject({ name: 'Brief' });
    const headers = { 'x-project-id': 'brief' };
    const { secret } = expectType(await world.createApiKey({ name: 'k', role: 'ADMIN' }, { headers }), 'CreatedApiKey');
    expect((await gateway.query(deleteProjectMutation, { id }, { key: secret })).deleteProject.__typename).toBe(
      'ConflictError',
    );
    expect((await gateway.query(deleteProjectMutation, { id })).deleteProject).toEqual({
      __typename: 'DeletedPayload',
      id,
    });
    expect((await gateway.send(viewerQuery, {}, { key: secret })).status).toBe(401);
  });
});

describe("a browser's key", () => {
  test('executes what is published, as it was published, and sees its own runs only', async () => {
    const version = expectType(await world.publishInteraction(world.interaction.id, ['live']), 'Interaction');
    const { secret: key } = await makeKey('EXECUTOR', { kind: 'PUBLIC' });
    expect(key).toMatch(/^pk-/);
    const request = { interactionId: version.id, data: { object: 'sky' } };
    const run = expectType(await world.execute(request, { key }), 'InteractionRun');
    expect(run).toMatchObject({ status: 'COMPLETED', environment: null, interaction: null });
    expect((await world.execute({ ...request, interactionId: world.interaction.id }, { key })).__typename).toBe(
      'NotFoundError',
    );
    expect((await world.execute({ specifier: 'Color@draft', data: request.data }, { key })).__typename).toBe(
      'NotFoundError',
    );
    expect((await world.execute({ specifier: 'Color', data: request.data }, { key })).__typename).toBe(
      'InteractionRun',
    );
    for (const more of [{ config: { environmentId: world.environment.id } }, { resultSchema: { type: 'object' } }]) {
      expect((await world.execute({ ...request, ...more }, { key })).__typename).toBe('ForbiddenError');
    }
    expect(await world.findRun(run.id, { key })).toMatchObject({ id: run.id });
    expect(await world.findRun(runId, { key })).toBeNull();
    const list = graphql(`
      query OwnRuns { runs { totalCount } runFacets(facets: [{ field: MODEL }]) { total } }
    `);
    expect(await gateway.query(list, {}, { key })).toEqual({ runs: { totalCount: 2 }, runFacets: { total: 2 } });
    expect((await gateway.send(apiKeysQuery, {}, { key })).errors[0]?.extensions?.code).toBe('FORBIDDEN');
  });
});
