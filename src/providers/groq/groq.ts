import { z } from 'zod';
import {
  type ChatRequest,
  createProtocolProvider,
  describeModel,
} from '../openai-protocol/create-protocol-provider.ts';
import type { Outbound } from '../outbound.ts';
import type { Model, Provider } from '../provider.ts';
import { readAs } from '../upstream-answer.ts';

const modelList = z.object({ data: z.array(z.object({ id: z.string(), active: z.boolean().optional() })) });

/** What Groq lists beside the models that chat. */
const otherModel = /whisper|tts|orpheus|guard/;

/** GroqCloud. */
export function createGroqProvider(outbound: Outbound): Provider {
  return createProtocolProvider(outbound, {
    kind: 'groq',
    profile: {
      vendor: 'Groq',
      defaultEndpoint: 'https://api.groq.com/openai/v1',
      endpoint: 'the base URL, for a proxy of it',
      credentials: 'the API key',
      missingSettings: [],
      structuredOutput: 'JSON Schema; in words where the model refuses it',
      models: 'those that chat and are active',
    },
    needsCredentials: true,
    convertBody: nameTokenLimit,
    readModels,
  });
}

/** The older name is deprecated. */
function nameTokenLimit({ max_tokens: limit, ...body }: ChatRequest): ChatRequest {
  return limit === undefined ? body : { ...body, max_completion_tokens: limit };
}

function readModels(answer: unknown): Model[] {
  return readAs(modelList, answer, 'list of models')
    .data.filter(({ id, active }) => active !== false && !otherModel.test(id))
    .map(({ id }) => describeModel(id));
}
