import type { Context } from '../context.ts';
import { withExternalId } from '../store/entity-store.ts';
import { idField } from './input.ts';

/** The records that may have an id elsewhere. */
export type ExternalKind = keyof typeof loaderNames;

const loaderNames = {
  contents: 'content',
  deployments: 'deployment',
  environments: 'environment',
  flows: 'flow',
  interactions: 'interaction',
  prompts: 'prompt',
} as const;

/**
 * The ids of ours that are meant, in their order: what is none of ours is looked for among the ids that records have elsewhere,
 * and stays as it is where nothing has it. The operation that gets the ids checks who may.
 */
export async function findOwnIds(
  { store, loaders }: Context,
  kind: ExternalKind,
  references: readonly string[],
): Promise<string[]> {
  const candidates = references.filter((reference) => idField.safeParse(reference).success);
  const found = await Promise.all(candidates.map((id) => loaders[loaderNames[kind]].load(id)));
  const known = new Set(found.map((record) => record?.id));
  const others = references.filter((reference) => !known.has(reference));
  if (others.length === 0) return [...references];
  const elsewhere = await store[kind].findMany(withExternalId(others));
  const byExternalId = new Map(elsewhere.map(({ id, externalId }) => [externalId, id]));
  return references.map((reference) => byExternalId.get(reference) ?? reference);
}

/** The same for one. */
export async function findOwnId(context: Context, kind: ExternalKind, reference: string): Promise<string> {
  const [id] = await findOwnIds(context, kind, [reference]);
  return id ?? reference;
}
