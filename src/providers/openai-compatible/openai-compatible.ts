import { createProtocolProvider } from '../openai-protocol/create-protocol-provider.ts';
import type { Outbound } from '../outbound.ts';
import type { Provider } from '../provider.ts';

/** Whatever speaks OpenAI's chat completions protocol: vLLM, LM Studio, llama.cpp and many vendors. */
export function createOpenaiCompatibleProvider(outbound: Outbound): Provider {
  return createProtocolProvider(outbound, {
    kind: 'openai_compatible',
    profile: {
      vendor: 'Any server that speaks the OpenAI protocol',
      defaultEndpoint: null,
      endpoint: 'the base URL, such as `http://localhost:8000/v1`',
      credentials: 'the bearer token, where the server asks for one',
      missingSettings: [],
      structuredOutput: 'JSON Schema; in words where the model refuses it',
      models: 'all',
    },
    needsCredentials: false,
    embeddings: { defaultModel: 'text-embedding-3-small' },
  });
}
