import { createTag, deleteTag, listTags, updateTag } from '../resolvers/content-tag.ts';
import { createFolder, deleteFolder, listFolders, updateFolder } from '../resolvers/folder.ts';
import { builder } from './builder.ts';
import { resultOrErrors } from './errors.ts';
import { Node } from './node.ts';
import { DeletedPayload } from './payload.ts';
import { Folder, Tag } from './refs.ts';

Folder.implement({
  description: 'Where contents lie; steps of flows read by folders.',
  interfaces: [Node],
  fields: (t) => ({
    name: t.exposeString('name', { description: 'What it is called, alone in the project.' }),
    description: t.exposeString('description', { nullable: true, description: 'What is in it.' }),
    contentsCount: t.int({
      description: 'How many contents lie in it.',
      resolve: ({ id }, _args, { loaders }) => loaders.contentsCountOfFolder.load(id),
    }),
  }),
});

Tag.implement({
  description: 'What contents bear; steps of flows read by tags.',
  interfaces: [Node],
  fields: (t) => ({
    name: t.exposeString('name', { description: 'What it is called, alone in the project.' }),
    contentsCount: t.int({
      description: 'How many contents bear it.',
      resolve: ({ id }, _args, { loaders }) => loaders.contentsCountOfTag.load(id),
    }),
  }),
});

const FolderInput = builder.inputType('FolderInput', {
  description: 'A folder to be made, or what of it to change; null clears.',
  fields: (t) => ({
    name: t.string({ description: 'What it is called, alone in the project; required when it is made.' }),
    description: t.string({ description: 'What is in it.' }),
  }),
});

const TagInput = builder.inputType('TagInput', {
  description: 'A tag to be made, or its new name.',
  fields: (t) => ({ name: t.string({ description: 'What it is called, alone in the project, without commas.' }) }),
});

builder.queryFields((t) => ({
  folders: t.field({
    type: [Folder],
    description: "The project's folders, by name.",
    resolve: (_root, _args, context) => listFolders(context),
  }),
  tags: t.field({
    type: [Tag],
    description: 'The tags of contents, by name.',
    resolve: (_root, _args, context) => listTags(context),
  }),
}));

builder.mutationFields((t) => ({
  createFolder: t.field({
    type: Folder,
    errors: resultOrErrors,
    description: 'Makes a folder.',
    args: { input: t.arg({ type: FolderInput, required: true, description: 'The folder.' }) },
    resolve: (_root, { input }, context) => createFolder(context, input),
  }),
  updateFolder: t.field({
    type: Folder,
    errors: resultOrErrors,
    description: 'Changes what is given.',
    args: {
      id: t.arg.id({ required: true, description: "The folder's id." }),
      input: t.arg({ type: FolderInput, required: true, description: 'What to change.' }),
    },
    resolve: (_root, { id, input }, context) => updateFolder(context, id, input),
  }),
  deleteFolder: t.field({
    type: DeletedPayload,
    errors: resultOrErrors,
    description: 'Removes a folder that has no contents and that no flow reads.',
    args: { id: t.arg.id({ required: true, description: "The folder's id." }) },
    resolve: (_root, { id }, context) => deleteFolder(context, id),
  }),
  createTag: t.field({
    type: Tag,
    errors: resultOrErrors,
    description: 'Makes a tag; contents make those that they name and are not there, too.',
    args: { input: t.arg({ type: TagInput, required: true, description: 'The tag.' }) },
    resolve: (_root, { input }, context) => createTag(context, input),
  }),
  updateTag: t.field({
    type: Tag,
    errors: resultOrErrors,
    description: 'Gives a tag another name, on all that bears it.',
    args: {
      id: t.arg.id({ required: true, description: "The tag's id." }),
      input: t.arg({ type: TagInput, required: true, description: 'What to change.' }),
    },
    resolve: (_root, { id, input }, context) => updateTag(context, id, input),
  }),
  deleteTag: t.field({
    type: DeletedPayload,
    errors: resultOrErrors,
    description: 'Removes a tag by which no flow reads; contents lose it.',
    args: { id: t.arg.id({ required: true, description: "The tag's id." }) },
    resolve: (_root, { id }, context) => deleteTag(context, id),
  }),
}));
