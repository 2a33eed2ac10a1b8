import type { Message } from '../domain.ts';
import { ValidationError, type ValidationIssue } from '../errors.ts';
import type { JsonObject } from '../json.ts';
import type { EnvironmentRecord } from '../store/environment.ts';
import type { InteractionRecord } from '../store/interaction.ts';
import type { PromptRecord } from '../store/prompt.ts';
import type { RunConfig } from '../store/run-record.ts';
import type { ProjectStore } from '../store/store.ts';
import { validateInput } from './input-schema.ts';
import { checkSchema, removeRepeated, validateAgainst } from './json-schema.ts';
import { type ExecutionConfig, resolveConfig, resolveRemoteConfig } from './resolve-config.ts';
import { renderTemplate } from './template.ts';

/** What is asked of an interaction. */
export interface InteractionRequest {
  readonly data: JsonObject;
  readonly config: ExecutionConfig;
  /** Instead of the interaction's own. */
  readonly resultSchema: JsonObject | null;
}

/** Everything that an execution goes by; where it was made, nothing of the caller's can fail any more. */
export interface PreparedInteraction {
  readonly environment: EnvironmentRecord;
  readonly config: RunConfig;
  readonly prompt: readonly Message[];
  readonly resultSchema: JsonObject | null;
}

/**
 * Resolves environment and settings, validates the data and renders the prompts. Throws a ValidationError that names
 * everything that is wrong, with pointers into the request.
 */
export async function prepareInteraction(
  store: ProjectStore,
  interaction: InteractionRecord,
  request: InteractionRequest,
): Promise<PreparedInteraction> {
  const [prompts, environment] = await Promise.all([
    findPrompts(store, interaction.prompts),
    findEnvironment(store, interaction, request.config),
  ]);
  if (interaction.remoteId != null) return prepareRemote(interaction, environment, request);
  if (prompts.length === 0) {
    throw new ValidationError([{ path: '', message: `interaction ${interaction.name} has no prompts` }]);
  }
  const config = resolveConfig(request.config, interaction, environment);
  checkResultSchema(request);
  return {
    environment,
    config,
    prompt: renderPrompts(prompts, request.data),
    resultSchema: request.resultSchema ?? interaction.resultSchema,
  };
}

/** What another API executes it renders itself, and it has the result schema; the run gets both when it ends. */
function prepareRemote(
  interaction: InteractionRecord,
  environment: EnvironmentRecord,
  request: InteractionRequest,
): PreparedInteraction {
  if (environment.id !== interaction.environment) {
    const message = `must be left out: interaction ${interaction.name} is executed where it was imported from`;
    throw new ValidationError([{ path: '/config/environmentId', message }]);
  }
  checkResultSchema(request);
  const { inputSchema } = interaction;
  const issues = inputSchema === null ? [] : prefixPaths('/data', validateAgainst(inputSchema, request.data));
  if (issues.length > 0) throw new ValidationError(removeRepeated(issues));
  const config = resolveRemoteConfig(request.config, interaction, environment);
  return { environment, config, prompt: [], resultSchema: request.resultSchema };
}

function checkResultSchema({ resultSchema }: InteractionRequest): void {
  const issues = resultSchema === null ? [] : prefixPaths('/resultSchema', checkSchema(resultSchema));
  if (issues.length > 0) throw new ValidationError(issues);
}

/** The messages that an interaction's prompts make of some data. Throws a ValidationError with pointers below `/data`. */
export function renderPrompts(prompts: readonly PromptRecord[], data: JsonObject): Message[] {
  const issues = [...prefixPaths('/data', validateInput(prompts, data))];
  const messages: Message[] = [];
  if (issues.length === 0) {
    for (const { role, contentType, content, inputSchema } of prompts) {
      try {
        messages.push({ role, content: renderTemplate({ contentType, content, inputSchema, data }) });
      } catch (error) {
        if (!(error instanceof ValidationError)) throw error;
        issues.push(...prefixPaths('/data', error.issues));
      }
    }
  }
  if (issues.length > 0) throw new ValidationError(removeRepeated(issues));
  return messages;
}

/** Prompts in the order of their ids; those that do not exist are left out. */
export async function findPrompts(store: ProjectStore, ids: readonly string[]): Promise<PromptRecord[]> {
  const byId = new Map((await store.prompts.findManyByIds(ids)).map((prompt) => [prompt.id, prompt]));
  return ids.flatMap((id) => byId.get(id) ?? []);
}

async function findEnvironment(
  store: ProjectStore,
  interaction: InteractionRecord,
  config: ExecutionConfig,
): Promise<EnvironmentRecord> {
  const path = '/config/environmentId';
  const id = config.environmentId ?? interaction.environment;
  if (id === null) {
    throw new ValidationError([
      { path, message: `is required: interaction ${interaction.name} has no environment of its own` },
    ]);
  }
  const environment = await store.environments.findOneById(id);
  if (environment === null) throw new ValidationError([{ path, message: `there is no environment ${id}` }]);
  return environment;
}

/** The same issues, seen from further out. */
export function prefixPaths(prefix: string, issues: readonly ValidationIssue[]): ValidationIssue[] {
  return issues.map(({ path, message }) => ({ path: prefix + path, message }));
}
