import {
  countContents,
  createContent,
  deleteContent,
  findContent,
  listContents,
  listTagNames,
  readContentText,
  updateContent,
} from '../resolvers/content.ts';
import { builder } from './builder.ts';
import { forwardArgs } from './connection.ts';
import { resultOrErrors } from './errors.ts';
import { Node } from './node.ts';
import { DeletedPayload } from './payload.ts';
import { Content, ContentConnection, Folder } from './refs.ts';
import { RunErrorType } from './run.ts';
import { RunStatusType } from './run-filter.ts';

Content.implement({
  description: 'A text that steps of flows can read.',
  interfaces: [Node],
  fields: (t) => ({
    externalId: t.exposeString('externalId', { nullable: true, description: 'The id that it has elsewhere.' }),
    name: t.exposeString('name', { description: 'What it is called.' }),
    folder: t.field({
      type: Folder,
      nullable: true,
      description: 'Where it lies; null: in no folder.',
      resolve: ({ folder }, _args, { loaders }) => (folder === null ? null : loaders.folder.load(folder)),
    }),
    tags: t.stringList({
      description: 'The names of its tags.',
      resolve: (content, _args, context) => listTagNames(context, content),
    }),
    size: t.exposeInt('size', { description: 'In bytes: of the text, or of the file that it was read from.' }),
    type: t.exposeString('type', { description: 'The media type of what it was read from.' }),
    url: t.exposeString('url', { nullable: true, description: 'Where it was fetched from.' }),
    status: t.expose('status', {
      type: RunStatusType,
      description: 'COMPLETED, or FAILED where it could not be read.',
    }),
    error: t.expose('error', { type: RunErrorType, nullable: true, description: 'Why it could not be read.' }),
    text: t.string({
      description: 'The whole text.',
      resolve: (content, _args, context) => readContentText(context, content),
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was made.' }),
    updatedAt: t.expose('updatedAt', { type: 'DateTime', description: 'When it was last changed.' }),
  }),
});

const ContentInput = builder.inputType('ContentInput', {
  description: 'A content to be made, or what of it to change; null clears. Its text is given as text, file or url.',
  fields: (t) => ({
    externalId: t.string({ description: 'The id that it has elsewhere, unique in the project.' }),
    name: t.string({ description: 'What it is called; what it was read from says it, unless given.' }),
    folderId: t.id({ description: 'Where it lies.' }),
    tags: t.stringList({ description: 'Names of tags; those that are not there yet are made.' }),
    text: t.string({ description: 'The text.' }),
    url: t.string({ description: 'Where to fetch it from.' }),
    file: t.field({ type: 'File', description: 'A file with the text; the file itself is not kept.' }),
  }),
});

builder.queryFields((t) => ({
  content: t.field({
    type: Content,
    nullable: true,
    description: 'The content with this id.',
    args: { id: t.arg.id({ required: true, description: 'The id.' }) },
    resolve: (_root, { id }, context) => findContent(context, id),
  }),
  contents: t.field({
    type: ContentConnection,
    description: "The project's contents, newest first.",
    args: {
      ...forwardArgs,
      folder: t.arg.idList({ description: 'Those in any of these folders.' }),
      tags: t.arg.stringList({ description: 'Those with any of these tags, by name.' }),
    },
    resolve: async (_root, { folder, tags, ...page }, context) => ({
      page: await listContents(context, { folder, tags }, page),
      countAll: () => countContents(context, { folder, tags }),
    }),
  }),
}));

builder.mutationFields((t) => ({
  createContent: t.field({
    type: Content,
    errors: resultOrErrors,
    description: 'Makes a content of a text, a file or what a URL leads to; one that cannot be read is FAILED.',
    args: { input: t.arg({ type: ContentInput, required: true, description: 'The content.' }) },
    resolve: (_root, { input }, context) => createContent(context, input),
  }),
  updateContent: t.field({
    type: Content,
    errors: resultOrErrors,
    description: 'Changes what is given; a text, file or URL takes the place of the text.',
    args: {
      id: t.arg.id({ required: true, description: "The content's id." }),
      input: t.arg({ type: ContentInput, required: true, description: 'What to change.' }),
    },
    resolve: (_root, { id, input }, context) => updateContent(context, id, input),
  }),
  deleteContent: t.field({
    type: DeletedPayload,
    errors: resultOrErrors,
    description: 'Removes a content with its text.',
    args: { id: t.arg.id({ required: true, description: "The content's id." }) },
    resolve: (_root, { id }, context) => deleteContent(context, id),
  }),
}));
