import type { Codec } from './codec.ts';
import { type Entity, externalIdIndex, type IndexDefinition } from './entity-store.ts';

/** Where else to call. A type, for it is JSON as it is. */
export type PolicyTarget = {
  /** The environment's id. */
  readonly environment: string;
  /** That environment's default model unless given. */
  readonly model?: string;
};

/** One of those that a load balancer spreads calls over. */
export type PolicyMember = PolicyTarget & {
  /** Its share, beside those of the others; 1 unless given, 0 for the last resort. */
  readonly weight?: number;
};

/** How calls are made in an environment; deadlines that are missing are the process's setting, and there is nothing else unless given. */
export interface EnvironmentPolicy {
  /** How long until the connection stands. */
  readonly connectTimeoutMs?: number;
  readonly firstChunkTimeoutMs?: number;
  readonly chunkTimeoutMs?: number;
  /** All tries together, with the time between them. */
  readonly runTimeoutMs?: number;
  readonly maxRetries?: number;
  /** The bound of the pause before the first retry; it doubles with each. */
  readonly retryDelayMs?: number;
  readonly maxRetryDelayMs?: number;
  /** How many calls at the same time. */
  readonly concurrency?: number;
  readonly requestsPerMinute?: number;
  readonly tokensPerMinute?: number;
  /** Who is called, one after the other, where the environment fails. */
  readonly fallbacks?: readonly PolicyTarget[];
  /** Of a virtual environment: those that it is made of. */
  readonly members?: readonly PolicyMember[];
  /** Of virtual_lb: whether another member is asked where one fails; true unless given. */
  readonly failover?: boolean;
  /** Of virtual_lb: after how many failures in a row a member is left alone, and for how long. */
  readonly unhealthyAfter?: number;
  readonly probeAfterMs?: number;
  /** Of virtual_mediator: who judges the answers; the members themselves unless given. */
  readonly mediators?: readonly PolicyTarget[];
  /** Of virtual_mediator: how many members are asked at the same time; all unless given. */
  readonly parallel?: number;
}

/** Providers that are made of other environments. */
export const virtualProviders = ['virtual_lb', 'virtual_mediator'] as const;

/** How many virtual environments may lie in each other. */
export const virtualDepthMax = 3;

/** Whether an environment is made of others. */
export function isVirtual({ provider }: Pick<EnvironmentRecord, 'provider'>): boolean {
  return virtualProviders.some((virtual) => virtual === provider);
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
