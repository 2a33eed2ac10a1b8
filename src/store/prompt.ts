import { ConflictError } from '../errors.ts';
import type { JsonObject } from '../json.ts';
import type { Codec } from './codec.ts';
import { type Entity, type EntityStore, externalIdIndex, type IndexDefinition } from './entity-store.ts';

/**
 * A template with a role. `draft` null is the prompt that people edit; a copy with `draft` set is what a published
 * interaction uses and never changes. `version` of a draft is the number that its next copy gets.
 */
export interface PromptRecord extends Entity {
  readonly project: string;
  readonly draft: string | null;
  readonly version: number;
  readonly externalId: string | null;
  /** What it began as a copy of. */
  readonly forkedFrom: string | null;
  readonly name: string;
  readonly role: 'safety' | 'system' | 'user' | 'assistant';
  readonly contentType: 'text' | 'liquid' | 'handlebars' | 'js';
  readonly content: string;
  readonly inputSchema: JsonObject | null;
}

export const promptCodec: Codec = { schemaFields: ['inputSchema'], jsonFields: [] };

export const promptIndexes: readonly IndexDefinition[] = [
  { key: { project: 1, draft: 1, createdAt: -1, _id: -1 }, reason: 'prompts: the drafts of a project, newest first' },
  {
    key: { project: 1, draft: 1, version: 1 },
    unique: true,
    partialFilterExpression: { draft: { $type: 'string' } },
    reason: 'freezePrompt: one copy a version',
  },
  externalIdIndex,
];

/** The unchanging copy of a draft as it is now: the one that is there, or a new one. */
export async function freezePrompt(prompts: EntityStore<PromptRecord>, prompt: PromptRecord): Promise<PromptRecord> {
  if (prompt.draft !== null) return prompt;
  const copy = { draft: prompt.id, version: prompt.version };
  const existing = await prompts.findOne(copy);
  if (existing !== null) return existing;
  const { id: _id, createdAt: _createdAt, updatedAt: _updatedAt, ...content } = prompt;
  try {
    return await prompts.insert({ ...content, ...copy, externalId: null });
  } catch (error) {
    // Somebody publishes the same prompt at this moment: theirs is as good.
    const theirs = error instanceof ConflictError ? await prompts.findOne(copy) : null;
    if (theirs === null) throw error;
    return theirs;
  }
}
