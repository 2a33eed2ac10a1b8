import type { Document } from 'mongodb';
import type { JsonObject } from '../json.ts';
import type { Codec } from './codec.ts';
import { type Entity, type EntityStore, externalIdIndex, type IndexDefinition, remoteIdIndex } from './entity-store.ts';

/**
 * Prompts with a result schema and defaults for their execution. `draft` null is the one that people edit; a version with
 * `draft` set was published from it and never changes. `version` of a draft is the number that its next version gets.
 */
export interface InteractionRecord extends Entity {
  readonly project: string;
  readonly draft: string | null;
  readonly version: number;
  readonly externalId: string | null;
  /** Its id at the API of its environment, which executes it; null where it is executed here. */
  readonly remoteId: string | null;
  readonly name: string;
  /** The name in PascalCase: what a URL can name. */
  readonly endpoint: string;
  /** What it began as a copy of. */
  readonly forkedFrom: string | null;
  readonly description: string | null;
  readonly status: 'draft' | 'published' | 'archived';
  readonly visibility: 'public' | 'private';
  readonly tags: readonly string[];
  readonly prompts: readonly string[];
  /** What one that is executed elsewhere takes; null where it is not known, or its prompts say it. */
  readonly inputSchema: JsonObject | null;
  readonly resultSchema: JsonObject | null;
  readonly testData: JsonObject | null;
  readonly environment: string | null;
  readonly model: string | null;
  readonly temperature: number | null;
  readonly maxTokens: number | null;
  readonly cachePolicy: 'no_cache' | 'cache' | 'cache_and_refresh';
  readonly ttlSeconds: number | null;
}

export const interactionCodec: Codec = { schemaFields: ['inputSchema', 'resultSchema'], jsonFields: ['testData'] };

export const interactionIndexes: readonly IndexDefinition[] = [
  { key: { project: 1, name: 1, version: -1, _id: 1 }, reason: 'findInteractionByName: Name, Name@3, Name@tag' },
  { key: { project: 1, endpoint: 1, version: -1, _id: 1 }, reason: 'findInteractionByName by its name in PascalCase' },
  {
    key: { project: 1, draft: 1, createdAt: -1, _id: -1 },
    reason: 'interactions: the drafts of a project, newest first',
  },
  {
    key: { project: 1, draft: 1, version: -1 },
    unique: true,
    partialFilterExpression: { draft: { $type: 'string' } },
    reason: 'versions of an interaction; a number is given once',
  },
  { key: { project: 1, forkedFrom: 1, createdAt: -1, _id: -1 }, reason: 'the forks of an interaction, newest first' },
  { key: { project: 1, prompts: 1 }, reason: 'deletePrompt: the interactions that use it' },
  { key: { project: 1, environment: 1 }, reason: 'deleteEnvironment: the interactions that use it' },
  remoteIdIndex,
  externalIdIndex,
];

/** What an interaction name specifier asks for behind the `@`. */
export type InteractionSelector =
  | { readonly kind: 'latest' }
  | { readonly kind: 'draft' }
  | { readonly kind: 'version'; readonly version: number }
  | { readonly kind: 'tag'; readonly tag: string };

/**
 * The interaction that a name and a selector mean, by the rules of Composable's name specifier: the latest published
 * version, else the draft; the first of several is the one with the lowest id.
 */
export async function findInteractionByName(
  interactions: EntityStore<InteractionRecord>,
  name: string,
  selector: InteractionSelector,
  only: { readonly status?: InteractionRecord['status'] } = {},
): Promise<InteractionRecord | null> {
  return findSelected(interactions, { $or: [{ name }, { endpoint: name }], ...only }, selector);
}

/** The same among a draft and the versions that were published from it. */
export async function findInteractionVersion(
  interactions: EntityStore<InteractionRecord>,
  draft: string,
  selector: InteractionSelector,
  only: { readonly status?: InteractionRecord['status'] } = {},
): Promise<InteractionRecord | null> {
  return findSelected(interactions, { $or: [{ _id: draft }, { draft }], ...only }, selector);
}

async function findSelected(
  interactions: EntityStore<InteractionRecord>,
  among: Document,
  selector: InteractionSelector,
): Promise<InteractionRecord | null> {
  switch (selector.kind) {
    case 'draft':
      return interactions.findOne({ ...among, $and: [{ status: 'draft' }] }, { _id: 1 });
    case 'version':
      return interactions.findOne({ ...among, $and: [{ status: 'published' }], version: selector.version }, { _id: 1 });
    case 'tag':
      return interactions.findOne(
        { ...among, $and: [{ status: { $ne: 'archived' } }], tags: selector.tag },
        { _id: 1 },
      );
    case 'latest':
      // In the order of the alphabet, published is behind draft.
      return interactions.findOne(
        { ...among, $and: [{ status: { $in: ['published', 'draft'] } }] },
        { status: -1, version: -1, _id: 1 },
      );
  }
}

/** Which interactions are meant; fields narrow together, a list means any of. */
export interface InteractionFilter {
  /** To the letter. */
  readonly name?: string | null | undefined;
  readonly status?: readonly InteractionRecord['status'][] | null | undefined;
  readonly tags?: readonly string[] | null | undefined;
  readonly visibility?: readonly InteractionRecord['visibility'][] | null | undefined;
  /** The id of a prompt that they use. */
  readonly prompt?: string | null | undefined;
  readonly version?: number | null | undefined;
}

/** The MongoDB query that a filter means: drafts, unless it asks for another status. */
export function convertInteractionFilter(filter: InteractionFilter): Document {
  const { name, status, tags, visibility, prompt, version } = filter;
  return {
    ...(status == null ? { draft: null } : { status: { $in: [...status] } }),
    ...(name != null && { name }),
    ...(tags != null && { tags: { $in: [...tags] } }),
    ...(visibility != null && { visibility: { $in: [...visibility] } }),
    ...(prompt != null && { prompts: prompt }),
    ...(version != null && { version }),
  };
}
