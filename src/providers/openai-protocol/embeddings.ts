import { z } from 'zod';
import { RunFailure } from '../../errors.ts';
import type { Embeddings, EmbedRequest } from '../provider.ts';
import { readAs } from '../upstream-answer.ts';

/** As the protocol has it. */
export interface EmbeddingsRequest {
  readonly model: string;
  readonly input: readonly string[];
  readonly encoding_format: 'float';
}

const embeddingList = z.object({
  data: z.array(z.object({ index: z.int(), embedding: z.array(z.number()) })),
  model: z.string().optional(),
  usage: z.object({ prompt_tokens: z.int() }).nullish(),
});

/** Throws a RunFailure where neither the request nor the vendor names a model. */
export function convertEmbedRequest({ model, texts }: EmbedRequest, defaultModel: string | null): EmbeddingsRequest {
  const chosen = model ?? defaultModel;
  if (chosen === null) throw new RunFailure('invalid_request', 'Which model makes the embeddings must be said');
  return { model: chosen, input: texts, encoding_format: 'float' };
}

/** The vectors in the order of the texts. Throws a RunFailure where they are not one for each. */
export function readEmbeddings(answer: unknown, { model, input }: EmbeddingsRequest): Embeddings {
  const what = 'list of one embedding for each text';
  const { data, model: called, usage } = readAs(embeddingList, answer, what);
  if (data.length !== input.length) throw new RunFailure('provider_error', `The provider's answer is no ${what}`);
  const vectors = data.toSorted((one, other) => one.index - other.index).map(({ embedding }) => embedding);
  return { model: called ?? model, vectors, tokens: usage?.prompt_tokens ?? null };
}
