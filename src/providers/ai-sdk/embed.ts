import type { EmbeddingModelV4 } from '@ai-sdk/provider';
import { RunFailure } from '../../errors.ts';
import type { Embeddings } from '../provider.ts';

/** What is needed of a model of the AI SDK that embeds. */
export type Embedder = Pick<EmbeddingModelV4, 'maxEmbeddingsPerCall' | 'doEmbed'>;

/** Some vendors take one text a call: then this many calls are made at the same time. */
const parallelCalls = 8;

/** The vectors of the texts, in as many calls as the model needs. Throws what the calls throw, and a RunFailure for too few vectors. */
export async function embedWith(
  embedder: Embedder,
  model: string,
  texts: readonly string[],
  abortSignal: AbortSignal,
): Promise<Embeddings> {
  const size = (await embedder.maxEmbeddingsPerCall) ?? texts.length;
  const batches = split(texts, size);
  const results: Awaited<ReturnType<Embedder['doEmbed']>>[] = [];
  for (const group of split(batches, parallelCalls)) {
    results.push(...(await Promise.all(group.map((values) => embedder.doEmbed({ values, abortSignal })))));
  }
  const vectors = results.flatMap(({ embeddings }) => embeddings);
  if (vectors.length !== texts.length) {
    throw new RunFailure('provider_error', "The provider's answer is no list of one embedding for each text");
  }
  const tokens = results.reduce((sum, { usage }) => sum + (usage?.tokens ?? Number.NaN), 0);
  return { model, vectors, tokens: Number.isFinite(tokens) ? tokens : null };
}

function split<T>(members: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(members.length / size) }, (_, index) =>
    members.slice(index * size, (index + 1) * size),
  );
}
