import { z } from 'zod';
import type { Embeddings } from '../../providers/provider.ts';

/** One text, as older clients send it, or several, as newer ones do. */
export const embeddingsPayload = z.object({
  content: z.string().optional(),
  text: z.string().optional(),
  inputs: z.array(z.object({ type: z.literal('text'), text: z.string() })).optional(),
  model: z.string().nullish(),
});

export const embeddingSchema = z.object({
  values: z.array(z.number()),
  model: z.string(),
  token_count: z.int().optional(),
});

export const embeddingListSchema = z.object({
  results: z.array(
    z.object({ outputs: z.array(z.object({ values: z.array(z.number()), modality: z.literal('text') })) }),
  ),
  model: z.string(),
  usage: z.object({ input_tokens: z.int() }).optional(),
});

type Answer = z.input<typeof embeddingSchema> | z.input<typeof embeddingListSchema>;

export function convertEmbeddings({ model, vectors, tokens }: Embeddings, isList: boolean): Answer {
  if (isList) {
    const results = vectors.map((values) => ({ outputs: [{ values: [...values], modality: 'text' as const }] }));
    return { results, model, ...(tokens !== null && { usage: { input_tokens: tokens } }) };
  }
  return { values: [...(vectors[0] ?? [])], model, ...(tokens !== null && { token_count: tokens }) };
}
