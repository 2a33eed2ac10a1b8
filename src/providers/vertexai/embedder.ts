import { z } from 'zod';
import type { Embedder } from '../ai-sdk/create-sdk-provider.ts';
import { parseJson, readAs } from '../upstream-answer.ts';

const predictions = z.object({
  predictions: z.array(
    z.object({
      embeddings: z.object({
        values: z.array(z.number()),
        statistics: z.object({ token_count: z.number() }).nullish().catch(null),
      }),
    }),
  ),
});

/** Vertex AI embeds by another method than the Gemini API: `predict`, which the Gemini models take one text at a time for. */
export function createEmbedder(modelUrl: string, model: string, fetch: typeof globalThis.fetch): Embedder {
  return {
    maxEmbeddingsPerCall: model.startsWith('gemini') ? 1 : 100,
    async doEmbed({ values }) {
      const body = JSON.stringify({ instances: values.map((content) => ({ content })) });
      const headers = { 'content-type': 'application/json', accept: 'application/json' };
      const response = await fetch(`${modelUrl}:predict`, { method: 'POST', headers, body });
      const answer = readAs(predictions, parseJson(await response.text()), 'list of embeddings').predictions;
      const counts = answer.map(({ embeddings }) => embeddings.statistics?.token_count);
      const tokens = counts.reduce<number>((sum, count) => sum + (count ?? Number.NaN), 0);
      return { embeddings: answer.map(({ embeddings }) => embeddings.values), usage: { tokens }, warnings: [] };
    },
  };
}
