import type { JsonValue } from '../json.ts';
import type { GenerateRequest } from './provider.ts';

/** What a model is told that takes no JSON Schema for its answer. */
export function askForJson(schema: JsonValue): string {
  return `Answer with JSON only, which fits this JSON Schema, and without any other text:\n${JSON.stringify(schema)}`;
}

/** The warning that goes with it. */
export const askedInWords = 'The model takes no JSON Schema for its answer; it was asked for in words.';

/** A request whose schema is in its messages. */
export function putSchemaInWords(request: GenerateRequest): GenerateRequest {
  const { resultSchema, messages } = request;
  if (resultSchema === null) return request;
  return {
    ...request,
    resultSchema: null,
    messages: [{ role: 'system', content: askForJson(resultSchema) }, ...messages],
  };
}
