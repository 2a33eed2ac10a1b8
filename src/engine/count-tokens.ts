import type { Message } from '../domain.ts';

/** What a chat adds to each message, and once for the answer: the rule that OpenAI published for its chat models. */
const tokensPerMessage = 3;
const tokensPerAnswer = 3;

/**
 * The size of some messages in tokens, by the o200k_base encoding. Exact for models that use it, near enough elsewhere.
 * The encoding's table is large and loaded when it is first needed.
 */
export async function countTokens(messages: readonly Message[]): Promise<number> {
  const { countTokens: count } = await import('gpt-tokenizer/encoding/o200k_base');
  if (messages.length === 0) return 0;
  return messages.reduce((sum, { content }) => sum + count(content) + tokensPerMessage, tokensPerAnswer);
}
