import type { Message } from '../domain.ts';
import { previewPrompt } from '../resolvers/execute.ts';
import {
  countPrompts,
  countVersionsOfPrompt,
  createPrompt,
  deletePrompt,
  findPrompt,
  forkPrompt,
  listPrompts,
  listVersionsOfPrompt,
  renderPrompt,
  updatePrompt,
} from '../resolvers/prompt.ts';
import { builder } from './builder.ts';
import { forwardArgs, pageArgs } from './connection.ts';
import { resultOrErrors } from './errors.ts';
import { Node } from './node.ts';
import { DeletedPayload } from './payload.ts';
import { Prompt, PromptConnection } from './refs.ts';

export const PromptRoleType = builder.enumType('PromptRole', {
  description: 'Who speaks in a message to a model.',
  values: {
    SAFETY: {
      value: 'safety',
      description: 'The rules that stand above all others; models get it as a system message.',
    },
    SYSTEM: { value: 'system', description: 'The instructions.' },
    USER: { value: 'user', description: 'The question.' },
    ASSISTANT: { value: 'assistant', description: 'An answer that the model shall take for its own.' },
  } as const,
});

const PromptContentTypeType = builder.enumType('PromptContentType', {
  description: 'How a template is written.',
  values: {
    TEXT: { value: 'text', description: 'It is sent as it is.' },
    LIQUID: { value: 'liquid', description: 'Liquid: {{ name }}, {% if %}, {% for %}.' },
    HANDLEBARS: {
      value: 'handlebars',
      description: 'Handlebars: {{name}}, {{#if}}, {{#unless}}, {{#each}}; no helpers.',
    },
    JS: {
      value: 'js',
      description: 'A body of JavaScript that returns one template literal. It is translated, never evaluated.',
    },
  } as const,
});

export const PromptMessage = builder.objectRef<Message>('PromptMessage').implement({
  description: 'One message to a model.',
  fields: (t) => ({
    role: t.expose('role', { type: PromptRoleType, description: 'Who speaks.' }),
    content: t.exposeString('content', { description: 'What is said.' }),
  }),
});

Prompt.implement({
  description: 'A template with a role. Published interactions keep copies of theirs, which never change.',
  interfaces: [Node],
  fields: (t) => ({
    externalId: t.exposeString('externalId', { nullable: true, description: 'The id that it has elsewhere.' }),
    name: t.exposeString('name', { description: 'What it is called.' }),
    role: t.expose('role', { type: PromptRoleType, description: 'Who speaks.' }),
    contentType: t.expose('contentType', { type: PromptContentTypeType, description: 'How the template is written.' }),
    content: t.exposeString('content', { description: 'The template.' }),
    inputSchema: t.expose('inputSchema', {
      type: 'JSONObject',
      nullable: true,
      description: 'JSON Schema of the data that the template takes.',
    }),
    version: t.exposeInt('version', { description: 'Its number; of a prompt that can be edited, the next one.' }),
    versions: t.field({
      type: PromptConnection,
      description: 'The copies that published interactions use, newest first.',
      args: forwardArgs,
      resolve: async (prompt, page, context) => ({
        page: await listVersionsOfPrompt(context, prompt, page),
        countAll: () => countVersionsOfPrompt(context, prompt),
      }),
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was made.' }),
    updatedAt: t.expose('updatedAt', { type: 'DateTime', description: 'When it was last changed.' }),
  }),
});

const PromptPreview = builder.objectRef<{ messages: Message[]; tokens: number }>('PromptPreview').implement({
  description: 'What an execution would send to the model.',
  fields: (t) => ({
    messages: t.expose('messages', { type: [PromptMessage], description: 'The messages.' }),
    tokens: t.exposeInt('tokens', {
      description: 'Their size in tokens, by the encoding o200k_base: near enough for most models.',
    }),
  }),
});

const PromptInput = builder.inputType('PromptInput', {
  description: 'A prompt to be made, or what of it to change.',
  fields: (t) => ({
    externalId: t.string({ description: 'The id that it has elsewhere, unique in the project.' }),
    name: t.string({ description: 'What it is called; required when it is made.' }),
    role: t.field({ type: PromptRoleType, description: 'Who speaks; USER unless given.' }),
    contentType: t.field({
      type: PromptContentTypeType,
      description: 'How the template is written; LIQUID unless given.',
    }),
    content: t.string({ description: 'The template; required when it is made.' }),
    inputSchema: t.field({ type: 'JSONObject', description: 'JSON Schema of the data that the template takes.' }),
  }),
});

builder.queryFields((t) => ({
  prompt: t.field({
    type: Prompt,
    nullable: true,
    description: 'The prompt with this id.',
    args: { id: t.arg.id({ required: true, description: 'The id.' }) },
    resolve: (_root, { id }, context) => findPrompt(context, id),
  }),
  prompts: t.field({
    type: PromptConnection,
    description: "The project's prompts that can be edited, newest first.",
    args: pageArgs,
    resolve: async (_root, page, context) => ({
      page: await listPrompts(context, page),
      countAll: () => countPrompts(context),
    }),
  }),
  renderPrompt: t.field({
    type: PromptMessage,
    description: 'The message that one prompt makes of some data; nothing is executed.',
    args: {
      id: t.arg.id({ required: true, description: "The prompt's id." }),
      data: t.arg({ type: 'JSONObject', description: 'The data.' }),
    },
    resolve: (_root, { id, data }, context) => renderPrompt(context, id, data ?? {}),
  }),
  previewPrompt: t.field({
    type: PromptPreview,
    description: 'The messages that the data would make, and their size in tokens; nothing is executed.',
    args: {
      interactionId: t.arg.id({ description: "The interaction's id; or give the specifier." }),
      specifier: t.arg.string({ description: 'Name, Name@draft, Name@3 or Name@tag.' }),
      data: t.arg({ type: 'JSONObject', description: 'The data.' }),
    },
    resolve: (_root, input, context) => previewPrompt(context, input),
  }),
}));

builder.mutationFields((t) => ({
  createPrompt: t.field({
    type: Prompt,
    errors: resultOrErrors,
    description: 'Makes a prompt.',
    args: { input: t.arg({ type: PromptInput, required: true, description: 'The prompt.' }) },
    resolve: (_root, { input }, context) => createPrompt(context, input),
  }),
  updatePrompt: t.field({
    type: Prompt,
    errors: resultOrErrors,
    description: 'Changes what is given. Published interactions keep the prompt as it was.',
    args: {
      id: t.arg.id({ required: true, description: "The prompt's id." }),
      input: t.arg({ type: PromptInput, required: true, description: 'What to change.' }),
    },
    resolve: (_root, { id, input }, context) => updatePrompt(context, id, input),
  }),
  forkPrompt: t.field({
    type: Prompt,
    errors: resultOrErrors,
    description: 'Makes a prompt that begins as a copy.',
    args: {
      id: t.arg.id({ required: true, description: "The prompt's id." }),
      name: t.arg.string({ description: 'What the copy is called.' }),
    },
    resolve: (_root, { id, ...input }, context) => forkPrompt(context, id, input),
  }),
  deletePrompt: t.field({
    type: DeletedPayload,
    errors: resultOrErrors,
    description: 'Removes a prompt that no interaction uses.',
    args: { id: t.arg.id({ required: true, description: "The prompt's id." }) },
    resolve: (_root, { id }, context) => deletePrompt(context, id),
  }),
}));
