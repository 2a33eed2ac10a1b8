import { z } from 'zod';
import { authorize } from '../auth/permission.ts';
import type { Context } from '../context.ts';
import type { Message } from '../domain.ts';
import { resolveConfig } from '../engine/resolve-config.ts';
import { ValidationError } from '../errors.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../json.ts';
import type { InteractionRecord } from '../store/interaction.ts';
import { noSubject, type RunRecord, type RunSourceType } from '../store/run-record.ts';
import { configInput, describeSource } from './execute.ts';
import { startRun } from './execute-once.ts';
import { parseInput } from './input.ts';
import { checkIsLocal, computeInputSchema, listPromptsOfInteraction } from './interaction.ts';
import { requireInteraction } from './specifier.ts';

/** What a model made, and the run that records it; null where the run failed. */
export interface Generated<T> {
  readonly run: RunRecord;
  readonly value: T | null;
}

/** An interaction as a model proposes it; nothing is stored. */
export interface ProposedInteraction {
  readonly name: string;
  readonly description: string;
  readonly prompts: readonly { readonly role: 'system' | 'user'; readonly name: string; readonly content: string }[];
  readonly inputSchema: JsonObject;
  readonly resultSchema: JsonObject;
}

const countMax = 20;

const testDataInput = z.object({
  count: z
    .int('must be a whole number')
    .min(1, 'must be at least 1')
    .max(countMax, `must be at most ${countMax}`)
    .nullish(),
  message: z.string().max(10_000, 'must have at most 10,000 characters').nullish(),
  config: configInput.nullish(),
});

const improvementInput = z.object({ config: configInput.nullish() });

const proposalInput = z.object({
  description: z.string('is required').min(1, 'must not be empty').max(10_000, 'must have at most 10,000 characters'),
  config: configInput.nullish(),
});

type Config = z.output<typeof configInput> | null | undefined;

/** Has the interaction's model make data that the interaction could be executed with. */
export async function generateTestData(
  context: Context,
  id: string,
  input: unknown,
): Promise<Generated<readonly JsonValue[]>> {
  const interaction = await findSubject(context, id);
  const { count, message, config } = parseInput(testDataInput, input);
  const itemSchema = (await computeInputSchema(context, interaction)) ?? { type: 'object' };
  const size = count ?? 1;
  const items = {
    type: 'array',
    minItems: size,
    maxItems: size,
    items: nestSchema(itemSchema, '/properties/items/items'),
  };
  const run = await ask(context, interaction, {
    name: 'GenerateTestData',
    source: 'test-data',
    config,
    resultSchema: { type: 'object', properties: { items }, required: ['items'], additionalProperties: false },
    prompt: [
      system(
        'You make realistic test data for prompts. Vary it; invent names and facts rather than write placeholders.',
      ),
      user(
        `Make ${size} example(s) of the input of these prompts, as items that fit the JSON Schema.`,
        `The schema of one item:\n${JSON.stringify(itemSchema)}`,
        await describePrompts(context, interaction),
        ...(message == null ? [] : [`What matters about them: ${message}`]),
      ),
    ],
  });
  return { run, value: isJsonObject(run.result) && Array.isArray(run.result.items) ? run.result.items : null };
}

/** Has the interaction's model say how its prompts could be better, in Markdown. */
export async function suggestPromptImprovements(
  context: Context,
  id: string,
  input: unknown,
): Promise<Generated<string>> {
  const interaction = await findSubject(context, id);
  const { config } = parseInput(improvementInput, input);
  const { resultSchema } = interaction;
  const run = await ask(context, interaction, {
    name: 'SuggestPromptImprovements',
    source: 'system',
    config,
    resultSchema: null,
    prompt: [
      system('You review prompts for language models: what is unclear, what is missing, what could go wrong.'),
      user(
        'Say how these prompts could be better, then write them anew. Keep the names of their variables.',
        await describePrompts(context, interaction),
        ...(resultSchema === null ? [] : [`The result must fit this JSON Schema:\n${JSON.stringify(resultSchema)}`]),
      ),
    ],
  });
  return { run, value: typeof run.result === 'string' ? run.result : null };
}

/** Has the interaction's model propose an interaction for what is described; it is not stored. */
export async function proposeInteraction(
  context: Context,
  id: string,
  input: unknown,
): Promise<Generated<ProposedInteraction>> {
  const interaction = await findSubject(context, id);
  const { description, config } = parseInput(proposalInput, input);
  const run = await ask(context, interaction, {
    name: 'GenerateInteraction',
    source: 'system',
    config,
    resultSchema: proposalSchema,
    prompt: [
      system('You write prompts for language models. Variables are written {{ name }}, as in Liquid.'),
      user(
        'Write the prompts of a task, the JSON Schema of their variables, and the JSON Schema of the result.',
        `The task: ${description}`,
      ),
    ],
  });
  const parsed = proposal.safeParse(run.result);
  return { run, value: run.error === null && parsed.success ? parsed.data : null };
}

const text = { type: 'string' };
const proposal = z.object({
  name: z.string(),
  description: z.string(),
  prompts: z.array(z.object({ role: z.enum(['system', 'user']), name: z.string(), content: z.string() })),
  inputSchema: z.custom<JsonObject>(isJsonObject),
  resultSchema: z.custom<JsonObject>(isJsonObject),
});
const proposalSchema: JsonObject = {
  type: 'object',
  properties: {
    name: text,
    description: text,
    prompts: {
      type: 'array',
      minItems: 1,
      items: {
        type: 'object',
        properties: { role: { enum: ['system', 'user'] }, name: text, content: text },
        required: ['role', 'name', 'content'],
      },
    },
    inputSchema: { type: 'object' },
    resultSchema: { type: 'object' },
  },
  required: ['name', 'description', 'prompts', 'inputSchema', 'resultSchema'],
};

interface Question {
  readonly name: string;
  readonly source: RunSourceType;
  readonly config: Config;
  readonly resultSchema: JsonObject | null;
  readonly prompt: readonly Message[];
}

const system = (content: string): Message => ({ role: 'system', content });
const user = (...paragraphs: readonly string[]): Message => ({ role: 'user', content: paragraphs.join('\n\n') });

/** It shows the prompts and costs money: the caller must be allowed both. */
async function findSubject(context: Context, id: string): Promise<InteractionRecord> {
  authorize(context.principal, 'readInteractions');
  authorize(context.principal, 'execute');
  const interaction = await requireInteraction(context, { id, specifier: null, idName: 'id' });
  checkIsLocal(interaction);
  return interaction;
}

/** Asks the interaction's model, or the one that the config names, and records it as a run of the interaction. */
async function ask(
  context: Context,
  interaction: InteractionRecord,
  { name, source, config, resultSchema, prompt }: Question,
): Promise<RunRecord> {
  const environmentId = config?.environmentId ?? interaction.environment;
  const environment = environmentId === null ? null : await context.loaders.environment.load(environmentId);
  if (environment === null) {
    const message =
      environmentId === null ? 'is required: the interaction has none' : `there is no environment ${environmentId}`;
    throw new ValidationError([{ path: '/config/environmentId', message }]);
  }
  const settings = resolveConfig(config ?? {}, interaction, environment);
  const run = {
    kind: 'interaction' as const,
    name,
    ...noSubject,
    interaction: interaction.id,
    interactionDraft: interaction.draft ?? interaction.id,
    environment: environment.id,
    model: settings.model,
    config: settings,
    prompt,
    resultSchema,
    input: {},
    tags: [],
    parent: null,
    retryOf: null,
    endUser: null,
    object: null,
    source: { ...describeSource(context), type: source },
    warnings: [],
    onDisconnect: 'cancel' as const,
    recordPayloads: context.project.recordPayloads,
  };
  return startRun(context, { run, environment }, false);
}

async function describePrompts(context: Context, interaction: InteractionRecord): Promise<string> {
  const prompts = await listPromptsOfInteraction(context, interaction);
  const described = prompts.map(({ role, content }) => `--- ${role} ---\n${content}`);
  return `The prompts of ${interaction.name}:\n${described.join('\n')}`;
}

/** A schema within another one, at a pointer: its references go on meaning what they meant. */
function nestSchema(schema: JsonValue, pointer: string): JsonValue {
  if (Array.isArray(schema)) return schema.map((member: JsonValue) => nestSchema(member, pointer));
  if (!isJsonObject(schema)) return schema;
  return Object.fromEntries(
    Object.entries(schema).map(([key, value]) =>
      key === '$ref' && typeof value === 'string' && value.startsWith('#')
        ? [key, `#${pointer}${value.slice(1)}`]
        : [key, nestSchema(value, pointer)],
    ),
  );
}
