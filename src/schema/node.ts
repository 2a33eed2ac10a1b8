import { findNodes, type NodeRecord } from '../resolvers/node.ts';
import type { RunRecord } from '../store/run-record.ts';
import { builder } from './builder.ts';
import { runTypeNames } from './refs.ts';

/** A record that says of which type it is, for a place where it may be any. */
interface TypedRecord {
  readonly id: string;
  readonly __typename?: string;
}

export const Node = builder.interfaceRef<TypedRecord>('Node').implement({
  description: 'What has an id. Ids are the same in GraphQL and in REST.',
  resolveType: (record) => record.__typename,
  fields: (t) => ({
    id: t.exposeID('id', { description: 'Unique over everything; 24 hexadecimal digits.' }),
  }),
});

const typeNames = {
  account: 'Account',
  apiKey: 'ApiKey',
  content: 'Content',
  environment: 'Environment',
  deployment: 'Deployment',
  flow: 'Flow',
  folder: 'Folder',
  interaction: 'Interaction',
  project: 'Project',
  prompt: 'Prompt',
  tag: 'Tag',
} as const satisfies Readonly<Record<Exclude<NodeRecord['kind'], 'run'>, string>>;

/** The record for a field of type Node. */
export function toNode(node: NodeRecord | null): TypedRecord | null {
  if (node === null) return null;
  const { kind, record } = node;
  // What is found as a run is one.
  const __typename = kind === 'run' ? runTypeNames[(record as RunRecord).kind] : typeNames[kind];
  return { ...record, __typename };
}

builder.queryFields((t) => ({
  node: t.field({
    type: Node,
    nullable: true,
    description: 'The record with this id, of whatever type; null where there is none.',
    args: { id: t.arg.id({ required: true, description: 'The id.' }) },
    resolve: async (_root, { id }, context) => toNode((await findNodes(context, [id]))[0] ?? null),
  }),
  nodes: t.field({
    type: [Node],
    nullable: { list: false, items: true },
    description: 'The records with these ids, in their order; null for those that do not exist.',
    args: { ids: t.arg.idList({ required: true, description: 'The ids; at most as many as a page may have.' }) },
    complexity: ({ ids }) => ({ field: 1, multiplier: ids.length }),
    resolve: async (_root, { ids }, context) => (await findNodes(context, ids)).map(toNode),
  }),
}));
