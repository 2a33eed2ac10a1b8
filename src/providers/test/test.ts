import { setTimeout as delay } from 'node:timers/promises';
import { RunFailure } from '../../errors.ts';
import type { JsonObject } from '../../json.ts';
import { leaveOutMissing } from '../missing-setting.ts';
import type {
  Connection,
  GenerateEvent,
  GenerateRequest,
  GenerateSettings,
  Model,
  Provider,
  ProviderProfile,
} from '../provider.ts';
import { createRandom } from './random.ts';
import { readDocument } from './read-document.ts';
import { sampleJson } from './sample-json.ts';
import { sampleAnswer, sampleStory } from './sample-text.ts';

const modelIds = ['test-echo', 'test-story', 'execution-error', 'validation-error'] as const;

const models: readonly Model[] = modelIds.map((id) => ({ id, name: id, streams: true, readsImages: false }));

const profile: ProviderProfile = {
  vendor: 'The test provider',
  defaultEndpoint: 'none: it answers by itself',
  endpoint: null,
  credentials: null,
  missingSettings: ['topP', 'stop'],
  structuredOutput: 'JSON that fits',
  models: `\`${modelIds.join('`, `')}\``,
};

const maxDelayMs = 60_000;

/**
 * Answers by itself, the same question always with the same answer: `test-echo` in a sentence, `test-story` in a hundred
 * words, both with JSON that fits where there is a result schema: of a document, with what stands there. `execution-error` fails, `validation-error` answers with
 * what fits no schema. The option `chunkDelayMs` is how long it waits before each part of an answer.
 */
export function createTestProvider(): Provider {
  return {
    kind: 'test',
    needsEndpoint: false,
    profile,
    generate,
    async listModels() {
      return models;
    },
    async embed({ model, texts }) {
      const vectors = texts.map(sampleVector);
      return { model: model ?? 'test-echo', vectors, tokens: texts.reduce((sum, text) => sum + countWords(text), 0) };
    },
  };
}

async function* generate(
  request: GenerateRequest,
  _connection: Connection,
  signal: AbortSignal,
): AsyncGenerator<GenerateEvent> {
  const { messages, settings } = request;
  const delayMs = readDelay(settings.options);
  const whole = splitParts(answer(request), request.resultSchema !== null);
  const parts = settings.maxTokens === null ? whole : whole.slice(0, settings.maxTokens);
  for (const text of parts) {
    signal.throwIfAborted();
    // An aborted delay has an error of its own; what counts is why it was aborted.
    if (delayMs > 0) await delay(delayMs, undefined, { signal }).catch(() => signal.throwIfAborted());
    yield { type: 'text', text };
  }
  const prompt = messages.reduce((sum, { content }) => sum + countWords(content), 0);
  const result = parts.length;
  yield {
    type: 'finish',
    reason: parts.length < whole.length ? 'length' : 'stop',
    // A token is a part: a word, or a piece of JSON.
    tokenUse: { prompt, result, total: prompt + result },
    warnings: listWarnings(settings),
  };
}

const dimensions = 64;

/** A vector of length 1: texts that share words are near each other. */
function sampleVector(text: string): number[] {
  const values = Array.from({ length: dimensions }, () => 0);
  for (const word of text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [text]) {
    const random = createRandom(word);
    for (const index of values.keys()) values[index] = (values[index] ?? 0) + random.integer(-1_000, 1_000);
  }
  const length = Math.hypot(...values);
  return values.map((value) => value / length);
}

function answer({ model, messages, settings, resultSchema }: GenerateRequest): string {
  const question = messages.at(-1)?.content ?? '';
  const random = createRandom(JSON.stringify([model, messages, resultSchema, settings.seed]));
  switch (model) {
    case 'test-echo':
    case 'test-story':
      if (resultSchema !== null) {
        return JSON.stringify(readDocument(question, resultSchema) ?? sampleJson(resultSchema, random));
      }
      return model === 'test-echo' ? sampleAnswer(question, random) : sampleStory(question, random);
    case 'execution-error':
      throw new RunFailure('provider_error', 'The model execution-error always fails');
    case 'validation-error':
      if (resultSchema === null) {
        throw new RunFailure('validation_error', 'The model validation-error answers with what fits no schema');
      }
      return 'The model validation-error answers with what is no JSON at all.';
    default:
      throw new RunFailure('invalid_request', `There is no model ${model}; there are ${modelIds.join(', ')}`);
  }
}

/** Words with the space behind them, or pieces of JSON; together they are the text. */
function splitParts(text: string, isJson: boolean): string[] {
  return text.match(isJson ? /[\s\S]{1,8}/g : /\S+\s*/g) ?? [];
}

function countWords(text: string): number {
  return text.match(/\S+/g)?.length ?? 0;
}

function readDelay(options: JsonObject | null): number {
  const value = options?.chunkDelayMs ?? 0;
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= maxDelayMs) return value;
  throw new RunFailure('invalid_request', `The option chunkDelayMs must be a whole number from 0 to ${maxDelayMs}`);
}

function listWarnings(settings: GenerateSettings): string[] {
  const others = Object.keys(settings.options ?? {}).filter((name) => name !== 'chunkDelayMs');
  return [
    ...leaveOutMissing(settings, profile).warnings,
    ...others.map((name) => `${profile.vendor} has no setting ${name}; it was left out.`),
  ];
}
