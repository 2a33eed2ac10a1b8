import { z } from 'zod';
import type { JsonValue } from '../../json.ts';
import type { RunPayloads } from '../../store/run-payload.ts';
import type { RunEvaluation, RunRecord } from '../../store/run-record.ts';
import { dateTime, jsonObject, type Reference, reference } from './field.ts';
import { roleSchema } from './prompt-shape.ts';
import { formatEntryModel } from './virtual-config.ts';

export const statusSchema = z.enum(['created', 'processing', 'completed', 'failed']);

const common = {
  id: z.string(),
  parent: z.string().optional(),
  modelId: z.string(),
  status: statusSchema,
  tags: z.array(z.string()),
  created_at: dateTime,
  updated_at: dateTime,
};

const references = { interaction: reference, environment: reference, account: reference, project: reference };

/** A run in a list. */
export const runReferenceSchema = z.object({ ...common, ...references }).meta({ id: 'ComposableRunReference' });

const details = {
  result: z.unknown().describe('The value; from x-api-version 20250925 on a list of { type, value }.'),
  parameters: jsonObject.nullable(),
  result_schema: jsonObject.optional(),
  prompt: z.array(z.object({ role: roleSchema, content: z.string() })),
  token_use: z
    .object({ prompt: z.int(), result: z.int(), completion: z.int().describe('The same as result.'), total: z.int() })
    .optional(),
  execution_time: z.number().describe('Milliseconds.').optional(),
  ttl: z.int().describe('How long a created run waits for its first reader, in seconds.'),
  config: z.object({
    id: z.string(),
    environment: z.string(),
    model: z.string(),
    temperature: z.number().optional(),
    max_tokens: z.int().optional(),
    do_validate: z.boolean(),
    formatter: z.union([z.number(), z.string()]).optional(),
  }),
  source: z.object({
    type: z.enum(['api', 'cli', 'ui', 'webhook', 'test-data', 'system']),
    label: z.string(),
    principal_type: z.enum(['apikey', 'user']),
    principal_id: z.string(),
    client_ip: z.string(),
  }),
  error: z.object({ code: z.string(), message: z.string() }).optional(),
  evaluation: z
    .object({ score: z.number().optional(), selected: z.boolean(), scores: z.record(z.string(), z.number()) })
    .describe('Of one of the answers that a virtual environment chose from: what its mediators scored it, of 10.')
    .optional(),
  warnings: z.array(z.string()),
  input_embedding: z.array(z.number()),
  result_embedding: z.array(z.number()),
};

export const runSchema = z.object({ ...common, ...references, ...details }).meta({ id: 'ComposableRun' });

/** What executions answer with: what others refer to by objects is ids there. */
export const executedRunSchema = z
  .object({
    ...common,
    interaction: z.string(),
    environment: z.string(),
    account: z.string(),
    project: z.string(),
    ...details,
  })
  .meta({ id: 'ComposableExecutedRun' });

export type ExecutedRun = z.input<typeof executedRunSchema>;

export interface RunView {
  readonly run: RunRecord;
  readonly payloads: RunPayloads;
  /** The id of the project's account. */
  readonly account: string;
  readonly ttlSeconds: number;
  /** Whether results are lists of typed parts. */
  readonly isTyped: boolean;
}

export interface RunReferences {
  readonly interaction: Reference;
  readonly environment: Reference;
  readonly account: Reference;
  readonly project: Reference;
}

/** What an interaction's run executed and where; these clients see no other runs. */
export function requireSubject({ id, interaction, environment, model }: RunRecord) {
  if (interaction === null || environment === null) throw new Error(`Run ${id} is no run of an interaction`);
  // Until an API that executes it says which it chose.
  return { interaction, environment, model: model ?? '' };
}

/** To these clients cancelled runs failed. */
export function convertStatus(status: RunRecord['status']): z.output<typeof statusSchema> {
  return status === 'cancelled' ? 'failed' : status;
}

export function convertRunReference(run: RunRecord, runReferences: RunReferences): z.input<typeof runReferenceSchema> {
  return { ...convertCommon(run), ...runReferences };
}

export function convertRun(view: RunView, runReferences: RunReferences): z.input<typeof runSchema> {
  return { ...convertCommon(view.run), ...runReferences, ...convertDetails(view) };
}

export function convertExecutedRun(view: RunView): ExecutedRun {
  const { run, account } = view;
  const { interaction, environment } = requireSubject(run);
  const subject = { interaction, environment, account, project: run.project };
  return { ...convertCommon(run), ...subject, ...convertDetails(view) };
}

/** The value of a result, in the form that the client reads. */
function convertResult(value: JsonValue, { run, isTyped }: Pick<RunView, 'run' | 'isTyped'>): unknown {
  if (!isTyped) return value;
  if (value === null) return [];
  return [{ type: typeof value === 'string' && run.resultSchema === null ? 'text' : 'json', value }];
}

function convertCommon(run: RunRecord) {
  return {
    id: run.id,
    ...(run.parent !== null && { parent: run.parent }),
    modelId: requireSubject(run).model,
    status: convertStatus(run.status),
    tags: [...run.tags],
    created_at: run.createdAt.toISOString(),
    updated_at: run.updatedAt.toISOString(),
  };
}

/** Mediators are called by environment and model, as the entries of virtual environments are. */
function convertEvaluation({ score, selected, scores }: RunEvaluation) {
  const named = scores.map((one) => [formatEntryModel(one), one.score] as const);
  return { ...(score !== null && { score }), selected, scores: Object.fromEntries(named) };
}

function convertDetails(view: RunView) {
  const { run, payloads, ttlSeconds } = view;
  const { config, tokenUse, executionTimeMs, resultSchema, error, source, evaluation } = run;
  const { environment, model } = requireSubject(run);
  return {
    result: convertResult(payloads.result, view),
    parameters: payloads.input,
    ...(resultSchema !== null && { result_schema: resultSchema }),
    prompt: payloads.prompt.map(({ role, content }) => ({ role, content })),
    ...(tokenUse !== null && { token_use: { ...tokenUse, completion: tokenUse.result } }),
    ...(executionTimeMs !== null && { execution_time: executionTimeMs }),
    ttl: ttlSeconds,
    config: {
      id: run.id,
      environment,
      model,
      ...(config.temperature !== null && { temperature: config.temperature }),
      ...(config.maxTokens !== null && { max_tokens: config.maxTokens }),
      do_validate: config.validate,
      ...(config.formatter != null && { formatter: config.formatter }),
    },
    source: {
      type: source.type,
      label: source.label ?? '',
      principal_type: source.principalType,
      principal_id: source.principalId,
      client_ip: source.clientIp ?? '',
    },
    ...(evaluation != null && { evaluation: convertEvaluation(evaluation) }),
    ...(error !== null && { error: { code: error.code, message: error.message } }),
    warnings: [...run.warnings],
    input_embedding: [],
    result_embedding: [],
  };
}
