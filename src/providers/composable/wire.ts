import { z } from 'zod';
import { isJsonObject, type JsonObject, type JsonValue } from '../../json.ts';

/** What Composable says, as far as it is read. What is not as documented is passed over where the rest makes sense without. */

const jsonObject = z.custom<JsonObject>(isJsonObject);
const json = z.custom<JsonValue>((value) => value !== undefined);
const textList = z.array(z.string()).catch([]);

const promptReference = z.object({ template: z.object({ inputSchema: jsonObject.nullish().catch(null) }) });

export const interactionList = z.array(
  z.object({
    id: z.string(),
    name: z.string(),
    description: z.string().nullish().catch(null),
    status: z.enum(['draft', 'published', 'archived']),
    visibility: z.enum(['public', 'private']).catch('private'),
    version: z.int().min(0).catch(1),
    parent: z.string().nullish().catch(null),
    tags: textList,
    prompts: z.array(z.union([promptReference, z.unknown().transform(() => null)])).catch([]),
    result_schema: jsonObject.nullish().catch(null),
  }),
);
export type WireInteraction = z.output<typeof interactionList>[number];

export const createdRun = z.object({ id: z.string(), status: z.string().optional() });

const tokenUse = z.object({
  prompt: z.int().min(0),
  result: z.int().min(0).optional(),
  completion: z.int().min(0).optional(),
  total: z.int().min(0).optional(),
});

const role = z.enum(['safety', 'system', 'user', 'assistant']);

/** A run as its stream ends with it: all of it, or not more than how it ended. */
export const endedRun = z.object({
  status: z.string(),
  result: json.nullish(),
  modelId: z.string().optional().catch(undefined),
  token_use: tokenUse.nullish().catch(null),
  /** The document has a text. */
  prompt: z
    .union([
      z.array(z.object({ role, content: z.string() })),
      z.string().transform((content) => [{ role: 'user' as const, content }]),
    ])
    .optional()
    .catch(undefined),
  result_schema: jsonObject.nullish().catch(null),
  error: z
    .union([
      z.object({ code: z.string().optional().catch(undefined), message: z.string() }),
      z.string().transform((message) => ({ message, code: undefined })),
    ])
    .nullish()
    .catch(null),
  warnings: textList.optional(),
});
export type WireRun = z.output<typeof endedRun>;
