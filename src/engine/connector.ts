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

export function createConnector(providers: ProviderRegistry, secretBox: SecretBox): Connector {
  return {
    providers,
    connect(environment) {
      const provider = providers.find(environment.provider);
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
