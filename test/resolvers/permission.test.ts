import {
  type GraphQLField,
  type GraphQLInputType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
  isScalarType,
} from 'graphql';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createSchema } from '../../src/schema/index.ts';
import { startTestGateway, type TestGateway } from '../support/gateway.ts';
import { createWorld, expectType } from '../support/operations.ts';

/** Who may: the least role, and whether a browser's key may too. */
const table: Readonly<Record<string, readonly ['READER' | 'EXECUTOR' | 'EDITOR' | 'ADMIN', 'PUBLIC'?]>> = {
  'Query.node': ['READER', 'PUBLIC'],
  'Query.nodes': ['READER', 'PUBLIC'],
  'Query.viewer': ['READER', 'PUBLIC'],
  'Query.projects': ['READER'],
  'Query.apiKeys': ['ADMIN'],
  'Query.environment': ['READER'],
  'Query.environments': ['READER'],
  'Query.prompt': ['READER'],
  'Query.prompts': ['READER'],
  'Query.previewPrompt': ['READER'],
  'Query.renderPrompt': ['READER'],
  'Query.interaction': ['READER'],
  'Query.interactions': ['READER'],
  'Query.interactionFacets': ['READER'],
  'Query.flow': ['READER'],
  'Query.flows': ['READER'],
  'Query.folders': ['READER'],
  'Query.tags': ['READER'],
  'Query.content': ['READER'],
  'Query.contents': ['READER'],
  'Query.run': ['READER', 'PUBLIC'],
  'Query.runs': ['READER', 'PUBLIC'],
  'Query.runFacets': ['READER', 'PUBLIC'],
  'Query.findRuns': ['READER', 'PUBLIC'],
  'Query.runFilterOptions': ['READER', 'PUBLIC'],
  'Mutation.generate': ['EXECUTOR'],
  'Query.deployment': ['READER'],
  'Query.deployments': ['READER'],
  'Mutation.runFiles': ['EXECUTOR'],
  'Mutation.createDeployment': ['EDITOR'],
  'Mutation.updateDeployment': ['EDITOR'],
  'Mutation.deleteDeployment': ['EDITOR'],
  'Mutation.activateDeployment': ['EDITOR'],
  'Mutation.deactivateDeployment': ['EDITOR'],
  'Mutation.rotateWebhookSecret': ['EDITOR'],
  'Mutation.execute': ['EXECUTOR', 'PUBLIC'],
  'Mutation.cancelRun': ['EXECUTOR', 'PUBLIC'],
  'Mutation.retryRun': ['EXECUTOR'],
  'Mutation.tagRun': ['EXECUTOR'],
  'Mutation.rateRun': ['EXECUTOR'],
  'Mutation.deleteRun': ['EDITOR'],
  'Mutation.deleteRuns': ['EDITOR'],
  'Mutation.proposeTestData': ['EXECUTOR'],
  'Mutation.proposeInteraction': ['EXECUTOR'],
  'Mutation.suggestPromptImprovements': ['EXECUTOR'],
  'Mutation.embed': ['EXECUTOR'],
  'Mutation.createPrompt': ['EDITOR'],
  'Mutation.forkPrompt': ['EDITOR'],
  'Mutation.updatePrompt': ['EDITOR'],
  'Mutation.deletePrompt': ['EDITOR'],
  'Mutation.createInteraction': ['EDITOR'],
  'Mutation.updateInteraction': ['EDITOR'],
  'Mutation.deleteInteraction': ['EDITOR'],
  'Mutation.publishInteraction': ['EDITOR'],
  'Mutation.forkInteraction': ['EDITOR'],
  'Mutation.importRemote': ['EDITOR'],
  'Mutation.createFlow': ['EDITOR'],
  'Mutation.updateFlow': ['EDITOR'],
  'Mutation.deleteFlow': ['EDITOR'],
  'Mutation.createFolder': ['EDITOR'],
  'Mutation.updateFolder': ['EDITOR'],
  'Mutation.deleteFolder': ['EDITOR'],
  'Mutation.createTag': ['EDITOR'],
  'Mutation.updateTag': ['EDITOR'],
  'Mutation.deleteTag': ['EDITOR'],
  'Mutation.createContent': ['EDITOR'],
  'Mutation.updateContent': ['EDITOR'],
  'Mutation.deleteContent': ['EDITOR'],
  'Mutation.createEnvironment': ['ADMIN'],
  'Mutation.updateEnvironment': ['ADMIN'],
  'Mutation.deleteEnvironment': ['ADMIN'],
  'Mutation.testEnvironment': ['ADMIN'],
  'Mutation.createApiKey': ['ADMIN'],
  'Mutation.updateApiKey': ['ADMIN'],
  'Mutation.deleteApiKey': ['ADMIN'],
  'Mutation.revokeApiKey': ['ADMIN'],
  'Mutation.createProject': ['ADMIN'],
  'Mutation.updateProject': ['ADMIN'],
  'Mutation.deleteProject': ['ADMIN'],
  'Subscription.runStream': ['READER', 'PUBLIC'],
  'Subscription.runUpdates': ['READER', 'PUBLIC'],
};

const roles = ['READER', 'EXECUTOR', 'EDITOR', 'ADMIN'] as const;
const schema = createSchema();
const roots = {
  Query: schema.getQueryType(),
  Mutation: schema.getMutationType(),
  Subscription: schema.getSubscriptionType(),
};
const operations = Object.entries(roots).flatMap(([root, type]) =>
  Object.values(type?.getFields() ?? {}).map((field) => [`${root}.${field.name}`, root, field] as const),
);

let gateway: TestGateway;
const keys = new Map<string, string>();

beforeAll(async () => {
  gateway = await startTestGateway({ EVENT_STREAM_HEARTBEAT_MS: '100' });
  const { createApiKey } = await createWorld(gateway);
  for (const role of roles)
    keys.set(role, expectType(await createApiKey({ name: role, role }), 'CreatedApiKey').secret);
  const browser = await createApiKey({ name: 'browser', role: 'EXECUTOR', kind: 'PUBLIC' });
  keys.set('PUBLIC', expectType(browser, 'CreatedApiKey').secret);
});
afterAll(() => gateway[Symbol.asyncDispose]());

/** A value that the type takes; whether the operation then finds what it names does not matter here. */
function sampleValue(type: GraphQLInputType): string {
  if (isNonNullType(type)) return sampleValue(type.ofType);
  if (isListType(type)) return `[${sampleValue(type.ofType)}]`;
  if (isEnumType(type)) return type.getValues()[0]?.name ?? '';
  if (isInputObjectType(type)) {
    const required = Object.values(type.getFields()).filter((field) => isNonNullType(field.type));
    return `{ ${required.map((field) => `${field.name}: ${sampleValue(field.type)}`).join(', ')} }`;
  }
  if (isScalarType(type) && type.name === 'JSONObject') return '{}';
  return isScalarType(type) && type.name === 'ID' ? '"0123456789abcdef01234567"' : '"x"';
}

function writeOperation(root: string, field: GraphQLField<unknown, unknown>): string {
  const args = field.args
    .filter((argument) => isNonNullType(argument.type))
    .map(({ name, type }) => `${name}: ${sampleValue(type)}`);
  const isLeaf = isScalarType(isNonNullType(field.type) ? field.type.ofType : field.type);
  const call = `${field.name}${args.length > 0 ? `(${args.join(', ')})` : ''}${isLeaf ? '' : ' { __typename }'}`;
  return `${root.toLowerCase()} { ${call} }`;
}

/** An answer, or what an event stream says before it falls silent, which heartbeats tell. */
async function readUntilQuiet(response: Response): Promise<string> {
  let text = '';
  for await (const piece of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
    text += piece;
    if (text.startsWith(':\n\n:\n\n')) break;
  }
  return text;
}

async function isForbidden(key: string, root: string, query: string): Promise<boolean> {
  const accept = root === 'Subscription' ? 'text/event-stream' : 'application/json';
  const response = await fetch(`${gateway.url}/graphql`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json', accept },
    body: JSON.stringify({ query }),
  });
  const text = await readUntilQuiet(response);
  // An operation that is not even valid would prove nothing.
  expect(text).not.toMatch(/GRAPHQL_VALIDATION_FAILED|Syntax Error|Cannot query|must not have|is required, but/);
  return text.includes('FORBIDDEN') || text.includes('"ForbiddenError"');
}

test('the table has every operation', () => {
  expect(operations.map(([name]) => name).sort()).toEqual(Object.keys(table).sort());
});

test.each(operations)('%s is for whom the table says', async (name, root, field) => {
  const [least = 'ADMIN', isPublic] = table[name] ?? [];
  const query = writeOperation(root, field);
  for (const [holder, key] of keys) {
    const may =
      holder === 'PUBLIC' ? isPublic === 'PUBLIC' : roles.indexOf(holder as typeof least) >= roles.indexOf(least);
    expect([holder, await isForbidden(key, root, query)]).toEqual([holder, !may]);
  }
});
