import { z } from 'zod';
import { RunFailure } from '../../errors.ts';
import type { JsonObject } from '../../json.ts';
import { parseCredentials, requireCredentials } from '../connection-setting.ts';
import { exchangeToken } from '../exchange-token.ts';
import {
  type ChatRequest,
  createProtocolProvider,
  describeModel,
  type EmbeddingsRequest,
  type OpenaiCall,
  type OpenaiRoute,
} from '../openai-protocol/create-protocol-provider.ts';
import type { Outbound } from '../outbound.ts';
import type { Embeddings, Model, Provider, ProviderProfile } from '../provider.ts';
import { createTokenCache } from '../token-cache.ts';
import { readAs } from '../upstream-answer.ts';

const profile: ProviderProfile = {
  vendor: 'IBM watsonx.ai',
  defaultEndpoint: 'https://us-south.ml.cloud.ibm.com',
  endpoint: "the region's, such as `https://eu-de.ml.cloud.ibm.com`",
  credentials: 'JSON: `{"apiKey": …, "projectId": …}`, or `spaceId` in place of the project; `iamUrl` for another IAM',
  missingSettings: [],
  structuredOutput: 'JSON Schema; in words where the model refuses it',
  models: 'those that chat',
};

const ibmCredentials = z
  .object({
    apiKey: z.string().min(1),
    projectId: z.string().min(1).optional(),
    spaceId: z.string().min(1).optional(),
    iamUrl: z.url({ protocol: /^https?$/ }).default('https://iam.cloud.ibm.com/identity/token'),
  })
  .refine(({ projectId, spaceId }) => (projectId === undefined) !== (spaceId === undefined), { path: ['projectId'] });
const format = 'JSON with apiKey and either projectId or spaceId';

const apiVersion = '2025-02-11';

const modelList = z.object({
  resources: z.array(
    z.object({
      model_id: z.string(),
      label: z.string().optional(),
      functions: z.array(z.object({ id: z.string() })).optional(),
    }),
  ),
});

const embeddingList = z.object({
  results: z.array(z.object({ embedding: z.array(z.number()) })),
  input_token_count: z.number().nullish(),
});

/** IBM's watsonx.ai: OpenAI's messages in a body of its own, for a token of IBM's IAM. */
export function createWatsonxProvider(outbound: Outbound): Provider {
  const tokens = createTokenCache();

  const findRoute = async ({ endpoint, credentials, signal }: OpenaiCall): Promise<OpenaiRoute> => {
    const text = requireCredentials({ endpoint, credentials }, profile.vendor);
    const { apiKey, iamUrl } = parseCredentials(text, ibmCredentials, format);
    const token = await tokens.get(text, () => {
      const grant = { grant_type: 'urn:ibm:params:oauth:grant-type:apikey', apikey: apiKey };
      return exchangeToken(outbound, iamUrl, grant, [apiKey], signal);
    });
    return {
      chatUrl: `${endpoint}/ml/v1/text/chat_stream?version=${apiVersion}`,
      modelsUrl: `${endpoint}/ml/v1/foundation_model_specs?version=${apiVersion}&filters=function_text_chat&limit=200`,
      embeddingsUrl: `${endpoint}/ml/v1/text/embeddings?version=${apiVersion}`,
      headers: { authorization: `Bearer ${token}` },
      secrets: [apiKey, token],
    };
  };

  return createProtocolProvider(outbound, {
    kind: 'watsonx',
    profile,
    needsCredentials: true,
    findRoute,
    convertBody,
    embeddings: {
      defaultModel: 'ibm/slate-125m-english-rtrvr-v2',
      convertBody: ({ model, input }, call) => ({ model_id: model, inputs: [...input], ...readPlace(call) }),
      read: readEmbeddings,
    },
    readModels,
  });
}

/** The path says that it streams, and every stream counts tokens. */
function convertBody(
  { model = null, stream: _always, stream_options: _counted, ...body }: ChatRequest,
  call: OpenaiCall,
): ChatRequest {
  return { ...body, model_id: model, ...readPlace(call) };
}

/** Who pays. */
function readPlace({ credentials }: OpenaiCall): JsonObject {
  const { projectId, spaceId } = parseCredentials(credentials ?? '', ibmCredentials, format);
  return {
    ...(projectId !== undefined && { project_id: projectId }),
    ...(spaceId !== undefined && { space_id: spaceId }),
  };
}

function readEmbeddings(answer: unknown, { model, input }: EmbeddingsRequest): Embeddings {
  const what = 'list of one embedding for each text';
  const { results, input_token_count: tokens } = readAs(embeddingList, answer, what);
  if (results.length !== input.length) throw new RunFailure('provider_error', `The provider's answer is no ${what}`);
  return { model, vectors: results.map(({ embedding }) => embedding), tokens: tokens ?? null };
}

function readModels(answer: unknown): Model[] {
  return readAs(modelList, answer, 'list of models').resources.map(({ model_id: id, label, functions }) =>
    describeModel(id, {
      name: label ?? id,
      readsImages: functions?.some((offered) => offered.id === 'image_chat') ?? false,
    }),
  );
}
