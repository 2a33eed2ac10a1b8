import { afterAll, beforeAll, expect, test } from 'vitest';
import { createFileOperations } from '../support/deployment-operations.ts';
import { createFlowOperations } from '../support/flow-operations.ts';
import { startTestGateway, type TestGateway } from '../support/gateway.ts';
import { expectType } from '../support/operations.ts';
import { connectRemote } from '../support/remote.ts';
import { createRunOperations } from '../support/run-operations.ts';

/** Environments that lead from gateway to gateway and back to the first one: here it is the same one all along. */

let gateway: TestGateway;

beforeAll(async () => {
  gateway = await startTestGateway();
});
afterAll(() => gateway[Symbol.asyncDispose]());

const connect = (provider: string, endpoint: string) =>
  connectRemote(gateway, { provider, endpoint, credentials: gateway.key });
const message = expect.stringContaining('passed through 3 gateways');

test('a flow that leads to itself ends with what is wrong', async () => {
  const { importRemote } = await connect('promptitude', gateway.url);
  const { flows } = expectType(await importRemote(['loop']), 'ImportedPayload');
  const run = await createFlowOperations(gateway).generate({ flowId: flows[0]?.id ?? '' });
  expect(expectType(run, 'FlowRun')).toMatchObject({ status: 'FAILED', error: { message } });
  expect((await createRunOperations(gateway).listRuns({ kind: ['FLOW'] }, 10)).nodes).toHaveLength(4);
});

test('so does a deployment', async () => {
  const { importRemote } = await connect('unstract', `${gateway.url}/deployment/api/default`);
  const { deployments } = expectType(await importRemote(['loop']), 'ImportedPayload');
  const { runFiles } = createFileOperations(gateway);
  const run = await runFiles({ deploymentId: deployments[0]?.id ?? '', timeout: 60 }, [new File(['text'], 'a.txt')]);
  expect(expectType(run, 'DeploymentRun')).toMatchObject({ status: 'FAILED', files: [{ error: { message } }] });
  expect((await createRunOperations(gateway).listRuns({ kind: ['DEPLOYMENT'] }, 10)).nodes).toHaveLength(4);
});
