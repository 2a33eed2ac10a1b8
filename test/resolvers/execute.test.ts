import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { graphql } from '../generated/gql.ts';
import type { ExecuteInput } from '../generated/graphql.ts';
import { startTestGateway, type TestGateway } from '../support/gateway.ts';
import { createWorld, expectType } from '../support/operations.ts';

let gateway: TestGateway;
let world: Awaited<ReturnType<typeof createWorld>>;

const colorSchema = {
  type: 'object',
  properties: { color: { type: 'string', enum: ['red', 'blue'] } },
  required: ['color'],
  additionalProperties: false,
};

beforeAll(async () => {
  gateway = await startTestGateway();
  world = await createWorld(gateway);
});
afterAll(() => gateway[Symbol.asyncDispose]());

const execute = (input: ExecuteInput) =>
  world.execute({ interactionId: world.interaction.id, data: { object: 'car' }, ...input });
const executeRun = async (input: ExecuteInput = {}) => expectType(await execute(input), 'InteractionRun');
const countRuns = async () => {
  const query = graphql(`
    query CountRuns { runs(first: 0) { totalCount } }
  `);
  return (await gateway.query(query, {})).runs.totalCount;
};

test('a run has everything that is known of it', async () => {
  const run = await executeRun({ tags: ['a', 'b', 'a'], endUser: 'ann', data: { object: 'car', objectId: 'o-1' } });
  expect(run).toMatchObject({
    kind: 'INTERACTION',
    name: 'Color',
    status: 'COMPLETED',
    tags: ['a', 'b'],
    model: 'test-echo',
    input: { object: 'car', objectId: 'o-1' },
    prompt: [{ role: 'USER', content: 'What color is the car?' }],
    interaction: { id: world.interaction.id },
    environment: { id: world.environment.id },
    endUser: 'ann',
    object: 'o-1',
    error: null,
    source: { type: 'API', principalType: 'API_KEY', label: 'Bootstrap key', clientIp: '127.0.0.1' },
    config: { environmentId: world.environment.id, model: 'test-echo', temperature: 0.7, validate: true },
  });
  expect(typeof run.result).toBe('string');
  expect(run.attempts).toMatchObject([{ provider: 'test', model: 'test-echo', error: null }]);
  expect(run.tokenUse?.total).toBe((run.tokenUse?.prompt ?? 0) + (run.tokenUse?.result ?? 0));
  expect(await world.findRun(run.id)).toMatchObject({ status: 'COMPLETED', result: run.result });
});

test('a variable within a JSON literal reaches the data', async () => {
  const query = graphql(`
    mutation ExecuteWithLiteral($id: ID!, $object: JSON) {
      execute(input: { interactionId: $id, data: { object: $object, list: [1, { a: $object }] } }) {
        ... on InteractionRun { input }
      }
    }
  `);
  const { execute: run } = await gateway.query(query, { id: world.interaction.id, object: 'boat' });
  expect(run).toEqual({ input: { object: 'boat', list: [1, { a: 'boat' }] } });
});

describe('a structured result', () => {
  test("fits the payload's schema, which goes before the interaction's", async () => {
    const run = await executeRun({ resultSchema: colorSchema });
    expect(run).toMatchObject({ status: 'COMPLETED', resultSchema: colorSchema });
    expect(['red', 'blue']).toContain((run.result as { color: string }).color);
  });

  test('that does not fit is asked for again once, and then the run has failed', async () => {
    const run = await executeRun({ resultSchema: colorSchema, config: { model: 'validation-error' } });
    expect(run).toMatchObject({ status: 'FAILED', result: null, error: { code: 'validation_error' } });
    expect(run.attempts).toHaveLength(2);
  });

  test('a schema that is none is refused where it is wrong', async () => {
    const result = expectType(await execute({ resultSchema: { type: 'strong' } }), 'ValidationError');
    expect(result.issues[0]?.path).toMatch(/^\/resultSchema/);
  });
});

test('a failure of the provider is a failed run, not an error', async () => {
  const run = await executeRun({ config: { model: 'execution-error' } });
  expect(run).toMatchObject({
    status: 'FAILED',
    error: { code: 'provider_error', isRetryable: false },
    attempts: [{ error: { code: 'provider_error' } }],
  });
});

describe('what is wrong with the call is answered, with its place, and makes no run', () => {
  test.each<[string, ExecuteInput, string[]]>([
    ['missing data', { data: {} }, ['/data/object']],
    ['data of the wrong type', { data: { object: 1 } }, ['/data/object']],
    ['no interaction', { interactionId: null }, ['']],
    ['an interaction twice', { specifier: 'Color' }, ['']],
    ['an unknown environment', { config: { environmentId: '0123456789abcdef01234567' } }, ['/config/environmentId']],
    ['an unknown parent', { parentId: '0123456789abcdef01234567' }, ['/parentId']],
    ['an id that is none', { parentId: 'x' }, ['/parentId']],
    [
      'settings out of range',
      { config: { temperature: 3, maxTokens: 0, topP: 2 } },
      ['/config/temperature', '/config/maxTokens', '/config/topP'],
    ],
    ['empty tags', { tags: ['a', ' '] }, ['/tags/1']],
  ])('%s', async (_name, input, paths) => {
    const before = await countRuns();
    const { issues } = expectType(await execute(input), 'ValidationError');
    expect(issues.map(({ path }) => path)).toEqual(paths);
    expect(await countRuns()).toBe(before);
  });

  test('an interaction without prompts', async () => {
    const empty = await world.createInteraction({ name: 'Empty', environmentId: world.environment.id });
    const { id } = expectType(empty, 'Interaction');
    expect(expectType(await execute({ interactionId: id }), 'ValidationError').message).toBe(
      'interaction Empty has no prompts',
    );
  });

  test('an unknown interaction', async () => {
    expect(expectType(await execute({ interactionId: null, specifier: 'Nothing@3' }), 'NotFoundError').message).toBe(
      'There is no interaction Nothing@3',
    );
  });

  test('all that several prompts miss, at once', async () => {
    const object = expectType(
      await world.createPrompt({ name: 'A', content: '{{ a }}{{ x }}', inputSchema: inputSchema('a') }),
      'Prompt',
    );
    const place = expectType(
      await world.createPrompt({ name: 'B', content: '{{ b }}', inputSchema: inputSchema('b') }),
      'Prompt',
    );
    const { id } = expectType(
      await world.createInteraction({
        name: 'Two',
        promptIds: [object.id, place.id],
        environmentId: world.environment.id,
      }),
      'Interaction',
    );
    const missing = expectType(await execute({ interactionId: id, data: {} }), 'ValidationError');
    expect(missing.issues.map(({ path }) => path)).toEqual(['/data/a', '/data/b']);
    const undeclared = expectType(await execute({ interactionId: id, data: { a: '1', b: '2' } }), 'ValidationError');
    expect(undeclared.issues.map(({ path }) => path)).toEqual(['/data/x']);
  });
});

test('a declared variable that may be left out renders empty', async () => {
  const schema = {
    type: 'object',
    properties: { name: { type: 'string' }, mood: { type: 'string' } },
    required: ['name'],
  };
  const prompt = expectType(
    await world.createPrompt({ name: 'P', content: 'Hi {{ name }}{{ mood }}!', inputSchema: schema }),
    'Prompt',
  );
  const { id } = expectType(
    await world.createInteraction({ name: 'Hi', promptIds: [prompt.id], environmentId: world.environment.id }),
    'Interaction',
  );
  expect((await executeRun({ interactionId: id, data: { name: 'Bo' } })).prompt).toEqual([
    { role: 'USER', content: 'Hi Bo!' },
  ]);
});

describe('settings: payload, then interaction, then environment, then default', () => {
  let other: { id: string };
  let interaction: { id: string };

  beforeAll(async () => {
    other = expectType(
      await world.createEnvironment({ name: 'other', provider: 'test', defaultModel: 'test-story' }),
      'Environment',
    );
    interaction = expectType(
      await world.createInteraction({
        name: 'Settings',
        promptIds: [world.prompt.id],
        environmentId: world.environment.id,
        model: 'test-story',
        temperature: 0.2,
        maxTokens: 50,
      }),
      'Interaction',
    );
  });
  const configOf = async (config: ExecuteInput['config']) =>
    (await executeRun({ interactionId: interaction.id, config })).config;

  test('the interaction', async () => {
    expect(await configOf({})).toMatchObject({ model: 'test-story', temperature: 0.2, maxTokens: 50 });
  });

  test('the payload', async () => {
    expect(await configOf({ model: 'test-echo', temperature: 0, maxTokens: 9 })).toMatchObject({
      model: 'test-echo',
      temperature: 0,
      maxTokens: 9,
    });
  });

  test("another environment without a model has its own default model, not the interaction's", async () => {
    const third = expectType(
      await world.createEnvironment({ name: 'third', provider: 'test', defaultModel: 'test-echo' }),
      'Environment',
    );
    expect(await configOf({ environmentId: third.id })).toMatchObject({
      environmentId: third.id,
      model: 'test-echo',
      temperature: 0.2,
    });
    expect(await configOf({ environmentId: other.id })).toMatchObject({ environmentId: other.id, model: 'test-story' });
  });

  test('a model that is not enabled is refused with those that are', async () => {
    const narrow = expectType(
      await world.createEnvironment({ name: 'narrow', provider: 'test', enabledModels: ['test-echo'] }),
      'Environment',
    );
    const config = { environmentId: narrow.id, model: 'test-story' };
    const result = expectType(await execute({ config }), 'ValidationError');
    expect(result.issues).toEqual([
      { path: '/config/model', message: 'test-story is not enabled in environment narrow; allowed are test-echo' },
    ]);
    const nothing = expectType(await execute({ config: { environmentId: narrow.id } }), 'ValidationError');
    expect(nothing.issues[0]).toMatchObject({ path: '/config/model', message: expect.stringContaining('is required') });
  });
});

test('a setting that the provider cannot honour is a warning on the run', async () => {
  expect((await executeRun({ config: { topP: 0.5 } })).warnings.join()).toMatch(/top/i);
});

test('where only metadata is recorded, the caller gets the result and the database does not', async () => {
  await using quiet = await startTestGateway();
  const { execute: executeQuietly, findRun, interaction } = await createWorld(quiet);
  const update = graphql(`
    mutation RecordMetadata($id: ID!) {
      updateProject(id: $id, input: { recordPayloads: METADATA }) { __typename ... on Project { recordPayloads } }
    }
  `);
  const viewer = graphql(`
    query ViewerProject { viewer { principalType role project { id slug account { name } } } }
  `);
  const { project } = (await quiet.query(viewer, {})).viewer;
  expect((await quiet.query(update, { id: project.id })).updateProject).toMatchObject({ recordPayloads: 'METADATA' });

  const run = expectType(
    await executeQuietly({ interactionId: interaction.id, data: { object: 'car' } }),
    'InteractionRun',
  );
  expect(typeof run.result).toBe('string');
  expect(await findRun(run.id)).toMatchObject({ status: 'COMPLETED', result: null, input: null, prompt: [] });
});

test('previewPrompt shows the messages and their size, and executes nothing', async () => {
  const preview = graphql(`
    query PreviewPrompt($specifier: String, $data: JSONObject) {
      previewPrompt(specifier: $specifier, data: $data) { messages { role content } tokens }
    }
  `);
  const before = await countRuns();
  const { previewPrompt } = await gateway.query(preview, { specifier: 'Color', data: { object: 'sea' } });
  expect(previewPrompt).toEqual({ messages: [{ role: 'USER', content: 'What color is the sea?' }], tokens: 12 });
  const { errors } = await gateway.send(preview, { specifier: 'Color', data: {} });
  expect(errors[0]?.extensions).toMatchObject({ code: 'VALIDATION_ERROR', issues: [{ path: '/data/object' }] });
  expect(await countRuns()).toBe(before);
});

function inputSchema(name: string) {
  return { type: 'object', properties: { [name]: { type: 'string' } }, required: [name], additionalProperties: false };
}
