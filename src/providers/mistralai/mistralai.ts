import { z } from 'zod';
import {
  type ChatRequest,
  createProtocolProvider,
  describeModel,
} from '../openai-protocol/create-protocol-provider.ts';
import type { Outbound } from '../outbound.ts';
import type { Model, Provider } from '../provider.ts';
import { readAs } from '../upstream-answer.ts';

const modelList = z.object({
  data: z.array(
    z.object({
      id: z.string(),
      name: z.string().nullish(),
      capabilities: z.object({ completion_chat: z.boolean().optional(), vision: z.boolean().optional() }).optional(),
    }),
  ),
});

/** Mistral's own platform. */
export function createMistralaiProvider(outbound: Outbound): Provider {
  return createProtocolProvider(outbound, {
    kind: 'mistralai',
    profile: {
      vendor: 'Mistral AI',
      defaultEndpoint: 'https://api.mistral.ai/v1',
      endpoint: 'the base URL, for a proxy of it',
      credentials: 'the API key',
      missingSettings: [],
      structuredOutput: 'JSON Schema; in words where the model refuses it',
      models: 'those that chat, and whether they read images',
    },
    needsCredentials: true,
    embeddings: { defaultModel: 'mistral-embed' },
    convertBody,
    readModels,
  });
}

/** It refuses what it does not know: it counts tokens without being asked, and has another name for the seed. */
function convertBody({ stream_options: _known, seed, ...body }: ChatRequest): ChatRequest {
  return seed === undefined ? body : { ...body, random_seed: seed };
}

function readModels(answer: unknown): Model[] {
  return readAs(modelList, answer, 'list of models')
    .data.filter(({ capabilities }) => capabilities?.completion_chat !== false)
    .map(({ id, name, capabilities }) =>
      describeModel(id, { name: name ?? id, ...(capabilities && { readsImages: capabilities.vision ?? false }) }),
    );
}
