import { z } from 'zod';
import { authorize } from '../auth/permission.ts';
import type { Context } from '../context.ts';
import { mergeInputSchemas } from '../engine/input-schema.ts';
import { findPrompts } from '../engine/prepare-interaction.ts';
import { ConflictError, ValidationError } from '../errors.ts';
import type { JsonObject } from '../json.ts';
import { convertInteractionFilter, type InteractionFilter, type InteractionRecord } from '../store/interaction.ts';
import type { Page, PageRequest } from '../store/pagination.ts';
import type { PromptRecord } from '../store/prompt.ts';
import { checkEnvironmentId } from './environment.ts';
import {
  checkPage,
  descriptionField,
  externalIdField,
  jsonObjectField,
  nameField,
  omitUndefined,
  orNotFound,
  parseInput,
  schemaField,
  tagsField,
  temperatureField,
  tokenLimitField,
} from './input.ts';
import { type InteractionReference, lookUpInteraction } from './specifier.ts';

/** Tags of interactions select versions in specifiers, so they must not look like anything else there. */
export const interactionTagsField = tagsField.refine(
  (tags) => tags.every((tag) => !/^\d+$|^draft$|^latest$|@/.test(tag)),
  'must be no whole numbers, not draft, not latest, and have no @',
);

const interactionInput = z.object({
  externalId: externalIdField.optional(),
  name: nameField.refine((name) => !name.includes('@'), 'must not have an @: it separates name and tag'),
  description: descriptionField.optional(),
  promptIds: z.array(z.string()).max(100, 'must have at most 100 prompts').nullish(),
  resultSchema: schemaField.nullish(),
  testData: jsonObjectField.nullish(),
  environmentId: z.string().nullish(),
  model: z.string().trim().min(1, 'must not be empty').max(200, 'must have at most 200 characters').nullish(),
  temperature: temperatureField.optional(),
  maxTokens: tokenLimitField.optional(),
  tags: interactionTagsField.nullish(),
  visibility: z.enum(['public', 'private']).nullish(),
  cachePolicy: z.enum(['no_cache', 'cache', 'cache_and_refresh']).nullish(),
  ttlSeconds: z.int('must be a whole number').min(0, 'must be at least 0').nullish(),
});

/** The interaction that an id or a specifier means, or null. */
export async function findInteraction(
  context: Context,
  reference: InteractionReference,
): Promise<InteractionRecord | null> {
  authorize(context.principal, 'readInteractions');
  return lookUpInteraction(context, reference);
}

/** Interactions, newest first: the drafts, unless the filter asks for versions by their status. */
export async function listInteractions(
  context: Context,
  filter: InteractionFilter,
  page: PageRequest,
): Promise<Page<InteractionRecord>> {
  authorize(context.principal, 'readInteractions');
  checkPage(page, context.pageMax);
  return context.store.interactions.findPage(page, convertInteractionFilter(filter));
}

export async function countInteractions(context: Context, filter: InteractionFilter): Promise<number> {
  return context.store.interactions.count(convertInteractionFilter(filter));
}

/** The prompts of an interaction, in its order. */
export async function listPromptsOfInteraction(
  context: Context,
  { prompts }: InteractionRecord,
): Promise<PromptRecord[]> {
  const found = await context.loaders.prompt.loadMany(prompts);
  return found.filter((prompt) => prompt !== null && !(prompt instanceof Error)) as PromptRecord[]; // By the line's own test.
}

/** What the data of an execution must fit: all that the prompts ask for, wherever they are. */
export async function computeInputSchema(context: Context, interaction: InteractionRecord): Promise<JsonObject | null> {
  if (interaction.remoteId != null) return interaction.inputSchema;
  const prompts = await listPromptsOfInteraction(context, interaction);
  return mergeInputSchemas(prompts.map(({ inputSchema }) => inputSchema).filter((schema) => schema !== null));
}

/** A draft, to be executed as it is or published. */
export async function createInteraction(context: Context, input: unknown): Promise<InteractionRecord> {
  authorize(context.principal, 'editInteractions');
  const fields = parseInput(interactionInput, input);
  await checkReferences(context, fields);
  return context.store.interactions.insert({
    draft: null,
    version: 1,
    status: 'draft',
    externalId: fields.externalId ?? null,
    remoteId: null,
    name: fields.name,
    endpoint: makeEndpoint(fields.name),
    forkedFrom: null,
    description: fields.description ?? null,
    visibility: fields.visibility ?? 'private',
    tags: fields.tags ?? [],
    prompts: fields.promptIds ?? [],
    inputSchema: null,
    resultSchema: fields.resultSchema ?? null,
    testData: fields.testData ?? null,
    environment: fields.environmentId ?? null,
    model: fields.model ?? null,
    temperature: fields.temperature ?? null,
    maxTokens: fields.maxTokens ?? null,
    cachePolicy: fields.cachePolicy ?? 'no_cache',
    ttlSeconds: fields.ttlSeconds ?? null,
  });
}

/** Changes what is given of a draft; null clears. Published versions stay as they are. */
export async function updateInteraction(context: Context, id: string, input: unknown): Promise<InteractionRecord> {
  authorize(context.principal, 'editInteractions');
  const { promptIds, environmentId, tags, visibility, cachePolicy, ...fields } = parseInput(
    interactionInput.partial(),
    input,
  );
  const draft = await requireDraft(context, id);
  checkStaysRemote(draft, { promptIds, environmentId, resultSchema: fields.resultSchema });
  await checkReferences(context, { promptIds, environmentId });
  const updated = await context.store.interactions.update(
    id,
    omitUndefined({
      ...fields,
      endpoint: fields.name === undefined ? undefined : makeEndpoint(fields.name),
      environment: environmentId,
      prompts: promptIds === null ? [] : promptIds,
      tags: tags === null ? [] : tags,
      visibility: visibility ?? undefined,
      cachePolicy: cachePolicy === null ? 'no_cache' : cachePolicy,
    }),
  );
  return orNotFound(updated, 'interaction', id);
}

/** Removes a draft with all its versions, or one version, that no deployment uses. Runs stay on record. */
export async function deleteInteraction(context: Context, id: string): Promise<{ id: string }> {
  authorize(context.principal, 'editInteractions');
  const interaction = orNotFound(await context.store.interactions.findOneById(id), 'interaction', id);
  const deployment = await context.store.deployments.findOne({ interaction: id });
  if (deployment !== null) {
    throw new ConflictError(`The interaction is used by deployment ${deployment.name} (${deployment.id})`);
  }
  // The draft goes last: what is interrupted half-way can be asked for again.
  await context.store.interactions.removeMany({ draft: id });
  await context.store.interactions.remove(interaction.id);
  return { id };
}

/** The draft with this id. Throws a NotFoundError, or a ConflictError for a published version. */
export async function requireDraft(context: Context, id: string): Promise<InteractionRecord> {
  const interaction = orNotFound(await context.store.interactions.findOneById(id), 'interaction', id);
  if (interaction.draft !== null) {
    const version = `Version ${interaction.version} of interaction ${interaction.name}`;
    throw new ConflictError(`${version} is published and stays as it is; use its draft ${interaction.draft}`);
  }
  return interaction;
}

/** What is executed elsewhere is changed there. Throws a ValidationError for fields that can only be changed so. */
function checkStaysRemote(
  { remoteId }: InteractionRecord,
  changes: Readonly<Record<'promptIds' | 'environmentId' | 'resultSchema', unknown>>,
): void {
  const names = Object.entries(changes).flatMap(([name, value]) => (value === undefined ? [] : [name]));
  if (remoteId == null || names.length === 0) return;
  const message = 'stays as it is: the interaction is executed elsewhere; change it there and import it again';
  throw new ValidationError(names.map((name) => ({ path: `/${name}`, message })));
}

/** Throws a ValidationError for what is executed elsewhere: there is nothing here to make another of. */
export function checkIsLocal({ remoteId, name }: InteractionRecord): void {
  if (remoteId == null) return;
  const message = `is interaction ${name}, which is executed elsewhere; its prompts are not here`;
  throw new ValidationError([{ path: '/id', message }]);
}

/** The name in PascalCase. */
export function makeEndpoint(name: string): string {
  const words =
    name
      .normalize('NFKD')
      .replace(/\p{M}/gu, '')
      .match(/[\p{L}\p{N}]+/gu) ?? [];
  return words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('');
}

async function checkReferences(
  context: Context,
  { promptIds, environmentId }: { promptIds?: string[] | null | undefined; environmentId?: string | null | undefined },
): Promise<void> {
  await checkEnvironmentId(context, environmentId);
  const ids = promptIds ?? [];
  const found = await findPrompts(context.store, ids);
  const issues = ids.flatMap((id, index) =>
    found.some((prompt) => prompt.id === id)
      ? []
      : [{ path: `/promptIds/${index}`, message: `there is no prompt ${id}` }],
  );
  if (issues.length > 0) throw new ValidationError(issues);
}
