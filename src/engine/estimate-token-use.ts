import type { Message, TokenUse } from '../domain.ts';

/** English has four letters a token, Chinese about one character, which has three bytes: near enough for both. */
const bytesPerToken = 4;

/**
 * The tokens of an answer that broke off, for vendors count at the end. What was counted so far holds, where it is more than what
 * the size of the texts says. Images are not in it.
 */
export function estimateTokenUse(messages: readonly Message[], text: string, counted: TokenUse | null): TokenUse {
  const promptBytes = messages.reduce((sum, { content }) => sum + Buffer.byteLength(content), 0);
  const prompt = counted?.prompt ?? Math.ceil(promptBytes / bytesPerToken);
  const result = Math.max(counted?.result ?? 0, Math.ceil(Buffer.byteLength(text) / bytesPerToken));
  return { prompt, result, total: prompt + result };
}
