import type { CommandStartedEvent } from 'mongodb';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ContextInput, FlowContextInput } from '../generated/graphql.ts';
import { createFlowOperations } from '../support/flow-operations.ts';
import { startTestGateway, type TestGateway } from '../support/gateway.ts';
import { type OpenaiServer, startOpenaiServer } from '../support/openai-server.ts';
import { createOperations, expectType } from '../support/operations.ts';

/** What steps read of the content library. */

let gateway: TestGateway;
let server: OpenaiServer;
let flows: ReturnType<typeof createFlowOperations>;
let promptId: string;
let environmentId: string;
const folders: Record<string, string> = {};
const tags: Record<string, string> = {};
const commands: CommandStartedEvent[] = [];

const texts: readonly [name: string, folder: string | null, tags: string[], text: string][] = [
  ['bees', 'animals', ['small'], 'Honey bees dance to tell each other where flowers are.'],
  ['whales', 'animals', ['large'], 'Blue whales eat krill; flowers they never see.'],
  ['oaks', 'plants', ['large'], 'Oaks grow for centuries and have small flowers.'],
  ['loose', null, [], 'A note about flowers that lies nowhere.'],
];

beforeAll(async () => {
  gateway = await startTestGateway({}, { onCommand: (command) => commands.push(command) });
  server = await startOpenaiServer();
  flows = createFlowOperations(gateway);
  const { createEnvironment } = createOperations(gateway);
  // A model that is enabled and does not embed: contents are ranked by words alone.
  const environment = { name: 'test', provider: 'test', defaultModel: 'test-echo', enabledModels: ['test-echo'] };
  environmentId = expectType(await createEnvironment(environment), 'Environment').id;
  promptId = await flows.makePrompt('{{ question }}');
  for (const [name, folder, names, text] of texts) {
    if (folder !== null) folders[folder] ??= await flows.makeFolder(folder);
    await flows.makeContent({ name, text, tags: names, folderId: folder === null ? null : (folders[folder] ?? null) });
  }
  for (const name of ['small', 'large', 'unused']) tags[name] = '';
  for (const tag of await gateway.store.forProject(await findProject()).tags.findMany({})) tags[tag.name] = tag.id;
});
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});

async function findProject(): Promise<string> {
  return (await gateway.store.tenancy.findFirstProject())?.id ?? '';
}

function makeFlow(context: FlowContextInput | null, more = {}) {
  const steps = [{ name: 'Answer', promptId, environmentId, context, ...more }];
  return flows.makeFlow({ name: 'Ask', inputs: [{ name: 'question' }], steps });
}

async function run(flowId: string, context?: ContextInput, question = 'Which flowers?') {
  const steps = context && [{ step: 'Answer', context }];
  return expectType(await flows.generate({ flowId, inputs: { question }, ...(steps && { steps }) }), 'FlowRun');
}

/** The names of the contents that a run's step read. */
async function read(...args: Parameters<typeof run>): Promise<string[]> {
  const [step] = (await run(...args)).steps;
  return (step?.passages ?? []).map(({ content }) => content?.name ?? '').toSorted();
}

test('a step without context reads nothing', async () => {
  expect(await read(await makeFlow(null))).toEqual([]);
});

test('what a step reads is before its prompt, and on the run with its score', async () => {
  const flowId = await makeFlow({});
  const found = await run(flowId, undefined, 'How do bees tell where flowers are?');
  const [step] = found.steps;
  expect(step?.passages[0]).toMatchObject({ content: { name: 'bees' }, text: texts[0]?.[3] });
  const scores = step?.passages.map(({ score }) => score) ?? [];
  expect(scores).toEqual(scores.toSorted((one, other) => other - one));
  expect(step?.prompt).toEqual([
    { role: 'SYSTEM', content: expect.stringContaining(`[1] bees\n${texts[0]?.[3]}`) },
    { role: 'USER', content: 'How do bees tell where flowers are?' },
  ]);
  expect(found.warnings).toEqual([]);
  expect((await run(flowId, undefined, 'Quantum?')).warnings).toEqual([
    'Step Answer: No content was found that fits its prompt.',
  ]);
});

describe('folders and tags', () => {
  test('of the flow narrow together; without any, all is read', async () => {
    expect(await read(await makeFlow({}))).toEqual(['bees', 'loose', 'oaks', 'whales']);
    expect(await read(await makeFlow({ folderIds: [folders.animals ?? ''] }))).toEqual(['bees', 'whales']);
    expect(await read(await makeFlow({ folderIds: [folders.animals ?? ''], tags: ['large'] }))).toEqual(['whales']);
  });

  test('of the call take the place of the flow’s: by ids, by names, both, and all', async () => {
    const flowId = await makeFlow({ folderIds: [folders.animals ?? ''], tags: ['small'] });
    const animals = folders.animals ?? '';
    const cases: [ContextInput, string[]][] = [
      [{}, ['bees']],
      [{ folders: {}, tags: {} }, ['bees']],
      [{ tags: { names: ['large'] } }, ['whales']],
      [{ tags: { ids: [tags.large ?? ''] } }, ['whales']],
      [{ folders: { names: ['plants'] }, tags: { ids: [] } }, ['oaks']],
      [{ folders: { names: ['plants'], ids: [animals] }, tags: { ids: [] } }, ['bees', 'oaks', 'whales']],
      [{ folders: { names: ['plants'], ids: [] }, tags: { names: [], ids: [tags.large ?? ''] } }, ['oaks']],
      [{ folders: { names: [] }, tags: { names: ['large', 'small'] } }, ['bees', 'oaks', 'whales']],
      [{ folders: { ids: [], names: [] }, tags: { names: [] } }, ['bees', 'loose', 'oaks', 'whales']],
    ];
    for (const [context, names] of cases) expect([context, await read(flowId, context)]).toEqual([context, names]);
  });

  test('that are not there are refused by name', async () => {
    const flowId = await makeFlow({});
    const steps = [{ step: 'step1', context: { folders: { names: ['plants', 'x'] }, tags: { ids: ['y'] } } }];
    expect(await flows.generate({ flowId, inputs: {}, steps })).toMatchObject({
      issues: [
        { path: '/steps/0/context/folders/names/1', message: 'there is no folder x' },
        { path: '/steps/0/context/tags/ids/0', message: 'there is no tag y' },
      ],
    });
  });

  test('are looked up once by name for all steps, and not at all by name where ids are given', async () => {
    const context = {};
    const step = { promptId, environmentId, context };
    const flowId = await flows.makeFlow({ name: 'Three', inputs: [{ name: 'question' }], steps: [step, step, step] });
    const countLookups = async (selection: ContextInput) => {
      commands.length = 0;
      const steps = ['step1', 'step2', 'step3'].map((name) => ({ step: name, context: selection }));
      expectType(await flows.generate({ flowId, inputs: { question: 'flowers' }, steps }), 'FlowRun');
      const filters = commands.flatMap(({ command }) =>
        ['folders', 'tags'].includes(command.find) ? [command.filter] : [],
      );
      return { byName: filters.filter(({ name }) => name).length, byId: filters.filter(({ _id }) => _id).length };
    };
    const names = { folders: { names: ['animals', 'plants'] }, tags: { names: ['large'] } };
    expect(await countLookups(names)).toEqual({ byName: 2, byId: 0 });
    const ids = { folders: { ids: [folders.animals ?? ''] }, tags: { ids: [tags.large ?? ''] } };
    expect(await countLookups(ids)).toEqual({ byName: 0, byId: 2 });
  });
});

test('another text takes the place of the old one, and what is removed or failed is read no more', async () => {
  const folderId = await flows.makeFolder('changing');
  const flowId = await makeFlow({ folderIds: [folderId] });
  const id = await flows.makeContent({ name: 'news', text: 'The lighthouse is red.', folderId });
  expect(await read(flowId, undefined, 'lighthouse')).toEqual(['news']);
  await flows.updateContent(id, { text: 'The harbour is blue.' });
  expect(await read(flowId, undefined, 'lighthouse')).toEqual([]);
  expect(await read(flowId, undefined, 'harbour')).toEqual(['news']);
  await flows.updateContent(id, { url: 'http://169.254.169.254/' });
  expect(await read(flowId, undefined, 'harbour')).toEqual([]);
});

test('as much is read as the budget of tokens holds', async () => {
  const folderId = await flows.makeFolder('long');
  const paragraph = `The river Danube ${'flows through many a country and '.repeat(20)}ends.\n\n`;
  await flows.makeContent({ name: 'river', text: paragraph.repeat(30), folderId });
  const count = async (maxTokens: number | null) =>
    (await read(await makeFlow({ folderIds: [folderId], maxTokens }), undefined, 'Danube')).length;
  const [few, more] = [await count(300), await count(1_000)];
  expect(few).toBeGreaterThan(0);
  expect(more).toBeGreaterThan(few);
  expect(await count(100)).toBe(0);
});

test('where the environment has a model that embeds, what means the same is found without a common word', async () => {
  const { createEnvironment, createApiKey } = createOperations(gateway);
  const vector = (text: string) => [text.includes('canine') || text.includes('dogs') ? 1 : 0, 1];
  server.always((request) => {
    if (!request.path.endsWith('/embeddings')) {
      request.chunk('Yes.');
      return request.done();
    }
    const input = request.body?.input;
    const data = (Array.isArray(input) ? input : []).map((text, index) => ({ index, embedding: vector(text) }));
    return request.json(200, { object: 'list', model: 'e', data, usage: { prompt_tokens: 1, total_tokens: 1 } });
  });
  const environment = { name: 'near', provider: 'openai_compatible', endpoint: server.url, defaultModel: 'm' };
  const near = expectType(await createEnvironment(environment), 'Environment').id;
  const folderId = await flows.makeFolder('pets');
  for (const name of ['cats sleep', 'dogs bark', 'fish swim']) {
    await flows.makeContent({ name, text: `Some ${name}.`, folderId });
  }
  const flowId = await makeFlow({ folderIds: [folderId] }, { environmentId: near });
  const first = await run(flowId, undefined, 'canine');
  expect(first.steps[0]?.passages[0]).toMatchObject({ content: { name: 'dogs bark' } });
  expect(first.attempts).toMatchObject([
    { model: 'e', tokenUse: { total: 1 }, error: null },
    { model: 'm', error: null },
  ]);
  const embeddings = () => server.requests.filter(({ path }) => path.endsWith('/embeddings')).length;
  const before = embeddings();
  expect((await run(flowId, undefined, 'canine')).attempts).toMatchObject([{ model: 'm' }]);
  expect(embeddings()).toBe(before);

  // What is embedded counts against budgets, too.
  const created = await createApiKey({ name: 'poor', role: 'EXECUTOR', budget: { tokensPerDay: 1 } });
  const { secret } = expectType(created, 'CreatedApiKey');
  const input = { flowId, inputs: { question: 'cats' } };
  expect(expectType(await flows.generate(input, { key: secret }), 'FlowRun')).toMatchObject({
    error: { code: 'rate_limited', message: expect.stringContaining('1 tokens a day') },
    attempts: [{ model: 'e' }],
  });
  expect(embeddings()).toBe(before + 1);
  expect(await flows.generate({ ...input, inputs: { question: 'fish' } }, { key: secret })).toMatchObject({
    __typename: 'RateLimitedError',
  });
});

test('a model that embeds and fails is on record, and its words are enough', async () => {
  server.always((request) => {
    if (request.path.endsWith('/embeddings')) return request.json(500, { error: { message: 'Broken' } });
    request.chunk('Yes.');
    return request.done();
  });
  const { createEnvironment } = createOperations(gateway);
  const environment = { name: 'broken', provider: 'openai_compatible', endpoint: server.url, defaultModel: 'm' };
  const broken = expectType(await createEnvironment(environment), 'Environment').id;
  const flowId = await makeFlow({ folderIds: [folders.animals ?? ''] }, { environmentId: broken });
  const first = await run(flowId);
  expect(first).toMatchObject({
    status: 'COMPLETED',
    attempts: [{ error: { code: 'provider_error' } }, { error: null }],
  });
  expect(first.steps[0]?.passages).not.toEqual([]);
  expect((await run(flowId)).attempts).toHaveLength(1);
});
