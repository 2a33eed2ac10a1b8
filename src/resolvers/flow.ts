import { z } from 'zod';
import { authorize } from '../auth/permission.ts';
import type { Context } from '../context.ts';
import { type CheckedFlow, checkFlow } from '../engine/check-flow.ts';
import { checkInputValue } from '../engine/flow-input.ts';
import { ValidationError, type ValidationIssue } from '../errors.ts';
import type { JsonValue } from '../json.ts';
import type { FlowRecord } from '../store/flow.ts';
import type { Page, PageRequest } from '../store/pagination.ts';
import { findTagsByName } from './content-tag.ts';
import {
  checkPage,
  descriptionField,
  externalIdField,
  jsonObjectField,
  nameField,
  omitUndefined,
  orNotFound,
  parseInput,
  temperatureField,
  tokenLimitField,
} from './input.ts';

const inputNameField = z
  .string('is required')
  .regex(
    /^[\p{L}_][\p{L}\p{N}_-]{0,99}$/u,
    'must be a name: letters, digits, _ and -, at most 100, and no digit first',
  );

const inputField = z.object({
  name: inputNameField,
  type: z.enum(['text', 'number', 'boolean', 'list', 'json']).nullish(),
  required: z.boolean().nullish(),
  description: descriptionField.optional(),
  default: z.custom<JsonValue>().optional(),
});

const contextField = z.object({
  folderIds: z.array(z.string()).max(1_000, 'must have at most 1,000 members').nullish(),
  tags: z.array(z.string()).max(1_000, 'must have at most 1,000 members').nullish(),
  maxTokens: z.int('must be a whole number').min(100, 'must be at least 100').max(1_000_000).nullish(),
});

const stepField = z.object({
  name: nameField.refine((name) => !/[{}]/.test(name), 'must not have { or }').nullish(),
  promptId: z.string('is required'),
  inputs: jsonObjectField.nullish(),
  environmentId: z.string().nullish(),
  model: z.string().trim().min(1, 'must not be empty').max(200, 'must have at most 200 characters').nullish(),
  temperature: temperatureField.optional(),
  maxTokens: tokenLimitField.optional(),
  context: contextField.nullish(),
});

const flowInput = z.object({
  externalId: externalIdField.optional(),
  name: nameField,
  description: descriptionField.optional(),
  inputs: z.array(inputField).max(100, 'must have at most 100 inputs').nullish(),
  steps: z.array(stepField).min(1, 'must have at least 1 step').max(50, 'must have at most 50 steps'),
  resultType: z.enum(['text', 'list']).nullish(),
});

type FlowFields = z.output<typeof flowInput>;

/** A flow, or null. */
export async function findFlow(context: Context, id: string): Promise<FlowRecord | null> {
  authorize(context.principal, 'readFlows');
  return context.loaders.flow.load(id);
}

/** A project's flows, newest first. */
export async function listFlows(context: Context, page: PageRequest): Promise<Page<FlowRecord>> {
  authorize(context.principal, 'readFlows');
  checkPage(page, context.pageMax);
  return context.store.flows.findPage(page);
}

export async function countFlows({ store }: Context): Promise<number> {
  return store.flows.count();
}

/** An ordered list of steps. Throws a ValidationError with the place of each reference and each variable that is wrong. */
export async function createFlow(context: Context, input: unknown): Promise<FlowRecord> {
  authorize(context.principal, 'editFlows');
  const fields = parseInput(flowInput, input);
  const checked = await readParts(
    context,
    { inputs: fields.inputs ?? [], steps: fields.steps },
    { inputs: [], steps: [] },
  );
  return context.store.flows.insert({
    externalId: fields.externalId ?? null,
    environment: null,
    remoteId: null,
    name: fields.name,
    description: fields.description ?? null,
    resultType: fields.resultType ?? 'text',
    ...checked,
  });
}

/** Changes what is given; inputs and steps are replaced as a whole. */
export async function updateFlow(context: Context, id: string, input: unknown): Promise<FlowRecord> {
  authorize(context.principal, 'editFlows');
  const { inputs, steps, resultType, ...fields } = parseInput(flowInput.partial(), input);
  const current = orNotFound(await context.store.flows.findOneById(id), 'flow', id);
  if (current.remoteId != null && steps !== undefined) {
    const message = 'stays empty: the flow is executed elsewhere, and its steps are there';
    throw new ValidationError([{ path: '/steps', message }]);
  }
  const checked = await readParts(context, { inputs, steps }, current);
  const changes = { ...omitUndefined({ ...fields, resultType: resultType ?? undefined }), ...checked };
  return orNotFound(await context.store.flows.update(id, changes), 'flow', id);
}

/** Removes a flow; its runs stay. */
export async function deleteFlow(context: Context, id: string): Promise<{ id: string }> {
  authorize(context.principal, 'editFlows');
  if (!(await context.store.flows.remove(id))) orNotFound(null, 'flow', id);
  return { id };
}

/** Inputs and steps as they are kept: those that are given, else the `current` ones, checked together. */
async function readParts(
  context: Context,
  fields: { readonly inputs: FlowFields['inputs']; readonly steps: FlowFields['steps'] | undefined },
  current: CheckedFlow,
): Promise<CheckedFlow> {
  const inputs =
    fields.inputs === undefined
      ? current.inputs
      : (fields.inputs ?? []).map(({ name, type, required, description, default: standard }) => ({
          name,
          type: type ?? ('text' as const),
          required: required ?? false,
          description: description ?? null,
          default: standard ?? null,
        }));
  const issues: ValidationIssue[] = inputs.flatMap((input, index) =>
    checkInputValue(input, input.default).map((message) => ({ path: `/inputs/${index}/default`, message })),
  );
  const steps = fields.steps === undefined ? current.steps : await readSteps(context, fields.steps, issues);
  const prompts = await context.store.prompts.findManyByIds(steps.map(({ prompt }) => prompt));
  const flow = { inputs, steps };
  issues.push(...checkFlow(flow, new Map(prompts.map((prompt) => [prompt.id, prompt]))));
  if (issues.length > 0) throw new ValidationError(issues);
  return flow;
}

/** Steps as they are kept; what they name and is not there goes to `issues`. */
async function readSteps(
  { store, loaders }: Context,
  steps: FlowFields['steps'],
  issues: ValidationIssue[],
): Promise<CheckedFlow['steps']> {
  const tags = await findTagsByName(
    store,
    steps.flatMap(({ context }) => context?.tags ?? []),
  );
  const check = async (path: string, noun: 'prompt' | 'environment' | 'folder', id: string | null | undefined) => {
    if (id == null || (await loaders[noun].load(id)) !== null) return;
    issues.push({ path, message: `there is no ${noun} ${id}` });
  };
  return Promise.all(
    steps.map(async (step, index) => {
      const { name, promptId, inputs, environmentId, model, temperature, maxTokens, context } = step;
      const folders = context?.folderIds ?? [];
      const names = context?.tags ?? [];
      await Promise.all([
        check(`/steps/${index}/promptId`, 'prompt', promptId),
        check(`/steps/${index}/environmentId`, 'environment', environmentId),
        ...folders.map((id, place) => check(`/steps/${index}/context/folderIds/${place}`, 'folder', id)),
      ]);
      for (const [place, tag] of names.entries()) {
        if (tags.has(tag)) continue;
        issues.push({ path: `/steps/${index}/context/tags/${place}`, message: `there is no tag ${tag}` });
      }
      return {
        name: name ?? `step${index + 1}`,
        prompt: promptId,
        inputs: inputs ?? null,
        environment: environmentId ?? null,
        model: model ?? null,
        temperature: temperature ?? null,
        maxTokens: maxTokens ?? null,
        context:
          context == null
            ? null
            : { folders, tags: names.flatMap((tag) => tags.get(tag) ?? []), maxTokens: context.maxTokens ?? null },
      };
    }),
  );
}
