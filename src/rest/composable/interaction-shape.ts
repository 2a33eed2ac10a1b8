import { z } from 'zod';
import type { Context } from '../../context.ts';
import type { JsonObject } from '../../json.ts';
import { findOwnId, findOwnIds } from '../../resolvers/own-id.ts';
import type { InteractionRecord } from '../../store/interaction.ts';
import type { PromptRecord } from '../../store/prompt.ts';
import { dateTime, idOrRecord, jsonObject } from './field.ts';
import { convertPrompt, convertPromptReference, promptReferenceSchema, promptSchema } from './prompt-shape.ts';

const statusSchema = z.enum(['draft', 'published', 'archived']);
export const visibilitySchema = z.enum(['public', 'private']);
const cachePolicySchema = z.object({
  type: z.enum(['no_cache', 'cache', 'cache_and_refresh']),
  ttl: z.int().optional(),
  refresh_probability: z.number().optional(),
  varies_on: z.array(z.string()).optional(),
});

const segment = <T extends z.ZodType>(template: T) => z.object({ type: z.literal('template'), template });

/** An interaction in a list. */
export const interactionReferenceSchema = z
  .object({
    id: z.string(),
    name: z.string(),
    endpoint: z.string(),
    description: z.string().optional(),
    status: statusSchema,
    parent: z.string().optional().describe('Of a version: the draft.'),
    visibility: visibilitySchema,
    version: z.int(),
    tags: z.array(z.string()),
    prompts: z.array(segment(promptReferenceSchema)),
    updated_at: dateTime,
  })
  .meta({ id: 'ComposableInteractionReference' });

/** The same with its schemas. */
export const exportedInteractionSchema = interactionReferenceSchema
  .extend({
    result_schema: jsonObject.optional(),
    prompts: z.array(segment(promptReferenceSchema.extend({ inputSchema: jsonObject.optional() }))),
  })
  .meta({ id: 'ComposableExportedInteraction' });

export const interactionSchema = interactionReferenceSchema
  .extend({
    external_id: z.string().optional(),
    prompts: z.array(segment(z.union([z.string(), promptSchema]))),
    result_schema: jsonObject.optional(),
    test_data: jsonObject.optional(),
    environment: z.string().optional(),
    model: z.string().optional(),
    temperature: z.number().optional(),
    max_tokens: z.int().optional(),
    cache_policy: cachePolicySchema,
    project: z.string(),
    created_at: dateTime,
  })
  .meta({ id: 'ComposableInteraction' });

const fields = {
  external_id: z.string().nullish(),
  description: z.string().nullish(),
  status: statusSchema.optional().describe('Drafts are made and changed; publishing makes versions.'),
  visibility: visibilitySchema.nullish(),
  tags: z.array(z.string()).nullish(),
  environment: idOrRecord.nullish(),
  model: z.string().nullish(),
  temperature: z.number().nullish(),
  max_tokens: z.int().nullish(),
  prompts: z.array(segment(idOrRecord), 'must be a list of { type, template }').nullish(),
  result_schema: jsonObject.nullish(),
  test_data: jsonObject.nullish(),
  cache_policy: cachePolicySchema.nullish(),
};

export const interactionPayload = z.object({ name: z.string(), ...fields });
export const interactionChanges = z.object({ name: z.string().optional(), ...fields });

const idOf = (reference: string | { readonly id: string }) =>
  typeof reference === 'string' ? reference : reference.id;

/** A payload as the resolvers take it; what is not given is undefined. */
export async function convertInteractionPayload(context: Context, payload: z.output<typeof interactionChanges>) {
  const { name, description, visibility, tags, environment, model, prompts, cache_policy: cache, ...others } = payload;
  // The clients' forms send an empty text where nothing is chosen.
  const chosen = environment === '' ? null : environment;
  return {
    name,
    description,
    visibility,
    tags,
    model: model === '' ? null : model,
    temperature: others.temperature,
    externalId: others.external_id,
    maxTokens: others.max_tokens,
    resultSchema: others.result_schema,
    testData: others.test_data,
    environmentId: chosen == null ? chosen : await findOwnId(context, 'environments', idOf(chosen)),
    promptIds:
      prompts == null
        ? prompts
        : await findOwnIds(
            context,
            'prompts',
            prompts.map(({ template }) => idOf(template)),
          ),
    cachePolicy: cache == null ? cache : cache.type,
    // They have a number for none.
    ttlSeconds: cache == null ? cache : cache.ttl || null,
  };
}

/** `prompts` are those of the interaction, in its order. */
export function convertInteractionReference(
  interaction: InteractionRecord,
  prompts: readonly PromptRecord[],
): z.input<typeof interactionReferenceSchema> {
  const { id, name, endpoint, description, status, draft, visibility, version, tags } = interaction;
  return {
    id,
    name,
    endpoint,
    ...(description !== null && { description }),
    status,
    ...(draft !== null && { parent: draft }),
    visibility,
    version,
    tags: [...tags],
    prompts: prompts.map((prompt) => ({ type: 'template', template: convertPromptReference(prompt) })),
    updated_at: interaction.updatedAt.toISOString(),
  };
}

export function convertExportedInteraction(
  interaction: InteractionRecord,
  prompts: readonly PromptRecord[],
): z.input<typeof exportedInteractionSchema> {
  const { resultSchema } = interaction;
  return {
    ...convertInteractionReference(interaction, prompts),
    ...(resultSchema !== null && { result_schema: resultSchema }),
    prompts: prompts.map((prompt) => ({
      type: 'template',
      template: {
        ...convertPromptReference(prompt),
        ...(prompt.inputSchema !== null && { inputSchema: prompt.inputSchema }),
      },
    })),
  };
}

/** With `prompts`, these instead of their ids. */
export function convertInteraction(
  interaction: InteractionRecord,
  prompts: readonly PromptRecord[] | null,
): z.input<typeof interactionSchema> {
  const { externalId, resultSchema, testData, environment, model, temperature, maxTokens, ttlSeconds } = interaction;
  const templates = prompts === null ? interaction.prompts : prompts.map(convertPrompt);
  return {
    ...convertInteractionReference(interaction, []),
    ...(externalId !== null && { external_id: externalId }),
    prompts: templates.map((template) => ({ type: 'template', template })),
    ...(resultSchema !== null && { result_schema: resultSchema }),
    ...(testData !== null && { test_data: testData satisfies JsonObject }),
    ...(environment !== null && { environment }),
    ...(model !== null && { model }),
    ...(temperature !== null && { temperature }),
    ...(maxTokens !== null && { max_tokens: maxTokens }),
    cache_policy: { type: interaction.cachePolicy, ttl: ttlSeconds ?? 0, refresh_probability: 0, varies_on: [] },
    project: interaction.project,
    created_at: interaction.createdAt.toISOString(),
  };
}
