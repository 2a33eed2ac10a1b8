import type { Context } from '../context.ts';

/** The records that may have an id elsewhere. */
export type ExternalKind = 'environments' | 'interactions' | 'prompts';

/**
 * The ids of ours that are meant, in their order: what is none of ours is looked for among the ids that records have elsewhere,
 * and stays as it is where nothing has it. The operation that gets the ids checks who may.
 */
export async function findOwnIds(
  { store }: Context,
  kind: ExternalKind,
  references: readonly string[],
): Promise<string[]> {
  const known = new Set((await store[kind].findManyByIds(references)).map(({ id }) => id));
  const others = references.filter((reference) => !known.has(reference));
  if (others.length === 0) return [...references];
  const found = await store[kind].findMany({ externalId: { $in: others } });
  const byExternalId = new Map(found.map(({ id, externalId }) => [externalId, id]));
  return references.map((reference) => byExternalId.get(reference) ?? reference);
}

/** The same for one. */
export async function findOwnId(context: Context, kind: ExternalKind, reference: string): Promise<string> {
  const [id] = await findOwnIds(context, kind, [reference]);
  return id ?? reference;
}
