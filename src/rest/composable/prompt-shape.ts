import { z } from 'zod';
import type { PromptRecord } from '../../store/prompt.ts';
import { dateTime, jsonObject } from './field.ts';

export const roleSchema = z.enum(['safety', 'system', 'user', 'assistant']);

const contentTypes = ['text', 'handlebars', 'jst'] as const;

/** A prompt where another thing refers to it. */
export const promptReferenceSchema = z
  .object({
    id: z.string(),
    name: z.string(),
    role: roleSchema,
    version: z.int(),
    status: z.enum(['draft', 'published']),
    content_type: z.enum(contentTypes),
  })
  .meta({ id: 'ComposablePromptReference' });

export const promptSchema = promptReferenceSchema
  .extend({
    external_id: z.string().optional(),
    parent: z.string().optional().describe('Of a published copy: the draft.'),
    content: z.string(),
    inputSchema: jsonObject.optional(),
    project: z.string(),
    created_at: dateTime,
    updated_at: dateTime,
  })
  .meta({ id: 'ComposablePrompt' });

const fields = {
  external_id: z.string().nullish(),
  role: roleSchema.nullish(),
  content_type: z
    .enum([...contentTypes, 'js', 'liquid'])
    .nullish()
    .describe('text: {{ name }} and Liquid render; jst, js: one template literal, which is translated.'),
  inputSchema: jsonObject.nullish(),
};

export const promptPayload = z.object({ name: z.string(), content: z.string(), ...fields });
export const promptChanges = z.object({ name: z.string().optional(), content: z.string().optional(), ...fields });

/** A payload as the resolvers take it. */
export function convertPromptPayload(payload: z.output<typeof promptChanges>) {
  const { external_id: externalId, content_type: type, name, content, role, inputSchema } = payload;
  return { name, content, role, inputSchema, externalId, contentType: convertToContentType(type) };
}

/** To their clients text has variables, which is what we call Liquid. Without any it renders as it is. */
function convertToContentType(type: z.output<typeof fields.content_type>) {
  if (type === 'text') return 'liquid';
  return type === 'jst' ? 'js' : type;
}

function convertContentType(type: PromptRecord['contentType']): (typeof contentTypes)[number] {
  if (type === 'js') return 'jst';
  return type === 'handlebars' ? 'handlebars' : 'text';
}

export function convertPromptReference(prompt: PromptRecord): z.input<typeof promptReferenceSchema> {
  const { id, name, role, version, draft, contentType } = prompt;
  const status = draft === null ? 'draft' : 'published';
  return { id, name, role, version, status, content_type: convertContentType(contentType) };
}

export function convertPrompt(prompt: PromptRecord): z.input<typeof promptSchema> {
  const { externalId, draft, content, inputSchema, project } = prompt;
  return {
    ...convertPromptReference(prompt),
    ...(externalId !== null && { external_id: externalId }),
    ...(draft !== null && { parent: draft }),
    content,
    ...(inputSchema !== null && { inputSchema }),
    project,
    created_at: prompt.createdAt.toISOString(),
    updated_at: prompt.updatedAt.toISOString(),
  };
}
