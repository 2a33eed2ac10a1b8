import type { Codec } from './codec.ts';
import { type Entity, externalIdIndex, type IndexDefinition, remoteIdIndex } from './entity-store.ts';

export const extractionTypes = ['text', 'number', 'boolean', 'date', 'email', 'list', 'table', 'json'] as const;

/** One value that is looked for in each file. */
export interface Extraction {
  /** What the value is called in results. */
  readonly key: string;
  /** What is asked of the file. */
  readonly prompt: string;
  readonly type: (typeof extractionTypes)[number];
}

/** A workflow behind an API name: files go in, structured results come out. It has extractions or an interaction. */
export interface DeploymentRecord extends Entity {
  readonly project: string;
  readonly externalId: string | null;
  /** The API name, as addresses have it; unique in the project. */
  readonly name: string;
  readonly displayName: string | null;
  readonly description: string | null;
  readonly isActive: boolean;
  readonly extractions: readonly Extraction[];
  readonly interaction: string | null;
  /** Its id at the API of its environment, which executes it; null where it is executed here. */
  readonly remoteId: string | null;
  /** Null: the interaction's. */
  readonly environment: string | null;
  readonly model: string | null;
  /** Whether the model reads pages that are pictures; missing and false: their text is recognised. */
  readonly readsImages?: boolean;
  /** Counts the changes of the workflow. */
  readonly version: number;
  /** Who is told when an execution ends, unless the execution names another. */
  readonly webhookUrl: string | null;
  /** Sealed; only the engine opens it. */
  readonly webhookSecret: string;
}

export const deploymentCodec: Codec = { schemaFields: [], jsonFields: [] };

export const deploymentIndexes: readonly IndexDefinition[] = [
  { key: { project: 1, name: 1 }, unique: true, reason: 'a deployment by its API name, which names one' },
  { key: { project: 1, createdAt: -1, _id: -1 }, reason: 'deployments, newest first' },
  { key: { project: 1, environment: 1 }, reason: 'deleteEnvironment: the deployments that use it' },
  { key: { project: 1, interaction: 1 }, reason: 'deleteInteraction: the deployments that use it' },
  remoteIdIndex,
  externalIdIndex,
];
