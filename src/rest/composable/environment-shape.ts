import { z } from 'zod';
import type { EnvironmentRecord } from '../../store/environment.ts';
import type { ProjectRecord } from '../../store/tenancy.ts';
import { dateTime, idOrRecord } from './field.ts';
import { convertConfig, convertPolicy } from './virtual-config.ts';

const modelSchema = z.object({ id: z.string(), name: z.string(), provider: z.string() });

export const offeredModelSchema = modelSchema.extend({ can_stream: z.boolean(), is_multimodal: z.boolean() });

export const environmentSchema = z
  .object({
    id: z.string(),
    external_id: z.string().optional(),
    name: z.string(),
    description: z.string().optional(),
    provider: z.string(),
    endpoint_url: z.string().optional(),
    default_model: z.string().optional(),
    enabled_models: z.array(modelSchema),
    config: z.record(z.string(), z.unknown()).optional(),
    account: z.string(),
    created_at: dateTime,
    updated_at: dateTime,
  })
  .meta({ id: 'ComposableEnvironment' });

const enabledModels = z.array(idOrRecord).describe('Ids, or models as the provider lists them.');

const fields = {
  external_id: z.string().nullish(),
  description: z.string().nullish(),
  endpoint_url: z.string().nullish(),
  apiKey: z.string().nullish().describe('The credentials; they never come back.'),
  default_model: z.string().nullish(),
  enabled_models: enabledModels.nullish(),
  config: z.record(z.string(), z.unknown(), 'must be a JSON object').nullish(),
};

export const environmentPayload = z.object({ name: z.string(), provider: z.string(), ...fields });
export const environmentChanges = z.object({ name: z.string().optional(), provider: z.string().optional(), ...fields });

/** What of an environment its own route changes. */
export const environmentConfigPayload = z.object({
  enabled_models: enabledModels.optional(),
  config: z.record(z.string(), z.unknown(), 'must be a JSON object').optional(),
});

/** A payload as the resolvers take it; what is not given is undefined. */
export function convertEnvironmentPayload(payload: z.output<typeof environmentChanges>) {
  const { external_id, endpoint_url, apiKey, default_model, enabled_models, config, ...others } = payload;
  return {
    name: others.name,
    provider: others.provider,
    description: others.description,
    externalId: external_id,
    // The clients send what they show: an empty text is none.
    endpoint: endpoint_url === '' ? null : endpoint_url,
    credentials: apiKey === '' ? undefined : apiKey,
    defaultModel: default_model === '' ? null : default_model,
    enabledModels: enabled_models == null ? enabled_models : convertEnabledModels(enabled_models),
    policy: config && convertConfig(config),
  };
}

export function convertEnabledModels(models: z.output<typeof enabledModels>): string[] {
  return models.map((model) => (typeof model === 'string' ? model : model.id));
}

export function convertEnvironment(
  environment: EnvironmentRecord,
  { account }: ProjectRecord,
): z.input<typeof environmentSchema> {
  const { id, name, provider, externalId, description, endpoint, defaultModel, policy } = environment;
  return {
    id,
    ...(externalId !== null && { external_id: externalId }),
    name,
    ...(description !== null && { description }),
    provider,
    ...(endpoint !== null && { endpoint_url: endpoint }),
    ...(defaultModel !== null && { default_model: defaultModel }),
    enabled_models: environment.enabledModels.map((model) => ({ id: model, name: model, provider })),
    ...(policy !== null && { config: convertPolicy(provider, policy) }),
    account,
    created_at: environment.createdAt.toISOString(),
    updated_at: environment.updatedAt.toISOString(),
  };
}
