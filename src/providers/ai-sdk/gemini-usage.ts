import { z } from 'zod';
import type { TokenUse } from '../provider.ts';

const chunkWithUsage = z.object({
  usageMetadata: z.object({
    promptTokenCount: z.number().nullish(),
    toolUsePromptTokenCount: z.number().nullish(),
    candidatesTokenCount: z.number().nullish(),
    thoughtsTokenCount: z.number().nullish(),
  }),
});

/** Gemini counts in every chunk, thoughts too; both of its APIs do. Null for a chunk without a count. */
export function readGeminiUsage(chunk: unknown): TokenUse | null {
  const { data } = chunkWithUsage.safeParse(chunk);
  if (data === undefined) return null;
  const { promptTokenCount, toolUsePromptTokenCount, candidatesTokenCount, thoughtsTokenCount } = data.usageMetadata;
  const prompt = (promptTokenCount ?? 0) + (toolUsePromptTokenCount ?? 0);
  const result = (candidatesTokenCount ?? 0) + (thoughtsTokenCount ?? 0);
  return { prompt, result, total: prompt + result };
}
