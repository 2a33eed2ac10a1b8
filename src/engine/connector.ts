import { LRUCache } from 'lru-cache';
import type { SecretBox } from '../auth/secret-box.ts';
import { RunFailure } from '../errors.ts';
import type { Connection, Provider } from '../providers/provider.ts';
import type { ProviderRegistry } from '../providers/registry.ts';
import type { RemoteProvider } from '../providers/remote.ts';
import type { EnvironmentRecord } from '../store/environment.ts';

/** Turns environments into what is called: the only place where credentials are opened. */
export interface Connector {
  readonly providers: ProviderRegistry;
  /** Throws a RunFailure where there is no such provider, an Error where the credentials cannot be opened. */
  connect(environment: EnvironmentRecord): { readonly provider: Provider; readonly connection: Connection };
  /** The same for an API that executes what it has itself. */
  connectRemote(environment: EnvironmentRecord): { readonly remote: RemoteProvider; readonly connection: Connection };
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
  const registryOf = ({ policy }: EnvironmentRecord) =>
    policy?.connectTimeoutMs === undefined ? providers : patient.memo(policy.connectTimeoutMs);
  const open = (environment: EnvironmentRecord): Connection => {
    const { endpoint, credentials: sealed } = environment;
    return { endpoint, credentials: sealed === null ? null : secretBox.open(sealed, bind(environment)) };
  };
  return {
    providers,
    connect(environment) {
      const { provider: kind } = environment;
      const registry = registryOf(environment);
      const provider = registry.find(kind);
      if (provider !== undefined) return { provider, connection: open(environment) };
      const isRemote = registry.findRemote(kind) !== undefined;
      const reason = isRemote ? `${kind} executes what it has itself, no prompts` : `There is no provider ${kind}`;
      throw new RunFailure('invalid_request', reason);
    },
    connectRemote(environment) {
      const { provider: kind } = environment;
      const remote = registryOf(environment).findRemote(kind);
      if (remote !== undefined) return { remote, connection: open(environment) };
      throw new RunFailure('invalid_request', `${kind} has nothing of its own that could be executed`);
    },
    seal: (environment, credentials) => secretBox.seal(credentials, bind(environment)),
  };
}

function bind({ project, id }: { readonly project: string; readonly id: string }): string {
  return `environment/${project}/${id}`;
}
