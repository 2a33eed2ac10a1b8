import { z } from 'zod';
import { authorize } from '../auth/permission.ts';
import type { Context } from '../context.ts';
import { findPrompts } from '../engine/prepare-interaction.ts';
import { ValidationError } from '../errors.ts';
import type { InteractionRecord } from '../store/interaction.ts';
import type { Page, PageRequest } from '../store/pagination.ts';
import { freezePrompt } from '../store/prompt.ts';
import { checkPage, nameField, orNotFound, parseInput } from './input.ts';
import { checkIsLocal, interactionTagsField, makeEndpoint, requireDraft } from './interaction.ts';
import { copyPrompt } from './prompt.ts';

const publishInput = z.object({
  visibility: z.enum(['public', 'private']).nullish(),
  tags: interactionTagsField.nullish(),
});

const forkInput = z.object({
  name: nameField.refine((name) => !name.includes('@'), 'must not have an @: it separates name and tag').nullish(),
  keepTags: z.boolean().nullish(),
});

/** The draft that an interaction was published from; null for a draft. */
export async function findDraft(context: Context, { draft }: InteractionRecord): Promise<InteractionRecord | null> {
  return draft === null ? null : context.loaders.interaction.load(draft);
}

/** The published versions of an interaction, newest first, whichever of them is asked. */
export async function listVersions(
  context: Context,
  interaction: InteractionRecord,
  page: PageRequest,
): Promise<Page<InteractionRecord>> {
  checkPage(page, context.pageMax);
  return context.store.interactions.findPage(page, { draft: interaction.draft ?? interaction.id });
}

export async function countVersions(context: Context, interaction: InteractionRecord): Promise<number> {
  return context.store.interactions.count({ draft: interaction.draft ?? interaction.id });
}

/**
 * Makes a version of the draft as it is now, with copies of its prompts, that never changes. Its number is the draft's,
 * whose own counter advances.
 */
export async function publishInteraction(context: Context, id: string, input: unknown): Promise<InteractionRecord> {
  authorize(context.principal, 'editInteractions');
  const { visibility, tags } = parseInput(publishInput, input);
  const draft = await requireDraft(context, id);
  checkIsLocal(draft);
  const prompts = await findPrompts(context.store, draft.prompts);
  if (prompts.length === 0) {
    throw new ValidationError([
      { path: '/id', message: 'is an interaction without prompts; there is nothing to publish' },
    ]);
  }
  const frozen = await Promise.all(prompts.map((prompt) => freezePrompt(context.store.prompts, prompt)));
  // The number is taken first, atomically: who publishes at the same time gets the next one.
  const counted = await context.store.interactions.modify({ _id: id, status: 'draft' }, { $inc: { version: 1 } });
  const version = orNotFound(counted, 'interaction', id).version - 1;
  const { id: _id, createdAt: _createdAt, updatedAt: _updatedAt, ...content } = draft;
  return context.store.interactions.insert({
    ...content,
    draft: id,
    version,
    status: 'published',
    externalId: null,
    forkedFrom: null,
    visibility: visibility ?? draft.visibility,
    tags: tags ?? draft.tags,
    prompts: frozen.map((prompt) => prompt.id),
  });
}

/** The drafts that began as copies of an interaction or one of its versions, newest first. */
export async function listForks(
  context: Context,
  interaction: InteractionRecord,
  page: PageRequest,
): Promise<Page<InteractionRecord>> {
  checkPage(page, context.pageMax);
  return context.store.interactions.findPage(page, { forkedFrom: interaction.draft ?? interaction.id });
}

export async function countForks(context: Context, interaction: InteractionRecord): Promise<number> {
  return context.store.interactions.count({ forkedFrom: interaction.draft ?? interaction.id });
}

/** A new draft that begins as a copy, with prompts of its own; without the tags, unless they are to be kept. */
export async function forkInteraction(context: Context, id: string, input: unknown): Promise<InteractionRecord> {
  authorize(context.principal, 'editInteractions');
  const { name, keepTags } = parseInput(forkInput, input);
  const source = orNotFound(await context.store.interactions.findOneById(id), 'interaction', id);
  checkIsLocal(source);
  const prompts = await Promise.all(
    (await findPrompts(context.store, source.prompts)).map((prompt) => copyPrompt(context, prompt)),
  );
  const { id: _id, createdAt: _createdAt, updatedAt: _updatedAt, ...content } = source;
  const forkName = name ?? `${source.name} (fork)`;
  return context.store.interactions.insert({
    ...content,
    draft: null,
    version: 1,
    status: 'draft',
    externalId: null,
    forkedFrom: source.draft ?? source.id,
    tags: keepTags === true ? source.tags : [],
    name: forkName,
    endpoint: makeEndpoint(forkName),
    prompts: prompts.map((prompt) => prompt.id),
  });
}
