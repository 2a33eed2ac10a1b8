import { z } from 'zod';
import { authorize } from '../auth/permission.ts';
import type { Context } from '../context.ts';
import type { Message } from '../domain.ts';
import { prefixPaths, renderPrompts } from '../engine/prepare-interaction.ts';
import { checkTemplate } from '../engine/template.ts';
import { ConflictError, ValidationError } from '../errors.ts';
import type { JsonObject } from '../json.ts';
import type { InteractionRecord } from '../store/interaction.ts';
import type { Page, PageRequest } from '../store/pagination.ts';
import type { PromptRecord } from '../store/prompt.ts';
import { checkPage, externalIdField, nameField, omitUndefined, orNotFound, parseInput, schemaField } from './input.ts';

const promptInput = z.object({
  externalId: externalIdField.optional(),
  name: nameField,
  role: z.enum(['safety', 'system', 'user', 'assistant']).nullish(),
  contentType: z.enum(['text', 'liquid', 'handlebars', 'js']).nullish(),
  content: z.string('is required').max(1_000_000, 'must have at most 1,000,000 characters'),
  inputSchema: schemaField.nullish(),
});

/** A prompt, or null. */
export async function findPrompt(context: Context, id: string): Promise<PromptRecord | null> {
  authorize(context.principal, 'readPrompts');
  return context.loaders.prompt.load(id);
}

/** Which prompts are meant; null and undefined are no restriction. */
export interface PromptFilter {
  readonly name?: string | null | undefined;
  readonly role?: readonly PromptRecord['role'][] | null | undefined;
}

/** The prompts that can be edited, newest first; the copies that published interactions use are reached through those. */
export async function listPrompts(
  context: Context,
  page: PageRequest,
  { name, role }: PromptFilter = {},
): Promise<Page<PromptRecord>> {
  authorize(context.principal, 'readPrompts');
  checkPage(page, context.pageMax);
  const filter = { draft: null, ...(name != null && { name }), ...(role != null && { role: { $in: [...role] } }) };
  return context.store.prompts.findPage(page, filter);
}

export async function countPrompts(context: Context): Promise<number> {
  return context.store.prompts.count({ draft: null });
}

/** A template with a role, for interactions to use. */
export async function createPrompt(context: Context, input: unknown): Promise<PromptRecord> {
  authorize(context.principal, 'editPrompts');
  const { role, contentType, inputSchema, externalId, ...fields } = parseInput(promptInput, input);
  const prompt = {
    ...fields,
    draft: null,
    version: 1,
    forkedFrom: null,
    externalId: externalId ?? null,
    role: role ?? 'user',
    contentType: contentType ?? 'liquid',
    inputSchema: inputSchema ?? null,
  } as const;
  checkContent(prompt);
  return context.store.prompts.insert(prompt);
}

/** Changes what is given. Published interactions keep the prompt as it was. */
export async function updatePrompt(context: Context, id: string, input: unknown): Promise<PromptRecord> {
  authorize(context.principal, 'editPrompts');
  const { role, contentType, ...fields } = parseInput(promptInput.partial(), input);
  const changes = omitUndefined({ ...fields, role: role ?? undefined, contentType: contentType ?? undefined });
  const current = orNotFound(await context.store.prompts.findOneById(id), 'prompt', id);
  if (current.draft !== null) {
    throw new ConflictError(
      `Version ${current.version} of prompt ${current.name} is published and stays as it is; change ${current.draft}`,
    );
  }
  checkContent({ ...current, ...changes });
  // Once a version was frozen, what is edited is the next one.
  const isFrozen = (await context.store.prompts.findOne({ draft: id, version: current.version })) !== null;
  const version = isFrozen ? current.version + 1 : current.version;
  return orNotFound(await context.store.prompts.update(id, { ...changes, version }), 'prompt', id);
}

/** Removes a prompt that no interaction's draft and no flow uses. */
export async function deletePrompt(context: Context, id: string): Promise<{ id: string }> {
  authorize(context.principal, 'editPrompts');
  const user = await context.store.interactions.findOne({ prompts: id });
  if (user !== null) throw new ConflictError(`The prompt is used by interaction ${user.name} (${user.id})`);
  const flow = await context.store.flows.findOne({ 'steps.prompt': id });
  if (flow !== null) throw new ConflictError(`The prompt is used by flow ${flow.name} (${flow.id})`);
  if (!(await context.store.prompts.remove(id))) orNotFound(null, 'prompt', id);
  return { id };
}

/** The unchanging copies that published interactions use, newest first, whichever of them is asked. */
export async function listVersionsOfPrompt(
  context: Context,
  prompt: PromptRecord,
  page: PageRequest,
): Promise<Page<PromptRecord>> {
  checkPage(page, context.pageMax);
  return context.store.prompts.findPage(page, { draft: prompt.draft ?? prompt.id });
}

export async function countVersionsOfPrompt(context: Context, prompt: PromptRecord): Promise<number> {
  return context.store.prompts.count({ draft: prompt.draft ?? prompt.id });
}

/** A new prompt that begins as a copy. */
export async function forkPrompt(context: Context, id: string, input: unknown): Promise<PromptRecord> {
  authorize(context.principal, 'editPrompts');
  const { name } = parseInput(z.object({ name: nameField.nullish() }), input);
  const source = orNotFound(await context.store.prompts.findOneById(id), 'prompt', id);
  return copyPrompt(context, { ...source, name: name ?? `${source.name} (fork)` });
}

/** A prompt that can be edited, made of another. */
export function copyPrompt({ store }: Context, source: PromptRecord): Promise<PromptRecord> {
  const { id, createdAt: _createdAt, updatedAt: _updatedAt, ...prompt } = source;
  return store.prompts.insert({
    ...prompt,
    draft: null,
    version: 1,
    externalId: null,
    forkedFrom: source.draft ?? id,
  });
}

/** The text that a prompt makes of some data. Throws a ValidationError with pointers below `/data`. */
export async function renderPrompt(context: Context, id: string, data: JsonObject): Promise<Message> {
  authorize(context.principal, 'readPrompts');
  const prompt = orNotFound(await context.loaders.prompt.load(id), 'prompt', id);
  const [message] = renderPrompts([prompt], data);
  return message ?? { role: prompt.role, content: '' };
}

/** The drafts that use a prompt, by name. */
export async function listUsersOfPrompt(context: Context, id: string): Promise<InteractionRecord[]> {
  authorize(context.principal, 'readInteractions');
  return context.store.interactions.findMany({ prompts: id }, { name: 1, _id: 1 });
}

function checkContent({ contentType, content }: Pick<PromptRecord, 'contentType' | 'content'>): void {
  const issues = checkTemplate(contentType, content);
  if (issues.length > 0) throw new ValidationError(prefixPaths('/content', issues));
}
