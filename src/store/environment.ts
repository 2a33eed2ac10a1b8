import type { Codec } from './codec.ts';
import { type Entity, externalIdIndex, type IndexDefinition } from './entity-store.ts';

/** How calls are made in an environment; what is missing is the process's setting. */
export interface EnvironmentPolicy {
  readonly firstChunkTimeoutMs?: number;
  readonly chunkTimeoutMs?: number;
  readonly runTimeoutMs?: number;
}

/** Where executions run: a provider, its address and credentials, and the models that may be used there. */
export interface EnvironmentRecord extends Entity {
  readonly project: string;
  readonly externalId: string | null;
  readonly name: string;
  readonly description: string | null;
  readonly provider: string;
  readonly endpoint: string | null;
  /** Sealed; only the engine opens it. */
  readonly credentials: string | null;
  readonly defaultModel: string | null;
  /** Empty: every model that the provider has. */
  readonly enabledModels: readonly string[];
  readonly policy: EnvironmentPolicy | null;
}

export const environmentCodec: Codec = { schemaFields: [], jsonFields: [] };

export const environmentIndexes: readonly IndexDefinition[] = [
  { key: { project: 1, name: 1, _id: 1 }, reason: 'environments: the list, by name' },
  externalIdIndex,
];
