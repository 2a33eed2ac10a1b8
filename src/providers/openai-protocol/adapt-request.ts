import { isJsonObject, type JsonObject } from '../../json.ts';
import { askedInWords, askForJson } from '../schema-in-words.ts';
import type { UpstreamProblem } from '../upstream-problem.ts';
import type { ChatRequest } from './convert-request.ts';

export interface AdaptedRequest {
  readonly request: ChatRequest;
  /** What the caller does not get; null where nothing is lost. */
  readonly warning: string | null;
}

/** Settings that some models refuse, and what is sent instead. */
const adaptations: Readonly<Record<string, (request: ChatRequest) => AdaptedRequest>> = {
  temperature: (request) => ({
    request: omit(request, 'temperature'),
    warning: 'The model refuses a temperature; it was left out.',
  }),
  top_p: (request) => ({ request: omit(request, 'top_p'), warning: 'The model refuses topP; it was left out.' }),
  stop: (request) => ({ request: omit(request, 'stop'), warning: 'The model refuses stop; it was left out.' }),
  seed: (request) => ({ request: omit(request, 'seed'), warning: 'The model refuses a seed; it was left out.' }),
  // Newer models of OpenAI know the same limit by another name only.
  max_tokens: (request) => ({
    request: { ...omit(request, 'max_tokens'), max_completion_tokens: request.max_tokens ?? null },
    warning: null,
  }),
  response_format: (request) => ({
    request: { ...omit(request, 'response_format'), messages: [describeFormat(request), ...readMessages(request)] },
    warning: askedInWords,
  }),
  stream_options: (request) => ({ request: omit(request, 'stream_options'), warning: null }),
  stream: (request) => ({ request: omit(omit(request, 'stream'), 'stream_options'), warning: null }),
};

/** What else a refusal may call a setting. */
const otherNames: Readonly<Record<string, string>> = {
  response_format: 'response_format(\\.type)?|json_schema|response format',
  // `stop` alone is too common a word of messages.
  stop: 'stop(?=[\'`"]|$)',
};

/** The request without the setting that a refusal is about; null where it is about something else. */
export function adaptRequest(request: ChatRequest, { status, param, message }: UpstreamProblem): AdaptedRequest | null {
  if (status !== 400 && status !== 422) return null;
  // Whole words: `stream` is neither `stream_options` nor `upstream`.
  const isAbout = (setting: string) => new RegExp(`\\b(${otherNames[setting] ?? setting})\\b`).test(param ?? message);
  const name = Object.keys(adaptations).find((setting) => setting in request && isAbout(setting));
  return name === undefined ? null : (adaptations[name]?.(request) ?? null);
}

function omit(request: ChatRequest, key: string): ChatRequest {
  return Object.fromEntries(Object.entries(request).filter(([name]) => name !== key));
}

function describeFormat({ response_format: format }: ChatRequest): JsonObject {
  const described = isJsonObject(format) && isJsonObject(format.json_schema) ? format.json_schema.schema : {};
  return { role: 'system', content: askForJson(described ?? {}) };
}

function readMessages({ messages }: ChatRequest): readonly JsonObject[] {
  return Array.isArray(messages) ? messages : [];
}
