import { LRUCache } from 'lru-cache';
import type { SecretBox } from '../auth/secret-box.ts';
import { RunFailure } from '../errors.ts';
import type { Connection, Provider } from '../providers/provider.ts';
import type { ProviderRegistry } from '../providers/registry.ts';
import type { EnvironmentRecord } from '../store/environment.ts';

/** Turns environments into what is called: the only place where credentials are opened. */
export interface Connector {
  readonly providers: ProviderRegistry;
  /** Throws a RunFailure where there is no such provider, an Error where the credentials cannot be opened. */
  connect(environment: EnvironmentRecord): { readonly provider: Provider; readonly connection: Connection };
  /** Credentials as they are stored; they open for this environment only. */
  seal(environment: { readonly project: string; readonly id: string }, credentials: string): string;
}

/** `createProviders` makes those that wait that long for a connection; without a time, as long as is usual. */
export function createConnector(
  createProviders: (connectTimeoutMs?: number) => ProviderRegistry,
  secretBox: SecretBox,
): Connector {
  const providers = createProviders();
  const patient = new LRUCache<number, ProviderRegistry>({ max: 100, memoMethod: (ms) => createProviders(ms) });
  return {
    providers,
    connect(environment) {
      const connectTimeoutMs = environment.policy?.connectTimeoutMs;
      const registry = connectTimeoutMs === undefined ? providers : patient.memo(connectTimeoutMs);
      const provider = registry.find(environment.provider);
      if (provider === undefined)
        throw new RunFailure('invalid_request', `There is no provider ${environment.provider}`);
      const { endpoint, credentials: sealed } = environment;
      const credentials = sealed === null ? null : secretBox.open(sealed, bind(environment));
      return { provider, connection: { endpoint, credentials } };
    },
    seal: (environment, credentials) => secretBox.seal(credentials, bind(environment)),
  };
}

function bind({ project, id }: { readonly project: string; readonly id: string }): string {
  return `environment/${project}/${id}`;
}
