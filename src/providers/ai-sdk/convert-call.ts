import type { JSONSchema7, LanguageModelV4CallOptions, LanguageModelV4Message } from '@ai-sdk/provider';
import type { GenerateRequest, Message } from '../provider.ts';

/** A request as the AI SDK's models take it; what is not set is not there. */
export function convertCall(
  { messages, settings, resultSchema }: GenerateRequest,
  abortSignal: AbortSignal,
): LanguageModelV4CallOptions {
  const { temperature, maxTokens, topP, stop, seed } = settings;
  return {
    prompt: convertMessages(messages),
    ...(temperature !== null && { temperature }),
    ...(maxTokens !== null && { maxOutputTokens: maxTokens }),
    ...(topP !== null && { topP }),
    ...(stop !== null && { stopSequences: [...stop] }),
    ...(seed !== null && { seed }),
    ...(resultSchema !== null && {
      // A JSON Schema is what the store keeps; the type only names its keywords.
      responseFormat: { type: 'json', schema: resultSchema as JSONSchema7, name: 'result' },
    }),
    abortSignal,
    // They are signs of life, and count tokens before the end.
    includeRawChunks: true,
  };
}

/**
 * These vendors take what is said to the model in general apart from the conversation, and want a conversation: where all
 * prompts are general, the last of them is asked.
 */
function convertMessages(messages: readonly Message[]): LanguageModelV4Message[] {
  const isGeneral = ({ role, images = [] }: Message) => images.length === 0 && (role === 'safety' || role === 'system');
  const general = messages.filter(isGeneral);
  const conversation = messages.filter((message) => !isGeneral(message));
  const question = conversation.length === 0 ? general.pop() : undefined;
  return [
    ...general.map(({ content }) => ({ role: 'system' as const, content })),
    ...(question === undefined ? [] : [say(question)]),
    ...conversation.map(say),
  ];
}

function say({ role, content, images = [] }: Message): LanguageModelV4Message {
  const text = { type: 'text' as const, text: content };
  if (role === 'assistant' && images.length === 0) return { role, content: [text] };
  const files = images.map(({ mediaType, data }) => ({
    type: 'file' as const,
    mediaType,
    data: { type: 'data' as const, data },
  }));
  return { role: 'user', content: [text, ...files] };
}
