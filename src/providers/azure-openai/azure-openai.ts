import { z } from 'zod';
import {
  createProtocolProvider,
  describeModel,
  type OpenaiCall,
  type OpenaiRoute,
} from '../openai-protocol/create-protocol-provider.ts';
import type { Outbound } from '../outbound.ts';
import type { Model, Provider } from '../provider.ts';
import { readAs } from '../upstream-answer.ts';

const defaultApiVersion = '2024-10-21';

/** Azure's own fields beside the protocol's; a model that has none of them is a deployment. */
const modelList = z.object({
  data: z.array(
    z.object({ id: z.string(), capabilities: z.object({ chat_completion: z.boolean().optional() }).optional() }),
  ),
});

/** OpenAI's models at Azure: a model is called by the name of its deployment. */
export function createAzureOpenaiProvider(outbound: Outbound): Provider {
  return createProtocolProvider(outbound, {
    kind: 'azure_openai',
    profile: {
      vendor: 'Azure OpenAI',
      defaultEndpoint: null,
      endpoint:
        'the resource, `https://NAME.openai.azure.com`, with `?api-version=…` for another version than ' +
        `\`${defaultApiVersion}\`; or its v1 API, \`https://NAME.openai.azure.com/openai/v1\``,
      credentials: 'the API key',
      missingSettings: [],
      structuredOutput: 'JSON Schema; in words where the model refuses it',
      models: 'those of the resource that chat; an execution names the deployment',
    },
    needsCredentials: true,
    embeddings: { defaultModel: null },
    findRoute,
    readModels,
  });
}

/** The v1 API has the protocol's paths; the one before it has the deployment in the path and asks for a version. */
function findRoute({ endpoint, credentials, model }: OpenaiCall): OpenaiRoute {
  const url = new URL(endpoint);
  const version = url.searchParams.get('api-version') ?? defaultApiVersion;
  const path = url.pathname.replace(/\/+$/, '');
  const place = (rest: string, query: string) => `${url.origin}${path}${rest}${query}`;
  const query = `?api-version=${encodeURIComponent(version)}`;
  const isV1 = path.endsWith('/openai/v1');
  const below = path.endsWith('/openai') ? '' : '/openai';
  return {
    chatUrl: isV1
      ? place('/chat/completions', url.search)
      : place(`${below}/deployments/${encodeURIComponent(model ?? '')}/chat/completions`, query),
    embeddingsUrl: isV1
      ? place('/embeddings', url.search)
      : place(`${below}/deployments/${encodeURIComponent(model ?? '')}/embeddings`, query),
    modelsUrl: isV1 ? place('/models', url.search) : place(`${below}/models`, query),
    headers: credentials === null ? {} : { 'api-key': credentials },
    secrets: credentials === null ? [] : [credentials],
  };
}

function readModels(answer: unknown): Model[] {
  return readAs(modelList, answer, 'list of models')
    .data.filter(({ capabilities }) => capabilities?.chat_completion !== false)
    .map(({ id }) => describeModel(id));
}
