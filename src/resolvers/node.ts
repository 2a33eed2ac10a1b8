import { isAllowed, type Operation } from '../auth/permission.ts';
import type { Context } from '../context.ts';
import { ValidationError } from '../errors.ts';
import { listProjects } from './project.ts';

/** The kinds of records that an id may be of. */
export type NodeKind =
  | 'account'
  | 'apiKey'
  | 'content'
  | 'deployment'
  | 'environment'
  | 'flow'
  | 'folder'
  | 'interaction'
  | 'project'
  | 'prompt'
  | 'run'
  | 'tag';

/** A record with its kind: ids do not say it. */
export interface NodeRecord {
  readonly kind: NodeKind;
  readonly record: { readonly id: string };
}

interface NodeSource {
  readonly kind: NodeKind;
  readonly operation: Operation;
  readonly findMany: (context: Context, ids: readonly string[]) => Promise<readonly { readonly id: string }[]>;
}

const sources: readonly NodeSource[] = [
  { kind: 'run', operation: 'readRuns', findMany: ({ store }, ids) => store.runs.findManyByIds(ids) },
  {
    kind: 'interaction',
    operation: 'readInteractions',
    findMany: ({ store }, ids) => store.interactions.findManyByIds(ids),
  },
  { kind: 'prompt', operation: 'readPrompts', findMany: ({ store }, ids) => store.prompts.findManyByIds(ids) },
  {
    kind: 'environment',
    operation: 'readEnvironments',
    findMany: ({ store }, ids) => store.environments.findManyByIds(ids),
  },
  { kind: 'flow', operation: 'readFlows', findMany: ({ store }, ids) => store.flows.findManyByIds(ids) },
  {
    kind: 'deployment',
    operation: 'readDeployments',
    findMany: ({ store }, ids) => store.deployments.findManyByIds(ids),
  },
  { kind: 'content', operation: 'readContents', findMany: ({ store }, ids) => store.contents.findManyByIds(ids) },
  { kind: 'folder', operation: 'readContents', findMany: ({ store }, ids) => store.folders.findManyByIds(ids) },
  { kind: 'tag', operation: 'readContents', findMany: ({ store }, ids) => store.tags.findManyByIds(ids) },
  { kind: 'apiKey', operation: 'manageApiKeys', findMany: ({ store }, ids) => store.apiKeys.findManyByIds(ids) },
  { kind: 'project', operation: 'readProjects', findMany: findProjects },
  { kind: 'account', operation: 'readProjects', findMany: findAccounts },
];

/** The records with these ids, in their order; null for what does not exist or may not be seen. Asks each collection once. Throws a ValidationError for more than a page has. */
export async function findNodes(context: Context, ids: readonly string[]): Promise<(NodeRecord | null)[]> {
  if (ids.length > context.pageMax) {
    throw new ValidationError([{ path: '/ids', message: `must have at most ${context.pageMax} members` }]);
  }
  const readable = sources.filter(({ operation }) => isAllowed(context.principal, operation));
  const found = await Promise.all(
    readable.map(async ({ kind, findMany }) => (await findMany(context, ids)).map((record) => ({ kind, record }))),
  );
  const byId = new Map(found.flat().map((node) => [node.record.id, node]));
  return ids.map((id) => byId.get(id) ?? null);
}

async function findProjects(context: Context, ids: readonly string[]) {
  return (await listProjects(context)).filter(({ id }) => ids.includes(id));
}

async function findAccounts({ project, loaders }: Context, ids: readonly string[]) {
  const account = ids.includes(project.account) ? await loaders.account.load(project.account) : null;
  return account === null ? [] : [account];
}
