import { z } from 'zod';
import { createProtocolProvider, describeModel } from '../openai-protocol/create-protocol-provider.ts';
import type { Outbound } from '../outbound.ts';
import type { Model, Provider } from '../provider.ts';
import { readAs } from '../upstream-answer.ts';

const modelList = z.array(z.object({ id: z.string(), type: z.string().nullish(), display_name: z.string().nullish() }));

/** Together AI. Its list of models is a list, not an object that has one. */
export function createTogetheraiProvider(outbound: Outbound): Provider {
  return createProtocolProvider(outbound, {
    kind: 'togetherai',
    profile: {
      vendor: 'Together AI',
      defaultEndpoint: 'https://api.together.xyz/v1',
      endpoint: 'the base URL, for a proxy of it',
      credentials: 'the API key',
      missingSettings: [],
      structuredOutput: 'JSON Schema; in words where the model refuses it',
      models: 'those that chat',
    },
    needsCredentials: true,
    embeddings: { defaultModel: 'intfloat/multilingual-e5-large-instruct' },
    readModels,
  });
}

function readModels(answer: unknown): Model[] {
  return readAs(modelList, answer, 'list of models')
    .filter(({ type }) => type == null || type === 'chat')
    .map(({ id, display_name: name }) => describeModel(id, { name: name ?? id }));
}
