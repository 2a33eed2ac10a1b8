import type { FastifyReply, FastifyRequest } from 'fastify';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { authorize } from '../../auth/permission.ts';
import type { Context } from '../../context.ts';
import { NotFoundError, ValidationError } from '../../errors.ts';
import { countContents, createContent, listContents, updateContent } from '../../resolvers/content.ts';
import { findOrMakeFolder, listFolders } from '../../resolvers/folder.ts';
import { findOwnId } from '../../resolvers/own-id.ts';
import type { StoredFile } from '../../store/file.ts';
import { isForm, withForm } from '../../upload/receive-form.ts';
import type { RestDependencies } from '../dependencies.ts';
import { contentSchema, convertContent, convertFolder, folderSchema } from './content-shape.ts';
import { apiKeyField, envelope, refusals, wrap } from './envelope.ts';
import { createRefusal, refusalSchema, renameIssues } from './error.ts';
import { contextOf, pageMax } from './request-context.ts';

const tags = ['Promptitude: content'];

const contentPayload = z
  .object({
    apiKey: apiKeyField,
    externalId: z.string().nullish().describe('The id that it has elsewhere: what has it already is changed.'),
    fileUrl: z.string().nullish().describe('Where to fetch it from.'),
    downloadUrl: z.string().nullish().describe('The same, beside an externalId.'),
    name: z.string().nullish(),
    size: z.union([z.number(), z.string()]).nullish().describe('Not needed: what is read is counted.'),
    folder: z.string().nullish().describe('The name of a folder, which is made when it is new, or its id.'),
    tags: z
      .union([z.string(), z.array(z.string())])
      .nullish()
      .describe('Names, separated by commas; those that are not there yet are made.'),
  })
  .describe('As JSON, or as a form that may have a file.')
  .meta({ id: 'PromptitudeContentPayload' });

type ContentPayload = z.output<typeof contentPayload>;

const numberUpTo = (max: number) =>
  z.coerce
    .number('must be a number')
    .int('must be a whole number')
    .min(0, 'must be at least 0')
    .max(max, `must be at most ${max}`);

const pageQuery = z.object({
  limit: numberUpTo(pageMax).optional(),
  offset: numberUpTo(1_000_000_000).optional(),
});

/** What the content library is filled and read by. */
export const contentRoutes: FastifyPluginAsyncZod<RestDependencies> = async (server, { settings }) => {
  const schema = {
    tags,
    consumes: ['application/json', 'multipart/form-data'],
    body: contentPayload.nullish(),
    response: { 200: envelope(contentSchema), ...refusals, 422: refusalSchema.describe('Its text cannot be read.') },
  };

  /** Reads the payload, whichever way it comes, and saves what it says; `id` is what is changed. */
  const save = async (request: FastifyRequest, reply: FastifyReply, payload: ContentPayload, id: string | null) => {
    const context = contextOf(request);
    authorize(context.principal, 'editContents');
    if (!isForm(request.headers['content-type'])) return saveContent(context, reply, payload, null, id);
    const { uploads, bodyMaxBytes: fieldMaxBytes } = settings;
    const limits = { ...uploads, maxFiles: 1 };
    const options = { files: context.store.files, limits, fieldMaxBytes, signal: context.signal, wants: () => true };
    return withForm(request.raw, options, ({ fields, files }) => {
      const form = contentPayload.safeParse(Object.fromEntries(fields.map(({ name, value }) => [name, value])));
      return saveContent(context, reply, form.data ?? {}, files[0]?.file ?? null, id);
    });
  };

  server.post('/content', { schema: { ...schema, summary: 'Add a content' } }, async (request, reply) =>
    save(request, reply, request.body ?? {}, null),
  );
  server.post(
    '/content/:id',
    {
      schema: {
        ...schema,
        summary: 'Change a content',
        params: z.object({ id: z.string().describe('An id, or the one that the content has elsewhere.') }),
      },
    },
    async (request, reply) => save(request, reply, request.body ?? {}, request.params.id),
  );

  server.get(
    '/content/folders',
    {
      schema: {
        tags,
        summary: 'List the folders',
        response: {
          200: envelope(z.object({ foldersCount: z.int(), folders: z.array(folderSchema) })),
          ...refusals,
        },
      },
    },
    async (request) => {
      const context = contextOf(request);
      const found = await listFolders(context);
      const folders = await Promise.all(found.map((folder) => convertFolder(context, folder)));
      return wrap({ foldersCount: folders.length, folders });
    },
  );
  server.get(
    '/content/folders/:id/contents',
    {
      schema: {
        tags,
        summary: 'List the contents of a folder',
        params: z.object({ id: z.string() }),
        querystring: pageQuery,
        response: {
          200: envelope(
            z.object({
              contentsCount: z.int().describe('Of the whole folder.'),
              contents: z.array(contentSchema).describe('The newest first, at most 1,000.'),
            }),
          ),
          ...refusals,
        },
      },
    },
    async (request) => {
      const context = contextOf(request);
      const { id } = request.params;
      const { limit: first = pageMax, offset = 0 } = request.query;
      const filter = { folder: [id] };
      const [{ items }, contentsCount] = await Promise.all([
        listContents(context, filter, { first, offset }),
        countContents(context, filter),
      ]);
      if ((await context.loaders.folder.load(id)) === null) throw new NotFoundError(`There is no folder ${id}`);
      return wrap({
        contentsCount,
        contents: await Promise.all(items.map((content) => convertContent(context, content))),
      });
    },
  );
};

async function saveContent(
  context: Context,
  reply: FastifyReply,
  payload: ContentPayload,
  file: StoredFile | null,
  id: string | null,
) {
  const { externalId, fileUrl, downloadUrl, name, folder, tags: given } = payload;
  const input = {
    ...(externalId != null && { externalId }),
    ...(name != null && name !== '' && { name }),
    ...(folder != null && folder !== '' && { folderId: await findOrMakeFolder(context, folder) }),
    ...(given != null && { tags: splitTags(given) }),
    url: fileUrl ?? downloadUrl,
    file,
  };
  if (id === null && input.url == null && file === null) {
    throw new ValidationError([
      { path: '/fileUrl', message: 'is required, unless there is a file or a downloadUrl with an externalId' },
    ]);
  }
  try {
    const target = id ?? externalId;
    const known =
      target == null ? null : await context.loaders.content.load(await findOwnId(context, 'contents', target));
    if (known === null && id !== null) throw new NotFoundError(`There is no content ${id}`);
    const content =
      known === null ? await createContent(context, input) : await updateContent(context, known.id, input);
    if (content.error !== null) {
      return reply.status(422).send(createRefusal(422, content.error.message, { id: content.id }));
    }
    return wrap(await convertContent(context, content));
  } catch (error) {
    throw renameIssues(error, [
      [/^\/url/, fileUrl == null ? '/downloadUrl' : '/fileUrl'],
      [/^\/folderId/, '/folder'],
    ]);
  }
}

function splitTags(tagNames: string | readonly string[]): string[] {
  return [tagNames]
    .flat()
    .flatMap((text) => text.split(','))
    .map((name) => name.trim())
    .filter((name) => name !== '');
}
