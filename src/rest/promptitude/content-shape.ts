import { z } from 'zod';
import type { Context } from '../../context.ts';
import { listTagNames } from '../../resolvers/content.ts';
import type { ContentRecord, FolderRecord } from '../../store/content.ts';

export const contentSchema = z
  .object({
    id: z.string(),
    externalId: z.string().nullable(),
    name: z.string(),
    folderId: z.string().nullable(),
    folder: z.string().nullable().describe("The folder's name."),
    tags: z.array(z.string()),
    size: z.int().describe('In bytes.'),
    type: z.string().describe('The media type.'),
    url: z.string().nullable(),
    createdAt: z.iso.datetime(),
    updatedAt: z.iso.datetime(),
  })
  .meta({ id: 'PromptitudeContent' });

export const folderSchema = z
  .object({
    id: z.string(),
    name: z.string(),
    contentsCount: z.int(),
    type: z.literal('folder'),
    description: z.string(),
  })
  .meta({ id: 'PromptitudeFolder' });

export async function convertContent(context: Context, content: ContentRecord): Promise<z.input<typeof contentSchema>> {
  const { id, externalId, name, folder, size, type, url, createdAt, updatedAt } = content;
  const lies = folder === null ? null : await context.loaders.folder.load(folder);
  return {
    id,
    externalId,
    name,
    folderId: folder,
    folder: lies?.name ?? null,
    tags: await listTagNames(context, content),
    size,
    type,
    url,
    createdAt: createdAt.toISOString(),
    updatedAt: updatedAt.toISOString(),
  };
}

export async function convertFolder(
  { loaders }: Context,
  { id, name, description }: FolderRecord,
): Promise<z.input<typeof folderSchema>> {
  const contentsCount = await loaders.contentsCountOfFolder.load(id);
  return { id, name, contentsCount, type: 'folder', description: description ?? '' };
}
