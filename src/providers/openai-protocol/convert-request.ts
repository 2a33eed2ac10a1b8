import type { JsonObject } from '../../json.ts';
import type { GenerateRequest, Message, MessageRole } from '../provider.ts';

/** The body of `POST /chat/completions`. */
export type ChatRequest = JsonObject;

const roles: Readonly<Record<MessageRole, string>> = {
  safety: 'system',
  system: 'system',
  user: 'user',
  assistant: 'assistant',
};

/** Options never change what the engine itself says. */
const ownKeys = new Set(['model', 'messages', 'stream', 'stream_options', 'response_format']);

/** A request in OpenAI's words; what is not set is not sent. */
export function convertRequest({ model, messages, settings, resultSchema }: GenerateRequest): ChatRequest {
  const { temperature, maxTokens, topP, stop, seed, options } = settings;
  return {
    ...Object.fromEntries(Object.entries(options ?? {}).filter(([key]) => !ownKeys.has(key))),
    model,
    messages: messages.map(convertMessage),
    ...(temperature !== null && { temperature }),
    ...(maxTokens !== null && { max_tokens: maxTokens }),
    ...(topP !== null && { top_p: topP }),
    ...(stop !== null && { stop }),
    ...(seed !== null && { seed }),
    ...(resultSchema !== null && {
      // Not strict: that takes a part of JSON Schema only, and the engine validates the answer itself.
      response_format: { type: 'json_schema', json_schema: { name: 'result', schema: resultSchema, strict: false } },
    }),
    stream: true,
    stream_options: { include_usage: true },
  };
}

function convertMessage({ role, content, images = [] }: Message): JsonObject {
  if (images.length === 0) return { role: roles[role], content };
  const parts = images.map(({ mediaType, data }) => ({
    type: 'image_url',
    image_url: { url: `data:${mediaType};base64,${data}` },
  }));
  return { role: 'user', content: [{ type: 'text', text: content }, ...parts] };
}
