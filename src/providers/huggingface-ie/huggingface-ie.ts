import { isJsonObject } from '../../json.ts';
import {
  type ChatRequest,
  createProtocolProvider,
  followProtocol,
  type OpenaiCall,
} from '../openai-protocol/create-protocol-provider.ts';
import type { Outbound } from '../outbound.ts';
import type { Provider } from '../provider.ts';

const routerEndpoint = 'https://router.huggingface.co/v1';

/** Hugging Face: an Inference Endpoint of one's own, or the router over all its inference providers. */
export function createHuggingfaceIeProvider(outbound: Outbound): Provider {
  return createProtocolProvider(outbound, {
    kind: 'huggingface_ie',
    profile: {
      vendor: 'Hugging Face',
      defaultEndpoint: routerEndpoint,
      endpoint: "an Inference Endpoint's URL, such as `https://NAME.REGION.aws.endpoints.huggingface.cloud`",
      credentials: 'an access token',
      missingSettings: [],
      structuredOutput: 'JSON Schema; in words where the model refuses it',
      models: 'all: those of the router, or the one of the endpoint',
    },
    needsCredentials: true,
    // Of an endpoint that runs Text Embeddings Inference, which has one model.
    embeddings: { defaultModel: null },
    findRoute: (call) => followProtocol({ ...call, endpoint: addVersion(call.endpoint) }),
    convertBody,
  });
}

/** An endpoint is shown without the path of the protocol. */
function addVersion(endpoint: string): string {
  return new URL(endpoint).pathname === '/' ? `${endpoint}/v1` : endpoint;
}

/** Text Generation Inference, which most endpoints run, reads the schema as `value`; other engines as OpenAI does. */
function convertBody(body: ChatRequest, { endpoint }: OpenaiCall): ChatRequest {
  const { response_format: format } = body;
  if (endpoint === routerEndpoint || !isJsonObject(format) || !isJsonObject(format.json_schema)) return body;
  const { name = 'result', schema = {} } = format.json_schema;
  return { ...body, response_format: { ...format, value: { name, schema } } };
}
