import {
  type GraphQLField,
  type GraphQLNamedOutputType,
  getNamedType,
  isCompositeType,
  isObjectType,
  parse,
} from 'graphql';
import type { CommandStartedEvent } from 'mongodb';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createSchema } from '../../src/schema/index.ts';
import { createDeploymentOperations, createFileOperations } from '../support/deployment-operations.ts';
import { createFlowOperations } from '../support/flow-operations.ts';
import { startTestGateway, type TestGateway } from '../support/gateway.ts';
import { createWorld, expectType } from '../support/operations.ts';

/** A page reads of its runs what is asked for, and no field notices what was not. */

const schema = createSchema();
let gateway: TestGateway;
const runs = new Map<string, string>();
const projections: object[] = [];

beforeAll(async () => {
  const onCommand = ({ commandName, command }: CommandStartedEvent) => {
    if (commandName === 'find' && command.find === 'runs' && command.sort !== undefined)
      projections.push(command.projection);
  };
  gateway = await startTestGateway({}, { onCommand });
  const { environment, interaction, prompt, execute } = await createWorld(gateway);
  const environmentId = environment.id;
  const run = await execute({ interactionId: interaction.id, data: { object: 'car' }, tags: ['t'] });
  runs.set('InteractionRun', expectType(run, 'InteractionRun').id);
  const flows = createFlowOperations(gateway);
  const steps = [{ promptId: prompt.id, environmentId, inputs: { object: 'sea' } }];
  const flowId = await flows.makeFlow({ name: 'Flow', steps });
  runs.set('FlowRun', expectType(await flows.generate({ flowId }), 'FlowRun').id);
  const extractions = [{ key: 'total', prompt: 'What is the total?' }];
  const deployment = await createDeploymentOperations(gateway).createDeployment({
    name: 'files',
    extractions,
    environmentId,
  });
  const deploymentId = expectType(deployment, 'Deployment').id;
  const files = [new File(['total: 5'], 'a.txt')];
  const done = await createFileOperations(gateway).runFiles({ deploymentId, timeout: 60 }, files);
  runs.set('DeploymentRun', expectType(done, 'DeploymentRun').id);
});
afterAll(() => gateway[Symbol.asyncDispose]());

/** What a type is made of, and what that is made of; of what has an id, no more than that. */
function selectAll(type: GraphQLNamedOutputType): string {
  if (!isCompositeType(type)) return '';
  if (!isObjectType(type)) return '{ __typename }';
  const { id, ...fields } = type.getFields();
  if (id !== undefined || type.name.endsWith('Connection')) return '{ __typename }';
  return `{ ${Object.values(fields).map(select).join(' ')} }`;
}

const select = (field: GraphQLField<unknown, unknown>): string =>
  `${field.name} ${selectAll(getNamedType(field.type))}`;

const ask = async (selection: string): Promise<unknown> =>
  gateway.query<Record<string, unknown>, object>(parse(`{ found: ${selection} }`), {});

describe.each(['InteractionRun', 'FlowRun', 'DeploymentRun'])('a page of one %s', (name) => {
  const type = schema.getType(name);
  const fields = isObjectType(type) ? Object.values(type.getFields()) : [];

  test.each(fields.map((field) => [field.name, field] as const))('has its %s alone', async (_name, field) => {
    const own = `... on ${name} { ${select(field)} }`;
    const [node, page] = await Promise.all([
      ask(`run(id: "${runs.get(name)}") { ${own} }`),
      ask(`runs(filter: { ids: ["${runs.get(name)}"] }) { nodes { ${own} } }`),
    ]);
    expect(page).toEqual({ found: { nodes: [(node as { found: unknown }).found] } });
  });
});

test('reads no payloads where none are asked for, wherever in the document they would be', async () => {
  projections.length = 0;
  await ask('runs { nodes { id name status } }');
  expect(projections).toEqual([expect.objectContaining({ input: 0, prompt: 0, result: 0, attempts: 0 })]);
  projections.length = 0;
  const fragments =
    'fragment Parts on Run { said: result ...More } fragment More on InteractionRun { prompt { content } }';
  await gateway.query<unknown, object>(parse(`{ runs { edges { node { ...Parts } } } } ${fragments}`), {});
  expect(projections).toEqual([expect.not.objectContaining({ result: 0 })]);
  expect(projections).toEqual([expect.not.objectContaining({ prompt: 0 })]);
  expect(projections).toEqual([expect.objectContaining({ input: 0 })]);
});
