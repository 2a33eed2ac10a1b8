import { afterAll, beforeAll, expect, test } from 'vitest';
import { createFlowOperations } from '../support/flow-operations.ts';
import { createOperations, expectType } from '../support/operations.ts';
import { connectRemote, startTwoGateways } from '../support/remote.ts';
import { createRunOperations } from '../support/run-operations.ts';

/** Flows of one gateway that another one executes, by Promptitude's API. */

let gateways: Awaited<ReturnType<typeof startTwoGateways>>;
let remote: ReturnType<typeof createFlowOperations>;
let local: ReturnType<typeof createFlowOperations>;
let ids: Record<'text' | 'list' | 'broken' | 'reading', string>;
let localIds: Map<string | null | undefined, string>;

beforeAll(async () => {
  gateways = await startTwoGateways();
  remote = createFlowOperations(gateways.remote);
  local = createFlowOperations(gateways.local);
  const { createEnvironment } = createOperations(gateways.remote);
  const models = { name: 'models', provider: 'test', defaultModel: 'test-echo' };
  const { id: environmentId } = expectType(await createEnvironment(models), 'Environment');
  const promptId = await remote.makePrompt('Tell a joke about {{ name }}.');
  const inputs = [{ name: 'name', required: true }];
  const steps = [{ promptId, environmentId }];
  const sailor = { name: 'Sailor', text: 'The sailor Andres tells a joke about the waves.' };
  const baker = { name: 'Baker', text: 'The baker Andres tells a joke about the loaves.' };
  await remote.makeContent({ ...sailor, folderId: await remote.makeFolder('Sea') });
  await remote.makeContent({ ...baker, folderId: await remote.makeFolder('Town') });
  ids = {
    text: await remote.makeFlow({ name: 'Text', inputs, steps }),
    list: await remote.makeFlow({ name: 'List', inputs, steps, resultType: 'LIST' }),
    broken: await remote.makeFlow({
      name: 'Broken',
      inputs,
      steps: [{ promptId, environmentId, model: 'execution-error' }],
    }),
    reading: await remote.makeFlow({
      name: 'Reading',
      inputs,
      steps: [{ name: 'Read', promptId, environmentId, context: {} }],
    }),
  };
  const endpoint = gateways.remote.url;
  const connected = await connectRemote(gateways.local, {
    provider: 'promptitude',
    endpoint,
    credentials: gateways.remote.key,
  });
  const imported = expectType(await connected.importRemote([...Object.values(ids), 'gone']), 'ImportedPayload');
  localIds = new Map(imported.flows.map(({ remoteId, id }) => [remoteId, id]));
});
afterAll(() => gateways[Symbol.asyncDispose]());

const generate = async (flow: string, more: object = {}) =>
  expectType(
    await local.generate({ flowId: localIds.get(flow) ?? '', inputs: { name: 'Andres' }, ...more }),
    'FlowRun',
  );

/** The newest run of the other gateway. */
async function findOriginal() {
  const { nodes } = await createRunOperations(gateways.remote).listRuns({ kind: ['FLOW'] }, 1);
  return remote.findFlowRun(nodes[0]?.id ?? '');
}

test('a text and a list are what they are there', async () => {
  const text = await generate(ids.text);
  expect(text).toMatchObject({ status: 'COMPLETED', result: expect.stringContaining('Andres') });
  expect(await findOriginal()).toMatchObject({ result: text.result, flow: { id: ids.text } });
  const list = await generate(ids.list);
  expect(list.result).toEqual(expect.arrayContaining([expect.any(String)]));
  expect((await findOriginal())?.result).toEqual(list.result);
});

test('a failure of the model there is one here', async () => {
  const run = await generate(ids.broken);
  const original = await findOriginal();
  expect(original).toMatchObject({ status: 'FAILED' });
  expect(run).toMatchObject({
    status: 'FAILED',
    error: { code: 'provider_error', message: expect.stringContaining(original?.error?.message ?? '?') },
  });
});

test('what is wrong with a call there is said here', async () => {
  expect(await generate(ids.text, { inputs: {} })).toMatchObject({
    status: 'FAILED',
    error: { code: 'invalid_request', message: expect.stringContaining('name') },
  });
  expect(await generate('gone')).toMatchObject({
    status: 'FAILED',
    error: { code: 'invalid_request', message: expect.stringContaining('404') },
  });
  const steps = [{ step: 'Unknown', context: { folders: { names: ['Sea'] } } }];
  expect(await generate(ids.reading, { steps })).toMatchObject({
    error: { code: 'invalid_request', message: expect.stringContaining('Unknown') },
  });
});

test('a step reads the contents there that the call names', async () => {
  await generate(ids.reading, { steps: [{ step: 'step1', context: { folders: { names: ['Sea'] } } }] });
  const original = await findOriginal();
  if (original === null || !('steps' in original)) throw new Error('There is no run of a flow');
  expect(original.steps.flatMap(({ passages }) => passages.map(({ content }) => content?.name))).toEqual(['Sailor']);
});
