import { ComposableClient } from '@becomposable/client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestGateway, type TestGateway } from '../support/gateway.ts';

/** The older published client of Composable, as it is, against a server that listens. */

let gateway: TestGateway;
let client: ComposableClient;

beforeAll(async () => {
  gateway = await startTestGateway();
  client = new ComposableClient({ serverUrl: gateway.url, storeUrl: gateway.url, apikey: gateway.key });
});
afterAll(() => gateway[Symbol.asyncDispose]());

/** The client's enumerations are types only to us: the package that has them is not ours to import. */
const word = (value: string) => value as never;

/** An environment, a prompt and an interaction, made by the client. */
async function makeInteraction(name: string, resultSchema?: object) {
  const environment = await client.environments.create({
    name: `${name} environment`,
    provider: word('test'),
    default_model: 'test-echo',
  });
  const prompt = await client.prompts.create({
    name: `${name} prompt`,
    role: word('user'),
    content_type: word('jst'),
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is a template of theirs
    content: 'return `What color is the ${object}?`',
    inputSchema: { type: 'object', properties: { object: { type: 'string' } }, required: ['object'] },
  });
  const interaction = await client.interactions.create({
    name,
    status: word('draft'),
    environment: environment.id,
    model: 'test-echo',
    prompts: [{ type: word('template'), template: prompt.id }],
    ...(resultSchema !== undefined && { result_schema: resultSchema }),
  });
  return { environment, prompt, interaction };
}

const colorSchema = {
  type: 'object',
  properties: { color: { type: 'string', enum: ['red', 'blue'] } },
  required: ['color'],
  additionalProperties: false,
};

describe('environments', () => {
  test('are made, read, changed and listed, and never show their credentials', async () => {
    const made = await client.environments.create({
      name: 'a',
      provider: word('test'),
      apiKey: 'secret',
      enabled_models: [{ id: 'test-echo', name: 'Echo', provider: 'test' }],
    });
    expect(made).not.toHaveProperty('apiKey');
    const changed = await client.environments.update(made.id, { description: 'for tests' });
    expect(changed).toMatchObject({
      id: made.id,
      name: 'a',
      description: 'for tests',
      enabled_models: [{ id: 'test-echo' }],
    });
    const models = [{ id: 'test-story', name: 'Story', provider: 'test' }];
    await client.environments.updateConfig(made.id, { enabled_models: models });
    expect(await client.environments.retrieve(made.id)).toMatchObject({ enabled_models: [{ id: 'test-story' }] });
    expect((await client.environments.list()).map(({ id }) => id)).toContain(made.id);
    expect((await client.environments.list(true)).map(({ id }) => id)).toContain(made.id);
    expect((await client.environments.listModels(made.id)).map(({ id }) => id)).toEqual(['test-story']);
    const embedded = await client.environments.embeddings(made.id, { content: 'two words' });
    expect(embedded).toMatchObject({ values: expect.any(Array), token_count: 2 });
  });
});

describe('prompts', () => {
  test('are made, read, changed, rendered, forked and removed', async () => {
    const made = await client.prompts.create({
      name: 'Greeting',
      role: word('system'),
      content_type: word('text'),
      content: 'Hello {{ name }}',
    });
    expect(await client.prompts.retrieve(made.id)).toMatchObject({
      name: 'Greeting',
      role: 'system',
      status: 'draft',
      version: 1,
      content_type: 'text',
    });
    await client.prompts.update(made.id, { content: 'Good morning {{ name }}' });
    expect(await client.prompts.render(made.id, { name: 'Ada' })).toMatchObject({ rendered: 'Good morning Ada' });
    const fork = await client.prompts.fork(made.id, {});
    expect(fork.id).not.toBe(made.id);
    expect((await client.prompts.list()).map(({ id }) => id)).toEqual(expect.arrayContaining([made.id, fork.id]));
    expect(await client.prompts.listVersions(made.id)).toEqual([]);
    await client.prompts.delete(fork.id);
    await expect(client.prompts.retrieve(fork.id)).rejects.toMatchObject({ status: 404 });
  });
});

describe('interactions', () => {
  test('are made, read, changed, published, forked, listed and exported', async () => {
    const { interaction, prompt } = await makeInteraction('Review Contract', colorSchema);
    expect(interaction).toMatchObject({ endpoint: 'ReviewContract', status: 'draft', version: 1 });
    expect(await client.interactions.retrieve(interaction.id)).toMatchObject({
      prompts: [{ type: 'template', template: { id: prompt.id, content_type: 'jst' } }],
      result_schema: colorSchema,
    });
    const changed = await client.interactions.update(interaction.id, { description: 'reads', max_tokens: 50 });
    expect(changed).toMatchObject({ description: 'reads', max_tokens: 50 });
    const version = await client.interactions.publish(interaction.id, { visibility: 'public', tags: ['fixed'] });
    expect(version).toMatchObject({ status: 'published', version: 1, parent: interaction.id, tags: ['fixed'] });
    expect((await client.interactions.retrieve(interaction.id)).version).toBe(2);
    expect(await client.interactions.listVersions(interaction.id)).toMatchObject([{ id: version.id, version: 1 }]);
    const fork = await client.interactions.fork(interaction.id, { keepTags: true, forkPrompts: true });
    expect(await client.interactions.listForks(interaction.id)).toMatchObject([{ id: fork.id }]);
    expect(await client.interactions.listNames()).toContainEqual({ id: interaction.id, name: 'Review Contract' });
    const refs = await client.interactions.list({ query: { name: 'Review Contract' } });
    expect(refs).toMatchObject([{ id: interaction.id, prompts: [{ template: { id: prompt.id } }] }]);
    const exported = await client.interactions.export({ name: 'Review Contract', versions: ['latest'] });
    expect(exported).toMatchObject([
      {
        id: version.id,
        result_schema: colorSchema,
        prompts: [{ template: { inputSchema: { required: ['object'] } } }],
      },
    ]);
    const counted = await client.interactions.computeFacets({
      facets: [{ name: 'tags', field: 'tags' }],
      query: { name: 'Review Contract' },
    });
    expect(counted).toEqual({ tags: [{ _id: 'fixed', count: 1 }], total: 2 });
  });

  test('have a model help with them', async () => {
    const { interaction } = await makeInteraction('Helped');
    const data = await client.interactions.generateTestData(interaction.id, { count: 2, config: {} });
    expect(data).toEqual([{ object: expect.any(String) }, { object: expect.any(String) }]);
    const { result } = await client.interactions.suggestImprovements(interaction.id, { config: {} });
    expect(result).toContain('The prompts of Helped');
    const [proposed] = await client.interactions.generateInteraction(interaction.id, {
      description: 'Sums up a contract',
      config: {},
    });
    expect(proposed).toMatchObject({ name: expect.any(String), prompts: expect.any(Array), result_schema: {} });
    expect(proposed.prompts[0]).toMatchObject({ type: 'template', template: { content: expect.any(String) } });
  });
});

describe('execution', () => {
  test('by id and by every form of name', async () => {
    const { interaction } = await makeInteraction('Color Of');
    const version = await client.interactions.publish(interaction.id, { visibility: 'private', tags: ['live'] });
    const data = { object: 'sea' };
    const run = await client.interactions.execute(interaction.id, { data, tags: ['mine'] });
    expect(run).toMatchObject({
      status: 'completed',
      interaction: interaction.id,
      modelId: 'test-echo',
      parameters: data,
      tags: ['mine'],
      result: expect.stringContaining('What color is the sea?'),
      prompt: [{ role: 'user', content: 'What color is the sea?' }],
    });
    const names = {
      'Color Of': version.id,
      ColorOf: version.id,
      'ColorOf@latest': version.id,
      'ColorOf@1': version.id,
      'ColorOf@live': version.id,
      'ColorOf@draft': interaction.id,
      [version.id]: version.id,
    };
    for (const [name, id] of Object.entries(names)) {
      expect([name, (await client.interactions.executeByName(name, { data })).interaction]).toEqual([name, id]);
    }
    await expect(client.interactions.executeByName('ColorOf@9', { data })).rejects.toMatchObject({ status: 404 });
  });

  test('streams every piece of the answer once, and the end', async () => {
    const { interaction } = await makeInteraction('Streamed');
    const chunks: string[] = [];
    const created = await client.interactions.execute(interaction.id, { data: { object: 'sea' } }, (chunk) => {
      chunks.push(chunk);
    });
    expect(created.status).toBe('created');
    expect(chunks.length).toBeGreaterThan(5);
    const run = await client.runs.retrieve(created.id);
    expect(run).toMatchObject({ status: 'completed', result: chunks.join('') });
    const named: string[] = [];
    await client.interactions.executeByName('Streamed', { data: { object: 'sky' } }, (chunk) => named.push(chunk));
    expect(named.join('')).toContain('What color is the sky?');
  });

  test('a failure is an error that names the run', async () => {
    const { interaction } = await makeInteraction('Failing');
    const payload = { data: { object: 'sea' }, config: { model: 'execution-error' } };
    const error = await client.interactions.execute(interaction.id, payload).catch((thrown) => thrown);
    expect(error).toMatchObject({ status: 502, details: { run_id: expect.any(String) } });
    expect(await client.runs.retrieve(error.details.run_id)).toMatchObject({
      status: 'failed',
      error: { code: 'provider_error' },
    });
    const misfit = client.interactions.execute(interaction.id, {
      data: { object: 'sea' },
      result_schema: word(JSON.parse(JSON.stringify(colorSchema))),
      config: { model: 'validation-error' },
    });
    await expect(misfit).rejects.toMatchObject({ status: 422 });
    await expect(client.interactions.execute(interaction.id, { data: {} })).rejects.toMatchObject({ status: 400 });
    // A stream of a failure ends too.
    await client.interactions.execute(interaction.id, payload, () => undefined);
  });

  test("the client's session is a tag", async () => {
    const { interaction } = await makeInteraction('Tagged');
    const tagged = new ComposableClient({
      serverUrl: gateway.url,
      storeUrl: gateway.url,
      apikey: gateway.key,
      sessionTags: 'session',
    });
    const run = await tagged.interactions.execute(interaction.id, { data: { object: 'sea' }, tags: 'own' });
    expect(run.tags).toEqual(['session', 'own']);
  });
});

describe('runs', () => {
  test('are listed, counted and offered as filters', async () => {
    const { interaction, environment } = await makeInteraction('Listed');
    for (const tag of ['a', 'b', 'b']) {
      await client.interactions.execute(interaction.id, { data: { object: 'sea' }, tags: [tag] });
    }
    await client.interactions
      .execute(interaction.id, { data: { object: 'sea' }, config: { model: 'execution-error' } })
      .catch(() => undefined);
    const filters = { interaction: interaction.id };
    const all = await client.runs.list({ limit: 10, offset: 0, filters });
    expect(all).toHaveLength(4);
    expect(all[0]).toMatchObject({
      interaction: { id: interaction.id, name: 'Listed' },
      environment: { id: environment.id, name: 'Listed environment' },
      account: { name: expect.any(String) },
      project: { name: expect.any(String) },
    });
    expect(await client.runs.list({ limit: 2, offset: 3, filters })).toHaveLength(1);
    expect(await client.runs.list({ filters: { ...filters, tag: 'b', parent: false } })).toHaveLength(2);
    expect(await client.runs.list({ filters: { ...filters, status: word('failed') } })).toHaveLength(1);
    const facets = await client.runs.computeFacets({
      facets: [
        { name: 'environments', field: 'environment' },
        { name: 'interactions', field: 'interaction' },
        { name: 'models', field: 'modelId' },
        { name: 'tags', field: 'tags' },
        { name: 'status', field: 'status' },
      ],
      query: { interaction: interaction.id },
    });
    expect(facets).toEqual({
      environments: [{ _id: environment.id, count: 4 }],
      interactions: [{ _id: interaction.id, count: 4 }],
      models: [
        { _id: 'test-echo', count: 3 },
        { _id: 'execution-error', count: 1 },
      ],
      tags: [
        { _id: 'b', count: 2 },
        { _id: 'a', count: 1 },
      ],
      status: [
        { _id: 'completed', count: 3 },
        { _id: 'failed', count: 1 },
      ],
      total: 4,
    });
    const found = await client.runs.search({ query: { interaction: interaction.id, query: 'tags:b' }, limit: 10 });
    expect(found).toMatchObject([{ tags: ['b'] }, { tags: ['b'] }]);
    const query = { interaction: interaction.id, tags: 'a' };
    expect(await client.runs.find({ query, limit: 5, select: 'id tags' })).toEqual([
      { id: expect.any(String), tags: ['a'] },
    ]);
    expect(await client.runs.filterOptions('environment', filters)).toEqual([
      { id: environment.id, name: 'Listed environment', count: 4 },
    ]);
  });
});

describe('keys and accounts', () => {
  test('keys are made, read, changed and given to browsers', async () => {
    const made = await client.apikeys.create({ name: 'mine', role: word('executor') });
    expect(made).toMatchObject({ name: 'mine', type: 'sk', role: 'executor', enabled: true });
    expect(made.value).toMatch(/^sk-/);
    expect(await client.apikeys.retrieve(made.id)).not.toHaveProperty('value');
    expect(await client.apikeys.update(made.id, { name: 'yours', enabled: false })).toMatchObject({
      name: 'yours',
      enabled: false,
    });
    expect((await client.apikeys.list()).map(({ id }) => id)).toContain(made.id);
    expect(await client.apikeys.requestPublicKey({ name: 'page', ttl: 60 })).toMatch(/^pk-/);
  });

  test('the account, its projects, and what ids are called', async () => {
    const account = await client.account.info();
    const [project] = await client.projects.list();
    if (project === undefined) throw new Error('There is no project');
    expect(await client.projects.retrieve(project.id)).toMatchObject({ account: account.id, namespace: 'default' });
    expect(await client.account.projects()).toEqual([project]);
    const { interaction } = await makeInteraction('Resolved');
    const refs = [
      { type: word('Interaction'), id: interaction.id },
      { type: word('Project'), id: project.id },
      { type: word('Interaction'), id: project.id },
    ];
    expect(await client.refs.resolve(refs)).toEqual([
      { type: 'Interaction', id: interaction.id, name: 'Resolved' },
      { type: 'Project', id: project.id, name: project.name },
    ]);
  });
});
