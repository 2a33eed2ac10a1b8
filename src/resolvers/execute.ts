import { z } from 'zod';
import { authorize } from '../auth/permission.ts';
import type { Context } from '../context.ts';
import type { Message } from '../domain.ts';
import { countTokens } from '../engine/count-tokens.ts';
import { findPrompts, prepareInteraction, renderPrompts } from '../engine/prepare-interaction.ts';
import { ForbiddenError, ValidationError } from '../errors.ts';
import { isJsonObject, type JsonObject } from '../json.ts';
import type { EnvironmentRecord } from '../store/environment.ts';
import type { InteractionRecord } from '../store/interaction.ts';
import { type CacheRule, noSubject, type RunConfig, type RunRecord, type RunSource } from '../store/run-record.ts';
import { executeOnce, idempotencyKeyField, type PreparedRun } from './execute-once.ts';
import { idField, jsonObjectField, parseInput, tagsField, temperatureField, tokenLimitField } from './input.ts';
import { requireInteraction } from './specifier.ts';

export const configInput = z.object({
  environmentId: z.string().nullish(),
  model: z.string().trim().min(1, 'must not be empty').max(200, 'must have at most 200 characters').nullish(),
  temperature: temperatureField.optional(),
  maxTokens: tokenLimitField.optional(),
  topP: z.number().min(0, 'must be at least 0').max(1, 'must be at most 1').nullish(),
  stop: z.array(z.string().min(1, 'must not be empty')).max(16, 'must have at most 16 members').nullish(),
  seed: z.int('must be a whole number').nullish(),
  validate: z.boolean().nullish(),
  options: jsonObjectField.nullish(),
  formatter: z.union([z.number(), z.string()], 'must be a number or a string').nullish(),
});

const executeInput = z.object({
  interactionId: z.string().nullish(),
  specifier: z.string().nullish(),
  tag: z.string().nullish(),
  data: jsonObjectField.nullish(),
  config: configInput.nullish(),
  resultSchema: jsonObjectField.nullish(),
  tags: tagsField.nullish(),
  stream: z.boolean().nullish(),
  onDisconnect: z.enum(['continue', 'cancel']).nullish(),
  idempotencyKey: idempotencyKeyField.nullish(),
  parentId: idField.nullish(),
  endUser: z.string().max(500, 'must have at most 500 characters').nullish(),
  object: z.string().max(500, 'must have at most 500 characters').nullish(),
});

type ExecuteRequest = z.output<typeof executeInput>;

/**
 * Executes an interaction. Blocking, the answer is the finished run, whether it succeeded or not; with `stream`, it is the
 * created run, which the first reader of its stream starts. A request with an idempotency key that was seen before is answered
 * with the run that it was then, as it is now. Throws for what is the caller's fault, and records no run then.
 */
export async function executeInteraction(context: Context, input: unknown): Promise<RunRecord> {
  authorize(context.principal, 'execute');
  const request = parseInput(executeInput, input);
  checkPublicRequest(context, request);
  return executeOnce(context, 'execute', request, () => prepareRun(context, request));
}

async function prepareRun(context: Context, request: ExecuteRequest): Promise<PreparedRun> {
  const { interactionId, specifier, tag, data, config, resultSchema } = request;
  const reference = { id: interactionId, specifier, tag, idName: 'interactionId' } as const;
  const interaction = await requireInteraction(context, reference);
  await checkParent(context, request);
  const { environment, ...prepared } = await prepareInteraction(context.store, interaction, {
    data: data ?? {},
    config: config ?? {},
    resultSchema: resultSchema ?? null,
  });
  checkExecutesPrompts(context, interaction, environment);
  const run = {
    kind: 'interaction' as const,
    name: interaction.name,
    ...noSubject,
    interaction: interaction.id,
    interactionDraft: interaction.draft ?? interaction.id,
    remote: interaction.remoteId == null ? null : { id: interaction.remoteId, steps: [] },
    environment: environment.id,
    model: prepared.config.model,
    config: prepared.config,
    prompt: prepared.prompt,
    resultSchema: prepared.resultSchema,
    input: data ?? {},
    tags: request.tags ?? [],
    parent: request.parentId ?? null,
    retryOf: null,
    cache: readCacheRule(interaction),
    endUser: request.endUser ?? null,
    object: request.object ?? readObjectId(data),
    source: describeSource(context),
    warnings: listWarnings(prepared.config),
    onDisconnect: request.onDisconnect ?? 'continue',
    recordPayloads: context.project.recordPayloads,
  };
  return { run, environment };
}

/** The messages that some data makes, and their size in tokens; nothing is executed and nothing recorded. */
export async function previewPrompt(
  context: Context,
  input: { interactionId?: string | null | undefined; specifier?: string | null | undefined; data?: unknown },
): Promise<{ messages: Message[]; tokens: number }> {
  authorize(context.principal, 'readPrompts');
  const { data } = parseInput(z.object({ data: jsonObjectField.nullish() }), input);
  const { interactionId: id, specifier } = input;
  const interaction = await requireInteraction(context, { id, specifier, idName: 'interactionId' });
  const messages = renderPrompts(await findPrompts(context.store, interaction.prompts), data ?? {});
  return { messages, tokens: await countTokens(messages) };
}

/** Whether results of the interaction are used again. */
function readCacheRule({ cachePolicy, ttlSeconds }: InteractionRecord): CacheRule | null {
  return cachePolicy === 'no_cache' ? null : { policy: cachePolicy, ttlSeconds };
}

/** What was asked for and cannot be done. */
function listWarnings({ formatter }: RunConfig): string[] {
  if (formatter === null) return [];
  return [`There is no formatter ${formatter}; the result is as the model gave it.`];
}

/** An API that executes what it has itself executes nothing else. */
function checkExecutesPrompts(
  { engine }: Context,
  interaction: InteractionRecord,
  environment: EnvironmentRecord,
): void {
  const { provider, name } = environment;
  if (interaction.remoteId != null || engine.connector.providers.findRemote(provider) === undefined) return;
  const message = `is ${name}, of ${provider}, which executes what is imported from it (importRemote) and nothing else`;
  throw new ValidationError([{ path: '/config/environmentId', message }]);
}

/** A browser's key is anybody's: it runs what was published, as it was published. */
function checkPublicRequest({ principal }: Context, { config, resultSchema }: ExecuteRequest): void {
  if (principal.kind !== 'public') return;
  if (config?.environmentId != null) throw new ForbiddenError('A public key does not choose the environment');
  if (config?.model != null || config?.options != null)
    throw new ForbiddenError('A public key does not choose model or options');
  if (resultSchema != null) throw new ForbiddenError('A public key does not choose the result schema');
}

async function checkParent(context: Context, { parentId }: ExecuteRequest): Promise<void> {
  if (parentId == null || (await context.loaders.run.load(parentId)) !== null) return;
  throw new ValidationError([{ path: '/parentId', message: `there is no run ${parentId}` }]);
}

/** The object that a run is about, where the data names it as Composable's clients do. */
function readObjectId(data: JsonObject | null | undefined): string | null {
  const id = isJsonObject(data) ? data.objectId : undefined;
  return typeof id === 'string' ? id : null;
}

/** Who makes the request, as a run keeps it. */
export function describeSource({ principal, clientIp, hops }: Context): RunSource {
  const { name: label, type: principalType, id: principalId } = principal;
  return { type: 'api', label, principalType, principalId, clientIp, ...(hops > 0 && { hops }) };
}
