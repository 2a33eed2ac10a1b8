import { createAnthropicProvider } from './anthropic/anthropic.ts';
import { createAzureOpenaiProvider } from './azure-openai/azure-openai.ts';
import { createBedrockProvider } from './bedrock/bedrock.ts';
import { createComposableProvider } from './composable/composable.ts';
import { createGoogleProvider } from './google/google.ts';
import { createGroqProvider } from './groq/groq.ts';
import { createHuggingfaceIeProvider } from './huggingface-ie/huggingface-ie.ts';
import { createMistralaiProvider } from './mistralai/mistralai.ts';
import { createOllamaProvider } from './ollama/ollama.ts';
import { createOpenaiProvider } from './openai/openai.ts';
import { createOpenaiCompatibleProvider } from './openai-compatible/openai-compatible.ts';
import type { Outbound } from './outbound.ts';
import { createPromptitudeProvider } from './promptitude/promptitude.ts';
import type { Provider } from './provider.ts';
import type { RemoteProvider } from './remote.ts';
import { createReplicateProvider } from './replicate/replicate.ts';
import { createTestProvider } from './test/test.ts';
import { createTogetheraiProvider } from './togetherai/togetherai.ts';
import { createUnstractProvider } from './unstract/unstract.ts';
import { createVertexaiProvider } from './vertexai/vertexai.ts';
import { createWatsonxProvider } from './watsonx/watsonx.ts';

/** The providers that environments can be made of: models, and APIs that execute something of their own. */
export interface ProviderRegistry {
  readonly kinds: readonly string[];
  find(kind: string): Provider | undefined;
  readonly remoteKinds: readonly string[];
  findRemote(kind: string): RemoteProvider | undefined;
}

export function createProviderRegistry(outbound: Outbound): ProviderRegistry {
  const factories = [
    createOpenaiProvider,
    createAzureOpenaiProvider,
    createMistralaiProvider,
    createGroqProvider,
    createTogetheraiProvider,
    createHuggingfaceIeProvider,
    createOllamaProvider,
    createAnthropicProvider,
    createGoogleProvider,
    createVertexaiProvider,
    createBedrockProvider,
    createReplicateProvider,
    createWatsonxProvider,
    createOpenaiCompatibleProvider,
    createTestProvider,
  ];
  const providers = factories.map((createProvider) => createProvider(outbound));
  const remotes = [createComposableProvider, createPromptitudeProvider, createUnstractProvider].map((createRemote) =>
    createRemote(outbound),
  );
  return {
    kinds: providers.map(({ kind }) => kind),
    find: (kind) => providers.find((provider) => provider.kind === kind),
    remoteKinds: remotes.map(({ kind }) => kind),
    findRemote: (kind) => remotes.find((remote) => remote.kind === kind),
  };
}
