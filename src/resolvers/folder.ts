import { z } from 'zod';
import { authorize } from '../auth/permission.ts';
import type { Context } from '../context.ts';
import { ConflictError } from '../errors.ts';
import type { FolderRecord } from '../store/content.ts';
import { findOrMake, refuseIfRead } from './content-tag.ts';
import { descriptionField, nameField, omitUndefined, orNotFound, parseInput } from './input.ts';

const folderInput = z.object({ name: nameField, description: descriptionField.optional() });

/** A project's folders, by name. */
export function listFolders(context: Context): Promise<FolderRecord[]> {
  authorize(context.principal, 'readContents');
  return context.store.folders.findMany({}, { name: 1, _id: 1 });
}

/** Throws a ConflictError where the name is taken. */
export function createFolder(context: Context, input: unknown): Promise<FolderRecord> {
  authorize(context.principal, 'editContents');
  const { name, description } = parseInput(folderInput, input);
  return context.store.folders.insert({ name, description: description ?? null });
}

/** The id of the folder that a text is the id or the name of; one that is not there yet is made. */
export async function findOrMakeFolder(context: Context, reference: string): Promise<string> {
  authorize(context.principal, 'editContents');
  const { name } = parseInput(z.object({ name: nameField }), { name: reference });
  const { folders } = context.store;
  const known = (await context.loaders.folder.load(name)) ?? (await folders.findOne({ name }));
  return (known ?? (await findOrMake(folders, { name, description: null }))).id;
}

/** Changes what is given. */
export async function updateFolder(context: Context, id: string, input: unknown): Promise<FolderRecord> {
  authorize(context.principal, 'editContents');
  const changes = omitUndefined(parseInput(folderInput.partial(), input));
  return orNotFound(await context.store.folders.update(id, changes), 'folder', id);
}

/** Removes a folder. Throws a ConflictError where it has contents, or a flow reads it. */
export async function deleteFolder(context: Context, id: string): Promise<{ id: string }> {
  authorize(context.principal, 'editContents');
  await refuseIfRead(context.store, 'folder', id);
  const content = await context.store.contents.findOne({ folder: id });
  if (content !== null) throw new ConflictError(`The folder has contents: ${content.name} (${content.id})`);
  if (!(await context.store.folders.remove(id))) orNotFound(null, 'folder', id);
  return { id };
}
