import { VertesiaClient } from '@vertesia/client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestGateway, type TestGateway } from '../support/gateway.ts';

/** The newer published client of Composable, as it is, against a server that listens. */

let gateway: TestGateway;
let client: VertesiaClient;

const connect = (apikey: string) =>
  new VertesiaClient({ serverUrl: gateway.url, storeUrl: gateway.url, tokenServerUrl: gateway.url, apikey });

beforeAll(async () => {
  gateway = await startTestGateway();
  client = connect(gateway.key);
});
afterAll(() => gateway[Symbol.asyncDispose]());

/** The client's enumerations are types only to us: the package that has them is not ours to import. */
const word = (value: string) => value as never;

const colorSchema = {
  type: 'object',
  properties: { color: { type: 'string', enum: ['red', 'blue'] } },
  required: ['color'],
  additionalProperties: false,
} as const;

async function makeInteraction(name: string, more: object = {}) {
  const environment = await client.environments.create({
    name: `${name} environment`,
    provider: word('test'),
    default_model: 'test-echo',
  });
  const prompt = await client.prompts.create({
    name: `${name} prompt`,
    role: word('user'),
    content_type: word('handlebars'),
    content: 'What color is the {{#if object}}{{object}}{{/if}}?',
    inputSchema: { type: 'object', properties: { object: { type: 'string' } }, required: ['object'] },
  });
  const interaction = await client.interactions.create({
    name,
    status: word('draft'),
    environment: environment.id,
    prompts: [{ type: word('template'), template: prompt.id }],
    ...more,
  });
  return { environment, prompt, interaction };
}

test('the token says who its holder is, and where to go', async () => {
  expect(await client.getDecodedJWT()).toMatchObject({
    type: 'apikey',
    name: 'Bootstrap key',
    account: { id: expect.any(String), name: expect.any(String) },
    account_roles: ['admin'],
    project_roles: ['admin'],
    endpoints: { studio: gateway.url, store: gateway.url, token: gateway.url },
  });
  const token = await client.getRawJWT();
  const other = await VertesiaClient.fromAuthToken(token ?? '');
  expect((await other.getProject())?.id).toBe((await client.projects.list())[0]?.id);
  expect(await other.environments.list()).toEqual(expect.any(Array));
});

describe('what can be edited', () => {
  test('environments', async () => {
    const { environment } = await makeInteraction('Environments');
    expect((await client.environments.listModels(environment.id)).map(({ id }) => id)).toContain('test-echo');
    expect(await client.environments.update(environment.id, { description: 'x' })).toMatchObject({ description: 'x' });
    expect((await client.environments.list()).map(({ id }) => id)).toContain(environment.id);
    expect((await client.environments.retrieve(environment.id)).default_model).toBe('test-echo');
    const enabled = [{ id: 'test-story', name: 'Story', provider: word('test') }];
    await client.environments.updateConfig(environment.id, { enabled_models: enabled });
    expect(await client.environments.listModels(environment.id)).toMatchObject([{ id: 'test-story' }]);
    const inputs = [
      { type: 'text' as const, text: 'a' },
      { type: 'text' as const, text: 'b' },
    ];
    const { results } = await client.environments.embeddings(environment.id, { inputs });
    expect(results).toMatchObject([{ outputs: [{ modality: 'text' }] }, { outputs: [{ modality: 'text' }] }]);
  });

  test('prompts', async () => {
    const { prompt, interaction } = await makeInteraction('Prompts');
    expect(await client.prompts.retrieve(prompt.id)).toMatchObject({ content_type: 'handlebars', status: 'draft' });
    expect((await client.prompts.render(prompt.id, { object: 'sea' })).rendered).toBe('What color is the sea?');
    expect(await client.prompts.listInteractions(prompt.id)).toMatchObject({
      prompt: prompt.id,
      interactions: [{ id: interaction.id, name: 'Prompts' }],
    });
    await client.interactions.publish(interaction.id, { visibility: word('private'), tags: [] });
    expect(await client.prompts.listVersions(prompt.id)).toMatchObject([{ version: 1, status: 'published' }]);
    const fork = await client.prompts.fork(prompt.id, { keepTags: true });
    expect(await client.prompts.update(fork.id, { content: 'Look' })).toMatchObject({ id: fork.id, content: 'Look' });
    const listed = await client.prompts.list({ query: { name: 'Prompts prompt' } });
    expect(listed.map(({ id }) => id)).toEqual([prompt.id]);
    await expect(client.prompts.delete(prompt.id)).rejects.toMatchObject({ status: 409 });
  });

  test('interactions', async () => {
    const { interaction } = await makeInteraction('Sum Up', { result_schema: colorSchema });
    const changed = await client.interactions.update(interaction.id, { name: 'Sum It Up', test_data: { object: 'a' } });
    expect(changed).toMatchObject({ endpoint: 'SumItUp', test_data: { object: 'a' }, result_schema: colorSchema });
    const version = await client.interactions.publish(interaction.id, { visibility: word('public'), tags: ['live'] });
    expect(await client.interactions.listVersions(interaction.id)).toMatchObject([{ id: version.id, tags: ['live'] }]);
    const fork = await client.interactions.fork(interaction.id, {});
    expect(await client.interactions.listForks(version.id)).toMatchObject([{ id: fork.id }]);
    expect(await client.interactions.export({ name: 'Sum It Up' })).toHaveLength(2);
    expect(await client.interactions.listNames()).toContainEqual({ id: interaction.id, name: 'Sum It Up' });
    expect(await client.interactions.list({ query: { tags: ['nobody'] } })).toEqual([]);
    const facets = await client.interactions.computeFacets({
      facets: [{ name: 'byStatus', field: 'status' }],
      query: { name: 'Sum It Up' },
    });
    expect(facets).toMatchObject({ total: 2 });
    expect(await client.interactions.delete(fork.id)).toEqual({ id: fork.id });
    await expect(client.interactions.retrieve(fork.id)).rejects.toMatchObject({ status: 404 });
  });

  test('with the help of a model', async () => {
    const { interaction } = await makeInteraction('Helped');
    expect(await client.interactions.generateTestData(interaction.id, { count: 3, config: {} })).toHaveLength(3);
    const { result } = await client.interactions.suggestImprovements(interaction.id, { config: {} });
    expect(result).toMatchObject([{ type: 'text', value: expect.any(String) }]);
    const [proposed] = await client.interactions.generateInteraction(interaction.id, { description: 'x', config: {} });
    expect(proposed).toMatchObject({ prompts: expect.any(Array), tags: ['generated'] });
  });
});

describe('execution', () => {
  test('gives results as typed parts', async () => {
    const { interaction } = await makeInteraction('Typed');
    const text = await client.interactions.execute(interaction.id, { data: { object: 'sea' } });
    expect(text.result.text()).toContain('What color is the sea?');
    const schema = word(JSON.parse(JSON.stringify(colorSchema)));
    const json = await client.interactions.executeByName<{ color: string }>('Typed', {
      data: { object: 'sea' },
      result_schema: schema,
    });
    expect(colorSchema.properties.color.enum).toContain(json.result.object().color);
    expect((await client.runs.retrieve<{ color: string }>(json.id)).result.object()).toEqual(json.result.object());
  });

  test('streams, by id and by name', async () => {
    const { interaction } = await makeInteraction('Streamed');
    for (const execute of [
      (onChunk: (chunk: string) => void) =>
        client.interactions.execute(interaction.id, { data: { object: 'sea' } }, onChunk),
      (onChunk: (chunk: string) => void) =>
        client.interactions.executeByName('Streamed@draft', { data: { object: 'sea' } }, onChunk),
    ]) {
      const chunks: string[] = [];
      const created = await execute((chunk) => chunks.push(chunk));
      expect(chunks.length).toBeGreaterThan(5);
      expect((await client.runs.retrieve(created.id)).result.text()).toBe(chunks.join(''));
    }
  });

  test('a failure names its run', async () => {
    const { interaction } = await makeInteraction('Failing');
    const failing = client.interactions.execute(interaction.id, {
      data: { object: 'sea' },
      config: { model: 'execution-error' },
    });
    await expect(failing).rejects.toMatchObject({ status: 502, details: { run_id: expect.any(String) } });
  });

  test("a browser's key executes what is published, and reads the runs that it made", async () => {
    const { interaction } = await makeInteraction('Browsed');
    await client.interactions.publish(interaction.id, { visibility: word('public'), tags: [] });
    const mine = await client.interactions.executeByName('Browsed', { data: { object: 'sea' } });
    const browser = connect(await client.apikeys.requestPublicKey());
    const chunks: string[] = [];
    const run = await browser.interactions.executeByName('Browsed', { data: { object: 'sky' } }, (chunk) =>
      chunks.push(chunk),
    );
    expect(chunks.join('')).toContain('sky');
    expect((await browser.runs.retrieve(run.id)).result.text()).toBe(chunks.join(''));
    expect((await browser.runs.list({})).map(({ id }) => id)).toEqual([run.id]);
    await expect(browser.runs.retrieve(mine.id)).rejects.toMatchObject({ status: 404 });
    await expect(browser.interactions.list()).rejects.toMatchObject({ status: 403 });
    await expect(browser.interactions.execute(interaction.id, { data: { object: 'sky' } })).rejects.toMatchObject({
      status: 404,
    });
  });
});

test('runs are listed, counted and offered as filters', async () => {
  const { interaction, environment } = await makeInteraction('Listed');
  for (const tag of ['a', 'b', 'b']) {
    await client.interactions.execute(interaction.id, { data: { object: 'sea' }, tags: [tag] });
  }
  const filters = { interaction: interaction.id };
  expect(await client.runs.list({ limit: 2, filters })).toHaveLength(2);
  expect(await client.runs.list({ filters: { ...filters, tag: ['a', 'b'], is_root: true } })).toHaveLength(3);
  expect(await client.runs.list({ filters: { ...filters, model: ['other'] } })).toEqual([]);
  const facets = await client.runs.computeFacets({
    facets: [{ name: word('byTag'), field: word('tags') }],
    query: { interaction: word(interaction.id) },
  });
  expect(facets).toEqual({
    byTag: [
      { _id: 'b', count: 2 },
      { _id: 'a', count: 1 },
    ],
    total: 3,
  });
  const searched = { interaction: word(interaction.id), query: 'tags:b AND parameters.object:sea' };
  expect(await client.runs.search({ query: searched })).toMatchObject([{ tags: ['b'] }, { tags: ['b'] }]);
  const found = await client.runs.find({ query: { interaction: interaction.id, tags: 'a' }, select: 'id result' });
  expect(found).toEqual([{ id: expect.any(String), result: [{ type: 'text', value: expect.any(String) }] }]);
  expect(await client.runs.filterOptions('environment', filters)).toMatchObject([{ id: environment.id, count: 3 }]);
});

test('the account, its projects, and what ids are called', async () => {
  const account = await client.account.info();
  expect(await client.accounts.list()).toEqual([account]);
  const [project] = await client.account.projects();
  expect(await client.projects.retrieve(project?.id ?? '')).toMatchObject({ name: project?.name, account: account.id });
  const { interaction, environment } = await makeInteraction('Called');
  const refs = [
    { type: word('Interaction'), id: interaction.id },
    { type: word('Environment'), id: environment.id },
  ];
  expect(await client.refs.resolve(refs)).toMatchObject([{ name: 'Called' }, { name: 'Called environment' }]);
});

test('a run is made without the help of execute', async () => {
  const { interaction } = await makeInteraction('Made');
  const run = await client.runs.create({ interaction: interaction.id, data: { object: 'sea' }, tags: ['made'] });
  expect(run).toMatchObject({ status: 'completed', tags: ['made'] });
});

test('keys are made, changed and removed', async () => {
  const made = await client.apikeys.create({ name: 'mine', type: word('sk'), role: word('reader') });
  const reader = connect(made.value);
  expect(await reader.environments.list()).toEqual(expect.any(Array));
  await expect(reader.environments.create({ name: 'x', provider: word('test') })).rejects.toMatchObject({
    status: 403,
  });
  expect(await client.apikeys.update(made.id, { name: 'yours', role: word('developer') })).toMatchObject({
    name: 'yours',
    role: 'developer',
    project: { account: expect.any(String) },
  });
  expect((await client.apikeys.list('project')).map(({ id }) => id)).toContain(made.id);
  expect(await client.apikeys.delete(made.id)).toMatchObject({ id: made.id });
  await expect(reader.environments.list()).rejects.toMatchObject({ status: 401 });
  await expect(client.apikeys.retrieve(made.id)).rejects.toMatchObject({ status: 404 });
});
