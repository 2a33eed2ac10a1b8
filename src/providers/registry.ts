import { createOpenaiCompatibleProvider } from './openai-compatible/openai-compatible.ts';
import type { Outbound } from './outbound.ts';
import type { Provider } from './provider.ts';
import { createTestProvider } from './test/test.ts';

/** The providers that environments can be made of. */
export interface ProviderRegistry {
  readonly kinds: readonly string[];
  find(kind: string): Provider | undefined;
}

export function createProviderRegistry(outbound: Outbound): ProviderRegistry {
  const providers = [createOpenaiCompatibleProvider(outbound), createTestProvider()];
  return {
    kinds: providers.map(({ kind }) => kind),
    find: (kind) => providers.find((provider) => provider.kind === kind),
  };
}
