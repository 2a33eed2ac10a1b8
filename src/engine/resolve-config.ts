import { ValidationError } from '../errors.ts';
import type { JsonObject } from '../json.ts';
import type { EnvironmentRecord } from '../store/environment.ts';
import type { InteractionRecord } from '../store/interaction.ts';
import type { RunConfig } from '../store/run-record.ts';

/** What a payload says of how to execute; what is missing comes from the interaction, then the environment, then the defaults. */
export interface ExecutionConfig {
  readonly environmentId?: string | null | undefined;
  readonly model?: string | null | undefined;
  readonly temperature?: number | null | undefined;
  readonly maxTokens?: number | null | undefined;
  readonly topP?: number | null | undefined;
  readonly stop?: readonly string[] | null | undefined;
  readonly seed?: number | null | undefined;
  readonly validate?: boolean | null | undefined;
  readonly options?: JsonObject | null | undefined;
  readonly formatter?: string | number | null | undefined;
}

const defaultTemperature = 0.7;

/**
 * Applies the precedence payload > interaction > environment > default. A payload that names another environment than the
 * interaction and no model gets that environment's default model, not the interaction's.
 *
 * Throws a ValidationError where no model is left to use, or one that the environment does not enable.
 */
export function resolveConfig(
  payload: ExecutionConfig,
  interaction: Pick<InteractionRecord, 'environment' | 'model' | 'temperature' | 'maxTokens'>,
  environment: EnvironmentRecord,
): RunConfig & { readonly model: string } {
  const settings = resolveRemoteConfig(payload, interaction, environment);
  if (settings.model === null) {
    const ways = "name one here, in the interaction or as the environment's defaultModel";
    const message = `is required: environment ${environment.name} has no default model; ${ways}`;
    throw new ValidationError([{ path: '/config/model', message }]);
  }
  return { ...settings, model: settings.model, temperature: settings.temperature ?? defaultTemperature };
}

/** The same where another API has the last word: without a model or a temperature, it chooses. */
export function resolveRemoteConfig(
  payload: ExecutionConfig,
  interaction: Pick<InteractionRecord, 'environment' | 'model' | 'temperature' | 'maxTokens'>,
  environment: EnvironmentRecord,
): RunConfig {
  const isInteractionsEnvironment = interaction.environment === environment.id;
  const model =
    payload.model ?? (isInteractionsEnvironment ? interaction.model : null) ?? environment.defaultModel ?? null;
  const { enabledModels } = environment;
  if (model !== null && enabledModels.length > 0 && !enabledModels.includes(model)) {
    const message = `${model} is not enabled in environment ${environment.name}; allowed are ${enabledModels.join(', ')}`;
    throw new ValidationError([{ path: '/config/model', message }]);
  }
  return {
    model,
    temperature: payload.temperature ?? interaction.temperature,
    maxTokens: payload.maxTokens ?? interaction.maxTokens,
    topP: payload.topP ?? null,
    stop: payload.stop ?? null,
    seed: payload.seed ?? null,
    validate: payload.validate ?? true,
    options: payload.options ?? null,
    formatter: payload.formatter ?? null,
  };
}
