import { afterAll, beforeAll, expect, test } from 'vitest';
import { graphql } from '../generated/gql.ts';
import { createDeploymentOperations } from '../support/deployment-operations.ts';
import { startTestGateway, type TestGateway } from '../support/gateway.ts';
import { createWorld, expectType } from '../support/operations.ts';

/** Deployments are made, read, changed and removed, and keys may be for one of them. */

let gateway: TestGateway;
let deployments: ReturnType<typeof createDeploymentOperations>;
let world: Awaited<ReturnType<typeof createWorld>>;

const extractions = [
  { key: 'total', prompt: 'What is the total?', type: 'NUMBER' as const },
  { key: 'vendor', prompt: 'Who sent it?' },
];

beforeAll(async () => {
  gateway = await startTestGateway();
  world = await createWorld(gateway);
  deployments = createDeploymentOperations(gateway);
});
afterAll(() => gateway[Symbol.asyncDispose]());

const make = async (name: string) =>
  expectType(
    await deployments.createDeployment({ name, extractions, environmentId: world.environment.id }),
    'Deployment',
  );

test('a deployment is found by its id and by its address', async () => {
  const made = await make('invoices');
  expect(made).toMatchObject({
    organization: 'default',
    name: 'invoices',
    isActive: true,
    version: 1,
    endpoint: '/deployment/api/default/invoices/',
    extractions: [
      { key: 'total', prompt: 'What is the total?', type: 'NUMBER' },
      { key: 'vendor', prompt: 'Who sent it?', type: 'TEXT' },
    ],
    interaction: null,
    environment: { id: world.environment.id },
  });
  const found = { id: made.id, name: 'invoices', isActive: true, version: 1, runs: { totalCount: 0 } };
  expect(await deployments.findDeployment({ id: made.id })).toEqual(found);
  expect(await deployments.findDeployment({ organization: 'default', name: 'invoices' })).toEqual(found);
  expect(await deployments.findDeployment({ organization: 'other', name: 'invoices' })).toBeNull();
  await expect(deployments.findDeployment({ name: 'invoices' })).rejects.toThrow('organization with name');
  expect(await deployments.createDeployment({ name: 'invoices', interactionId: world.interaction.id })).toMatchObject({
    __typename: 'ConflictError',
  });
});

test('a changed workflow is a new version; a name, activation and deactivation are none', async () => {
  const { id } = await make('versions');
  expect(await deployments.updateDeployment(id, { displayName: 'Versions' })).toMatchObject({ version: 1 });
  expect(await deployments.deactivateDeployment(id)).toMatchObject({ version: 1, isActive: false });
  expect(await deployments.activateDeployment(id)).toMatchObject({ version: 1, isActive: true });
  expect(await deployments.updateDeployment(id, { model: 'other' })).toMatchObject({ version: 2, model: 'other' });
  expect(
    await deployments.updateDeployment(id, { extractions: null, interactionId: world.interaction.id }),
  ).toMatchObject({ version: 3, extractions: [], interaction: { id: world.interaction.id } });
});

test('what is wrong with a deployment is named', async () => {
  const wrong = await deployments.createDeployment({
    name: 'wrong name',
    extractions: [{ key: '1', prompt: '' }],
    webhookUrl: 'ftp://example.com',
  });
  expect(expectType(wrong, 'ValidationError').issues).toEqual([
    { path: '/name', message: 'must be a name for addresses: 1 to 100 letters, digits, - and _' },
    {
      path: '/extractions/0/key',
      message: 'must be a name: letters, digits, _, - and ., at most 100, no digit first',
    },
    { path: '/extractions/0/prompt', message: 'must not be empty' },
    { path: '/webhookUrl', message: 'must be a URL that begins with https://' },
  ]);
  const proto = await deployments.createDeployment({ name: 'p', extractions: [{ key: '__proto__', prompt: 'x' }] });
  expect(expectType(proto, 'ValidationError').issues[0]).toEqual({
    path: '/extractions/0/key',
    message: 'must not be __proto__, which is refused in every answer',
  });
  const twice = [...extractions, { key: 'total', prompt: 'Again?' }];
  const incomplete = await deployments.createDeployment({ name: 'incomplete', extractions: twice });
  expect(expectType(incomplete, 'ValidationError').issues).toEqual([
    { path: '/extractions/2/key', message: 'total is the key of another extraction too' },
    { path: '/environmentId', message: 'is required' },
  ]);
  const both = await deployments.createDeployment({ name: 'both', extractions, interactionId: world.interaction.id });
  expect(expectType(both, 'ValidationError').issues).toEqual([
    { path: '/extractions', message: 'must not stand beside interactionId: a deployment has one or the other' },
  ]);
  const neither = await deployments.createDeployment({ name: 'neither' });
  expect(expectType(neither, 'ValidationError').issues).toContainEqual({
    path: '/extractions',
    message: 'is required, or interactionId instead of it',
  });
});

test("what a deployment uses cannot be removed; a deployment's keys go with it", async () => {
  const { id } = await make('used');
  const environment = await gateway.query(
    graphql(
      `mutation RemoveUsedEnvironment($id: ID!) { deleteEnvironment(id: $id) { ... on Error { code message } } }`,
    ),
    { id: world.environment.id },
  );
  expect(environment.deleteEnvironment).toMatchObject({ code: 'CONFLICT' });
  const { secret } = expectType(
    await world.createApiKey({ name: 'for one', role: 'EXECUTOR', deploymentId: id }),
    'CreatedApiKey',
  );
  expect(await deployments.findDeployment({ id }, { key: secret })).toMatchObject({ id });
  expect(await deployments.deleteDeployment(id)).toMatchObject({ id });
  expect((await gateway.send(viewer, {}, { key: secret })).status).toBe(401);
});

const viewer = graphql(`query WhoAmI { viewer { role } }`);

test("a deployment's key sees that deployment and nothing else", async () => {
  const own = await make('own');
  const other = await make('other');
  const key = async (role: 'READER' | 'ADMIN') =>
    expectType(await world.createApiKey({ name: role, role, deploymentId: own.id }), 'CreatedApiKey').secret;
  for (const options of [{ key: await key('READER') }, { key: await key('ADMIN') }]) {
    expect(await deployments.findDeployment({ id: own.id }, options)).toMatchObject({ name: 'own' });
    expect(await deployments.findDeployment({ id: other.id }, options)).toBeNull();
    expect(await deployments.findDeployment({ organization: 'default', name: 'other' }, options)).toBeNull();
    expect(await deployments.listDeployments({}, options)).toEqual({
      totalCount: 1,
      nodes: [{ id: own.id, name: 'own' }],
    });
    expect(await deployments.deleteDeployment(own.id, options)).toMatchObject({ code: 'FORBIDDEN' });
    expect(
      await world.execute({ interactionId: world.interaction.id, data: { object: 'car' } }, options),
    ).toMatchObject({ __typename: 'ForbiddenError', message: expect.stringContaining('for one deployment') });
  }
  expect(await world.createApiKey({ name: 'x', role: 'EXECUTOR', kind: 'PUBLIC', deploymentId: own.id })).toMatchObject(
    { issues: [{ path: '/deploymentId', message: 'must not be given for a public key' }] },
  );
});
