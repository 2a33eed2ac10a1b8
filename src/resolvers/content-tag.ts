import { z } from 'zod';
import { authorize } from '../auth/permission.ts';
import type { Context } from '../context.ts';
import { ConflictError } from '../errors.ts';
import type { TagRecord } from '../store/content.ts';
import type { Entity, EntityStore } from '../store/entity-store.ts';
import type { ProjectStore } from '../store/store.ts';
import { orNotFound, parseInput } from './input.ts';

/** A tag of contents; a comma would make it two. */
export const tagNameField = z
  .string('is required')
  .trim()
  .min(1, 'must not be empty')
  .max(100, 'must have at most 100 characters')
  .refine((name) => !name.includes(','), 'must not have a comma');

const tagInput = z.object({ name: tagNameField });

/** A project's tags, by name. */
export function listTags(context: Context): Promise<TagRecord[]> {
  authorize(context.principal, 'readContents');
  return context.store.tags.findMany({}, { name: 1, _id: 1 });
}

/** Throws a ConflictError where the name is taken. */
export function createTag(context: Context, input: unknown): Promise<TagRecord> {
  authorize(context.principal, 'editContents');
  return context.store.tags.insert(parseInput(tagInput, input));
}

/** Gives a tag another name; what bears it bears it then. */
export async function updateTag(context: Context, id: string, input: unknown): Promise<TagRecord> {
  authorize(context.principal, 'editContents');
  return orNotFound(await context.store.tags.update(id, parseInput(tagInput, input)), 'tag', id);
}

/** Removes a tag, also from the contents that bear it. Throws a ConflictError where a flow reads by it. */
export async function deleteTag(context: Context, id: string): Promise<{ id: string }> {
  authorize(context.principal, 'editContents');
  await refuseIfRead(context.store, 'tag', id);
  if (!(await context.store.tags.remove(id))) orNotFound(null, 'tag', id);
  return { id };
}

/** Without it, a flow that reads by it alone would read everything. */
export async function refuseIfRead({ flows }: ProjectStore, noun: 'folder' | 'tag', id: string): Promise<void> {
  const flow = await flows.findOne({ [`steps.context.${noun}s`]: id });
  if (flow !== null) throw new ConflictError(`The ${noun} is read by flow ${flow.name} (${flow.id})`);
}

/** The ids of the tags with these names, by name, in one query; none where there are no names. */
export function findTagsByName({ tags }: ProjectStore, names: readonly string[]): Promise<Map<string, string>> {
  return findIdsByName(tags, names);
}

/** The same for records of any kind that have a name of their own. */
export async function findIdsByName<T extends Entity & { readonly name: string }>(
  store: EntityStore<T>,
  names: readonly string[],
): Promise<Map<string, string>> {
  if (names.length === 0) return new Map();
  const found = await store.findMany({ name: { $in: [...new Set(names)] } });
  return new Map(found.map(({ id, name }) => [name, id]));
}

/** The ids of tags with these names, in their order; those that are not there yet are made. */
export async function findOrMakeTags(store: ProjectStore, names: readonly string[]): Promise<string[]> {
  const known = await findTagsByName(store, names);
  const ids: string[] = [];
  for (const name of new Set(names)) {
    ids.push(known.get(name) ?? (await findOrMake(store.tags, { name })).id);
  }
  return ids;
}

/** Makes a record, or answers with the one that somebody else made under this name at the same moment. */
export async function findOrMake<T extends Entity & { readonly name: string }>(
  store: EntityStore<T>,
  record: Parameters<EntityStore<T>['insert']>[0],
): Promise<T> {
  try {
    return await store.insert(record);
  } catch (error) {
    const name: unknown = 'name' in record ? record.name : undefined;
    const theirs = error instanceof ConflictError ? await store.findOne({ name }) : null;
    if (theirs === null) throw error;
    return theirs;
  }
}
