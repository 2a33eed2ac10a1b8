import { createProtocolProvider, followProtocol } from '../openai-protocol/create-protocol-provider.ts';
import type { Outbound } from '../outbound.ts';
import type { Provider } from '../provider.ts';

/** Ollama. It asks for no key; a proxy before it may. */
export function createOllamaProvider(outbound: Outbound): Provider {
  return createProtocolProvider(outbound, {
    kind: 'ollama',
    profile: {
      vendor: 'Ollama',
      defaultEndpoint: 'http://127.0.0.1:11434/v1',
      endpoint: 'where it listens, with or without `/v1`',
      credentials: 'a bearer token, where a proxy before it asks for one',
      missingSettings: [],
      structuredOutput: 'JSON Schema',
      models: 'all that were pulled',
    },
    needsCredentials: false,
    embeddings: { defaultModel: 'nomic-embed-text' },
    findRoute: (call) => followProtocol({ ...call, endpoint: addVersion(call.endpoint) }),
  });
}

function addVersion(endpoint: string): string {
  return new URL(endpoint).pathname === '/' ? `${endpoint}/v1` : endpoint;
}
