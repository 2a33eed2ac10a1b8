import type { JsonObject, JsonValue } from '../json.ts';
import type { Codec } from './codec.ts';
import { type Entity, externalIdIndex, type IndexDefinition, remoteIdIndex } from './entity-store.ts';

/** One value that a flow is called with. */
export interface FlowInput {
  readonly name: string;
  readonly type: 'text' | 'number' | 'boolean' | 'list' | 'json';
  readonly required: boolean;
  readonly description: string | null;
  /** What it is where nobody gives it; null: nothing. */
  readonly default: JsonValue;
}

/** Which contents a step reads. An empty list is no restriction, folders and tags narrow together. */
export interface ContentSelection {
  readonly folders: readonly string[];
  readonly tags: readonly string[];
}

/** A selection, with how much of it a step puts before the model; null: the usual budget. */
export interface FlowContext extends ContentSelection {
  readonly maxTokens: number | null;
}

/** A prompt with what it is given. Its name is how other steps and callers address it. */
export interface FlowStep {
  readonly name: string;
  readonly prompt: string;
  /** Values of the prompt's variables, with references to inputs and earlier steps. */
  readonly inputs: JsonObject | null;
  readonly environment: string | null;
  readonly model: string | null;
  readonly temperature: number | null;
  readonly maxTokens: number | null;
  /** Null: it reads no content. */
  readonly context: FlowContext | null;
}

/** An ordered list of steps; what the last one answers is the result. */
export interface FlowRecord extends Entity {
  readonly project: string;
  readonly externalId: string | null;
  /** Where it is executed as a whole, by the API there; null where its steps are here. */
  readonly environment: string | null;
  /** Its id at that API. */
  readonly remoteId: string | null;
  readonly name: string;
  readonly description: string | null;
  readonly inputs: readonly FlowInput[];
  readonly steps: readonly FlowStep[];
  readonly resultType: 'text' | 'list';
}

export const flowCodec: Codec = { schemaFields: [], jsonFields: ['inputs', 'steps'] };

export const flowIndexes: readonly IndexDefinition[] = [
  { key: { project: 1, createdAt: -1, _id: -1 }, reason: 'flows, newest first' },
  { key: { project: 1, 'steps.prompt': 1 }, reason: 'deletePrompt: the flows that use it' },
  { key: { project: 1, 'steps.environment': 1 }, reason: 'deleteEnvironment: the flows that use it' },
  { key: { project: 1, 'steps.context.folders': 1 }, reason: 'deleteFolder: the flows that read it' },
  { key: { project: 1, 'steps.context.tags': 1 }, reason: 'deleteTag: the flows that read it' },
  remoteIdIndex,
  externalIdIndex,
];
