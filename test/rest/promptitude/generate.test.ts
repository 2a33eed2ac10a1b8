import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createFlowOperations } from '../../support/flow-operations.ts';
import { startTestGateway, type TestGateway } from '../../support/gateway.ts';
import { createWorld, expectType } from '../../support/operations.ts';
import { type CallRest, createRestCaller } from '../../support/rest.ts';

/** What the documentation of Promptitude shows, sent as it shows it, and what it does not say. */

let gateway: TestGateway;
let call: CallRest;
let flows: ReturnType<typeof createFlowOperations>;
let world: Awaited<ReturnType<typeof createWorld>>;
let flowId: string;
let promptId: string;
let folderId: string;

const documented = {
  userId: '9hhsOa6pGHes5BCDpCDeLD2i0kw2',
  flow: { inputs: { name: 'Andres', lastName: 'Lopez' } },
};

beforeAll(async () => {
  gateway = await startTestGateway();
  call = createRestCaller(gateway, '/v1');
  flows = createFlowOperations(gateway);
  world = await createWorld(gateway, { interaction: { externalId: 'prompt-7' } });
  promptId = await flows.makePrompt('Tell {{ name }} {{ lastName }} a joke.');
  folderId = await flows.makeFolder('my folder');
  await flows.makeContent({ name: 'jokes', text: 'A joke about Lopez.', folderId, tags: ['my tag'] });
  flowId = await flows.makeFlow({
    name: 'Joke',
    externalId: 'joke-flow',
    inputs: [{ name: 'name', required: true }, { name: 'lastName' }],
    steps: [{ promptId, environmentId: world.environment.id, context: { folderIds: [folderId] } }],
  });
});
afterAll(() => gateway[Symbol.asyncDispose]());

describe('a flow is executed', () => {
  test('as documented', async () => {
    const { status, body } = await call('POST', `/flows/${flowId}/generate`, { body: documented });
    expect(status).toBe(200);
    expect(body).toEqual({
      code: 200,
      message: 'OK',
      error: false,
      results: { result: expect.any(String), logId: expect.stringMatching(/^[a-z0-9]{20,}$/) },
    });
    const run = await flows.findFlowRun(body.results.logId);
    expect(run).toMatchObject({ status: 'COMPLETED', result: body.results.result, flow: { id: flowId } });
    const found = await gateway.store
      .forProject(run === null ? '' : await findProject())
      .runs.findOneById(run?.id ?? '');
    expect(found).toMatchObject({ endUser: documented.userId, input: documented.flow.inputs });
  });

  test('by the id that it has elsewhere, and with a key that it had there', async () => {
    const value = 'a-key-that-somebody-brought-along';
    await world.createApiKey({ name: 'brought', role: 'EXECUTOR', value });
    const options = { body: documented, key: value };
    expect((await call('POST', '/flows/joke-flow/generate', options)).status).toBe(200);
  });

  test('with the key in the body, the deprecated way', async () => {
    const body = { ...documented, apiKey: gateway.key };
    expect((await call('POST', `/flows/${flowId}/generate`, { key: null, body })).body.code).toBe(200);
    const wrong = { ...documented, apiKey: 'sk-wrong' };
    expect(await call('POST', `/flows/${flowId}/generate`, { key: null, body: wrong })).toMatchObject({
      status: 401,
      body: { code: 401, message: 'The API key is unknown', error: true },
    });
  });

  test('once with an idempotency key', async () => {
    const headers = { 'idempotency-key': 'joke' };
    const [first, second] = await Promise.all([
      call('POST', `/flows/${flowId}/generate`, { body: documented, headers }),
      call('POST', `/flows/${flowId}/generate`, { body: documented, headers }),
    ]);
    expect(first.body).toEqual(second.body);
  });

  test('to a list of texts, where that is its result type', async () => {
    const steps = [{ promptId, environmentId: world.environment.id }];
    const inputs = [{ name: 'name' }, { name: 'lastName' }];
    const list = await flows.makeFlow({ name: 'List', resultType: 'LIST', inputs, steps });
    const { body } = await call('POST', `/flows/${list}/generate`, { body: documented });
    expect(body.results.result).toEqual(expect.any(Array));
    expect(body.results.result.every((item: unknown) => typeof item === 'string')).toBe(true);
  });
});

describe('context', () => {
  const generate = (steps: object, id = flowId) =>
    call('POST', `/flows/${id}/generate`, { body: { ...documented, steps } });
  const read = async (steps: object) => {
    const { body } = await generate(steps);
    const run = await flows.findFlowRun(body.results.logId);
    const step = run !== null && 'steps' in run ? run.steps[0] : undefined;
    return step?.passages.map(({ content }) => content?.name);
  };

  test('as documented, by ids and by names', async () => {
    const tags = await gateway.store.forProject(await findProject()).tags.findMany({});
    const context = {
      folders: { ids: [folderId], names: ['my folder'] },
      tags: { ids: [tags[0]?.id], names: ['my tag'] },
    };
    expect(await read({ step1: { context } })).toEqual(['jokes']);
  });

  test('of all, by an empty list', async () => {
    await flows.makeContent({ name: 'loose', text: 'Lopez lies in no folder.' });
    expect(await read({ step1: {} })).toEqual(['jokes']);
    expect((await read({ step1: { context: { folders: { names: [] } } } }))?.toSorted()).toEqual(['jokes', 'loose']);
  });

  test('that is not there, or not on, is refused by its name', async () => {
    const off = await flows.makeFlow({
      name: 'Off',
      inputs: [{ name: 'name' }, { name: 'lastName' }],
      steps: [{ name: 'Say it', promptId, environmentId: world.environment.id }],
    });
    const messages = async (steps: object, id?: string) => {
      const { status, body } = await generate(steps, id);
      return [status, body.code, body.error, body.message];
    };
    const refused = (message: string) => [400, 400, true, message];
    expect(await messages({ step1: { context: { folders: { names: ['none'], ids: ['folder1'] } } } })).toEqual(
      refused(
        'steps.step1.context.folders.ids.0: there is no folder folder1; ' +
          'steps.step1.context.folders.names.0: there is no folder none',
      ),
    );
    expect(await messages({ step2: { context: {} } })).toEqual(
      refused('steps.step2: there is no step step2; the steps are step1'),
    );
    expect(await messages({ 'Say it': { context: { tags: { names: [] } } } }, off)).toEqual(
      refused('steps.Say it.context: step Say it reads no content: its context is off'),
    );
  });
});

describe('what is wrong is said in the envelope', () => {
  const refuse = async (path: string, options: object) => {
    const { status, body } = await call('POST', path, options);
    expect(body).toEqual({ code: status, message: expect.any(String), error: true });
    return `${status} ${body.message}`;
  };

  test.each<[string, string, object, string]>([
    ['a missing input', 'flow', { flow: { inputs: { lastName: 'L' } } }, '400 flow.inputs.name: is required'],
    ['no inputs', 'flow', {}, '400 flow.inputs.name: is required'],
    ['an input of another type', 'flow', { flow: { inputs: { name: 1 } } }, '400 flow.inputs.name: must be a text'],
    ['inputs that are none', 'flow', { flow: { inputs: [] } }, '400 flow.inputs: must be a JSON object'],
    ['a list that is none', 'flow', { steps: { step1: { context: { tags: { ids: 'x' } } } } }, '400 steps.step1'],
    [
      'a misspelled part of a context, which must not become the flow’s own',
      'flow',
      { steps: { step1: { context: { folder: { names: ['x'] } } } } },
      '400 steps.step1.context: has no folder; allowed are folders, tags',
    ],
    [
      'a misspelled list of a context, which must not become the flow’s own',
      'flow',
      { steps: { step1: { context: { tags: { name: ['x'] } } } } },
      '400 steps.step1.context.tags: has no name; allowed are ids, names',
    ],
    ['an unknown flow', '/flows/unknown/generate', documented, '404 There is no flow unknown'],
    ['an unknown prompt', '/generate', { prompt: { promptId: 'x' } }, '404 There is no prompt x'],
    ['data of a prompt', '/generate', { prompt: { promptId: 'prompt-7', inputs: {} } }, '400 prompt.inputs'],
    ['an unknown log', '/logs/0123456789abcdef01234567/rate', { rating: { rating: 1 } }, '404 There is no log'],
    ['what there is not', '/nothing', {}, '404 There is nothing at POST /v1/nothing'],
  ])('%s', async (_name, path, body, message) => {
    expect(await refuse(path === 'flow' ? `/flows/${flowId}/generate` : path, { body })).toContain(message);
  });

  test('a body that is no JSON, and a key that is missing', async () => {
    expect(await refuse(`/flows/${flowId}/generate`, { body: '{' })).toContain('400 The body is not valid JSON');
    expect(await refuse('/flows/x/generate', { body: {}, key: null })).toContain('401 The API key is missing');
    expect((await call('GET', '/content/folders', { key: null })).body).toMatchObject({ code: 401, error: true });
  });

  test('too many executions', async () => {
    await using limited = await startTestGateway({ RATE_LIMIT_EXECUTIONS: '1' }, { beside: gateway });
    const send = () => createRestCaller(limited, '/v1')('POST', `/flows/${flowId}/generate`, { body: documented });
    expect((await send()).status).toBe(200);
    const { status, headers, body } = await send();
    expect({ status, code: body.code, error: body.error }).toEqual({ status: 429, code: 429, error: true });
    expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
  });

  test('a failure of the model, with the log of it', async () => {
    const steps = [{ name: 'Fail', promptId, environmentId: world.environment.id, model: 'execution-error' }];
    const failing = await flows.makeFlow({ name: 'F', inputs: [{ name: 'name' }, { name: 'lastName' }], steps });
    const { status, body } = await call('POST', `/flows/${failing}/generate`, { body: documented });
    expect(status).toBe(502);
    expect(body).toEqual({
      code: 502,
      message: 'Step Fail: The model execution-error always fails',
      error: true,
      results: { logId: expect.any(String) },
    });
    expect(await flows.findFlowRun(body.results.logId)).toMatchObject({ status: 'FAILED' });
  });
});

test('a prompt is executed by its id and by the one that it has elsewhere, and is an interaction’s run', async () => {
  for (const id of ['prompt-7', world.interaction.id]) {
    const body = { prompt: { promptId: id, inputs: { object: 'car' } }, endUserId: 'u' };
    const { body: answer } = await call('POST', '/generate', { body });
    expect(answer).toMatchObject({ code: 200, message: 'OK', error: false, results: { result: expect.any(String) } });
    expect(await world.findRun(answer.results.logId)).toMatchObject({ __typename: 'InteractionRun' });
  }
});

test('what was generated is rated, and the rating taken back', async () => {
  const { body } = await call('POST', `/flows/${flowId}/generate`, { body: documented });
  const { logId } = body.results;
  const rate = (rating: unknown) => call('POST', `/logs/${logId}/rate`, { body: { rating: { rating } } });
  for (const rating of [3, 0]) {
    expect((await rate(rating)).body).toEqual({
      code: 200,
      message: 'OK',
      error: false,
      results: { promptsLogs: { id: logId, rating } },
    });
  }
  expect(await rate(4)).toMatchObject({ status: 400, body: { message: 'rating.rating: must be at most 3' } });
  expect((await rate('x')).body.message).toBe('rating.rating: must be a number');
});

test('Composable’s clients do not see these runs', async () => {
  const { body } = await call('POST', `/flows/${flowId}/generate`, { body: documented });
  const composable = createRestCaller(gateway, '/api/v1');
  expect((await composable('GET', `/runs/${body.results.logId}`)).status).toBe(404);
});

async function findProject(): Promise<string> {
  const project = await gateway.store.tenancy.findFirstProject();
  return project?.id ?? '';
}

test('a browser’s key executes published prompts only', async () => {
  const created = await world.createApiKey({ name: 'b', role: 'EXECUTOR', kind: 'PUBLIC' });
  const key = expectType(created, 'CreatedApiKey').secret;
  expect((await call('POST', `/flows/${flowId}/generate`, { body: documented, key })).body).toMatchObject({
    code: 403,
    error: true,
  });
});
