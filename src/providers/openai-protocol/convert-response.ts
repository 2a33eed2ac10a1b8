import { z } from 'zod';
import { RunFailure } from '../../errors.ts';
import type { GenerateEvent, TokenUse } from '../provider.ts';
import { mapFinishReason } from './map-finish-reason.ts';

const usage = z
  .object({ prompt_tokens: z.number(), completion_tokens: z.number(), total_tokens: z.number().optional() })
  .nullish()
  .catch(null);

/** Text, or parts of it: some models send their thoughts as parts too, which are not of the answer. */
const content = z
  .union([
    z.string(),
    z
      .array(z.object({ type: z.string(), text: z.string().optional() }))
      .transform((parts) => parts.map(({ type, text = '' }) => (type === 'text' ? text : '')).join('')),
  ])
  .nullish();

/** What a model thinks before it answers; vendors have two names for it. */
const thought = z.string().nullish().catch(null);

const completion = z.object({
  choices: z
    .array(
      z.object({
        message: z.object({ content, refusal: z.string().nullish() }),
        finish_reason: z.string().nullish(),
      }),
    )
    .min(1),
  usage,
});

const completionChunk = z.object({
  choices: z
    .array(
      z.object({
        delta: z
          .object({ content, refusal: z.string().nullish(), reasoning: thought, reasoning_content: thought })
          .nullish(),
        finish_reason: z.string().nullish(),
      }),
    )
    .nullish(),
  usage,
});

/** What one chunk of a stream says. */
export interface ChunkContent {
  readonly text: string;
  /** Whether it has a part of what the model thinks. */
  readonly hasThought: boolean;
  /** Null until the answer is complete. */
  readonly finishReason: string | null;
  readonly tokenUse: TokenUse | null;
}

/** The events of an answer that came at once. Throws a RunFailure for one that is no chat completion. */
export function convertCompletion(
  body: unknown,
): [text: string, finish: Omit<Extract<GenerateEvent, { type: 'finish' }>, 'warnings'>] {
  const { data } = completion.safeParse(body);
  const choice = data?.choices[0];
  if (data === undefined || choice === undefined) {
    throw new RunFailure('provider_error', "The provider's answer is no chat completion");
  }
  const { content, refusal } = choice.message;
  return [
    content ?? refusal ?? '',
    { type: 'finish', reason: mapFinishReason(choice.finish_reason), tokenUse: convertUsage(data.usage) },
  ];
}

/** What a chunk of a stream says; null for one that says nothing that we know. */
export function convertChunk(body: unknown): ChunkContent | null {
  const { data } = completionChunk.safeParse(body);
  if (data === undefined) return null;
  const choice = data.choices?.[0];
  const delta = choice?.delta;
  return {
    text: delta?.content ?? delta?.refusal ?? '',
    hasThought: Boolean(delta?.reasoning ?? delta?.reasoning_content),
    finishReason: choice?.finish_reason ?? null,
    tokenUse: convertUsage(data.usage),
  };
}

function convertUsage(used: z.output<typeof usage>): TokenUse | null {
  if (used == null) return null;
  const { prompt_tokens: prompt, completion_tokens: result, total_tokens: total } = used;
  return { prompt, result, total: total ?? prompt + result };
}
