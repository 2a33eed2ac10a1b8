import { RunFailure } from '../../errors.ts';
import type { JsonObject, JsonValue } from '../../json.ts';
import type { GenerateRequest, Message } from '../provider.ts';
import { askedInWords, putSchemaInWords } from '../schema-in-words.ts';

export interface ConvertedInput {
  readonly input: JsonObject;
  readonly warnings: readonly string[];
}

/** What models call a setting; the first name that a model has is used. */
const settingNames = {
  temperature: ['temperature'],
  maxTokens: ['max_tokens', 'max_completion_tokens', 'max_output_tokens', 'max_new_tokens'],
  topP: ['top_p'],
  stop: ['stop_sequences', 'stop'],
  seed: ['seed'],
} as const;

/** What models call the images that they read: all of them, or one. */
const listNames = ['images', 'image_input'];
const singleName = 'image';

/**
 * A request as the input of a model, each of which has fields of its own. `fields` are their names; null where the model does
 * not say, and the most common ones are sent. Throws a RunFailure for images that the model does not read.
 */
export function convertInput(request: GenerateRequest, fields: ReadonlySet<string> | null): ConvertedInput {
  const { messages, settings, resultSchema } = putSchemaInWords(request);
  const has = (name: string) => fields === null || fields.has(name);
  const warnings = resultSchema === request.resultSchema ? [] : [askedInWords];
  const input: Record<string, JsonValue> = { ...settings.options };

  const general = messages.filter(isGeneral).map(({ content }) => content);
  const conversation = messages.filter((message) => !isGeneral(message));
  if (has('system_prompt') && conversation.length > 0) {
    if (general.length > 0) input.system_prompt = general.join('\n\n');
    input.prompt = writeConversation(conversation);
  } else {
    input.prompt = [...general, writeConversation(conversation)].filter((text) => text !== '').join('\n\n');
  }

  const values: Readonly<Record<keyof typeof settingNames, JsonValue>> = {
    temperature: settings.temperature,
    maxTokens: settings.maxTokens,
    topP: settings.topP,
    stop: settings.stop?.join(',') ?? null,
    seed: settings.seed,
  };
  for (const [setting, names] of Object.entries(settingNames)) {
    // The keys of both are the same.
    const value = values[setting as keyof typeof settingNames];
    if (value === null) continue;
    const name = names.find(has);
    if (name === undefined) warnings.push(`The model has no setting ${setting}; it was left out.`);
    else input[name] = value;
  }
  return { input: { ...input, ...convertImages(messages, fields) }, warnings };
}

function convertImages(messages: readonly Message[], fields: ReadonlySet<string> | null): JsonObject {
  const images = messages.flatMap((message) => message.images ?? []);
  const urls = images.map(({ mediaType, data }) => `data:${mediaType};base64,${data}`);
  const [only, ...others] = urls;
  if (only === undefined) return {};
  const list = listNames.find((name) => fields?.has(name));
  if (list !== undefined) return { [list]: urls };
  if (fields !== null && !fields.has(singleName)) {
    throw new RunFailure('invalid_request', 'The model reads no images');
  }
  if (others.length === 0) return { [singleName]: only };
  throw new RunFailure('invalid_request', `The model reads one image at a time; there are ${urls.length}`);
}

function isGeneral({ role, images = [] }: Message): boolean {
  return images.length === 0 && (role === 'safety' || role === 'system');
}

/** One question as it is; more of a conversation with the names of those who speak. */
function writeConversation(messages: readonly Message[]): string {
  const [only, ...others] = messages;
  if (only === undefined) return '';
  if (others.length === 0) return only.content;
  const lines = messages.map(({ role, content }) => `${role === 'assistant' ? 'Assistant' : 'User'}: ${content}`);
  return [...lines, 'Assistant:'].join('\n\n');
}
