import { afterAll, beforeAll, expect, test } from 'vitest';
import { graphql } from '../generated/gql.ts';
import { createDeploymentOperations, createFileOperations } from '../support/deployment-operations.ts';
import { startTestGateway, type TestGateway } from '../support/gateway.ts';
import { createGatewayClient } from '../support/gateway-client.ts';
import { type OpenaiServer, startOpenaiServer } from '../support/openai-server.ts';
import { createWorld, expectType } from '../support/operations.ts';

/** Whose turn it is among executions that wait. */

const createProjectMutation = graphql(`
  mutation MakeQueueingProject($name: String!) {
    createProject(input: { name: $name }) { __typename ... on Project { id } }
  }
`);
const createKeyMutation = graphql(`
  mutation MakeQueueingKey {
    createApiKey(input: { name: "own", role: ADMIN }) { __typename ... on CreatedApiKey { secret } }
  }
`);

let gateway: TestGateway;
let server: OpenaiServer;

beforeAll(async () => {
  gateway = await startTestGateway({ DEPLOYMENT_CONCURRENCY: '1' });
  server = await startOpenaiServer();
});
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});

/** A project of its own with a deployment; answers with what has documents executed there. */
async function createOrganization(name: string) {
  const project = expectType((await gateway.query(createProjectMutation, { name })).createProject, 'Project');
  const made = await gateway.query(createKeyMutation, {}, { headers: { 'x-project-id': project.id } });
  const key = expectType(made.createApiKey, 'CreatedApiKey').secret;
  const client = { ...createGatewayClient(gateway.url, key), url: gateway.url, key };
  const { environment } = await createWorld(client, {
    environment: { provider: 'openai_compatible', endpoint: server.url, defaultModel: 'm' },
  });
  const deployment = await createDeploymentOperations(client).createDeployment({
    name: 'totals',
    environmentId: environment.id,
    extractions: [{ key: 'total', prompt: 'What is the total?', type: 'NUMBER' }],
  });
  const deploymentId = expectType(deployment, 'Deployment').id;
  const { runFiles } = createFileOperations(client);
  return async (document: string) =>
    expectType(await runFiles({ deploymentId }, [new File([document], 'a.txt')]), 'DeploymentRun').id;
}

test('where one is executed at a time, organizations take turns, however much waits of each', async () => {
  const [one, two, three] = [
    await createOrganization('one'),
    await createOrganization('two'),
    await createOrganization('three'),
  ];
  for (const document of ['one-1', 'one-2', 'one-3']) await one(document);
  const order: string[] = [];
  const takeTurn = async () => {
    const request = await server.next();
    order.push(/(one|two|three)-\d/.exec(JSON.stringify(request.body))?.[0] ?? 'unknown');
    return () => {
      request.chunk('{"total":1}');
      request.done();
    };
  };
  let finish = await takeTurn();
  await two('two-1');
  await two('two-2');
  await three('three-1');
  for (let turns = 1; turns < 6; turns += 1) {
    finish();
    finish = await takeTurn();
  }
  finish();
  expect(order).toEqual(['one-1', 'two-1', 'three-1', 'one-2', 'two-2', 'one-3']);
});
