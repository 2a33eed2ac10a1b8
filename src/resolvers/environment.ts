import { z } from 'zod';
import { authorize } from '../auth/permission.ts';
import type { Context } from '../context.ts';
import { ConflictError, RunFailure, UpstreamError, ValidationError, type ValidationIssue } from '../errors.ts';
import type { Model } from '../providers/provider.ts';
import { createId, withRemoteId } from '../store/entity-store.ts';
import { type EnvironmentRecord, isVirtual, virtualProviders } from '../store/environment.ts';
import { checkPolicy, findDependant, modelField, policyField } from './environment-policy.ts';
import {
  descriptionField,
  externalIdField,
  idField,
  nameField,
  omitUndefined,
  orNotFound,
  parseInput,
} from './input.ts';

const endpointField = z
  .url({ protocol: /^https?$/, error: 'must be a URL that begins with http:// or https://' })
  // It is asked of what is no URL, too.
  .refine((text) => {
    const url = URL.parse(text);
    return url === null || (url.username === '' && url.password === '');
  }, 'must not hold credentials');

const environmentInput = z.object({
  externalId: externalIdField.optional(),
  name: nameField,
  description: descriptionField.optional(),
  provider: z.string('is required'),
  endpoint: endpointField.nullish(),
  credentials: z.string().min(1, 'must not be empty; null removes them').max(10_000).nullish(),
  defaultModel: modelField.nullish(),
  enabledModels: z.array(modelField).max(1_000).nullish(),
  policy: policyField.nullish(),
});

const modelsTimeoutMs = 15_000;

/** An environment, or null. */
export async function findEnvironment(context: Context, id: string): Promise<EnvironmentRecord | null> {
  authorize(context.principal, 'readEnvironments');
  return context.loaders.environment.load(id);
}

/** A project's environments, by name. */
export function listEnvironments(context: Context): Promise<EnvironmentRecord[]> {
  authorize(context.principal, 'readEnvironments');
  return context.store.environments.findMany({}, { name: 1, _id: 1 });
}

/** Where an execution runs: provider, address, credentials (sealed at rest, never shown again), models. */
export async function createEnvironment(context: Context, input: unknown): Promise<EnvironmentRecord> {
  authorize(context.principal, 'manageEnvironments');
  const { credentials, ...fields } = parseInput(environmentInput, input);
  checkProvider(context, fields.provider, fields.endpoint ?? null);
  const id = createId();
  await checkPolicy(context, { ...fields, id, policy: fields.policy ?? null });
  return context.store.environments.insert({
    id,
    name: fields.name,
    provider: fields.provider,
    externalId: fields.externalId ?? null,
    description: fields.description ?? null,
    endpoint: fields.endpoint ?? null,
    credentials: sealCredentials(context, id, credentials ?? null),
    defaultModel: fields.defaultModel ?? nameVirtualModel(fields),
    enabledModels: fields.enabledModels ?? [],
    policy: fields.policy ?? null,
  });
}

/** Changes what is given. Another provider or endpoint clears the credentials unless they come along. */
export async function updateEnvironment(context: Context, id: string, input: unknown): Promise<EnvironmentRecord> {
  authorize(context.principal, 'manageEnvironments');
  const { credentials, enabledModels, ...fields } = parseInput(environmentInput.partial(), input);
  const current = orNotFound(await context.store.environments.findOneById(id), 'environment', id);
  const next = { ...current, ...omitUndefined(fields) };
  checkProvider(context, next.provider, next.endpoint);
  if (fields.policy !== undefined || next.provider !== current.provider) await checkPolicy(context, next);
  const isElsewhere = next.provider !== current.provider || next.endpoint !== current.endpoint;
  const updated = await context.store.environments.update(id, {
    ...omitUndefined(fields),
    ...(enabledModels !== undefined && { enabledModels: enabledModels ?? [] }),
    ...(credentials === undefined
      ? isElsewhere && { credentials: null }
      : { credentials: sealCredentials(context, id, credentials) }),
  });
  return orNotFound(updated, 'environment', id);
}

/** Removes an environment that no interaction, flow, deployment or other environment uses; runs that were executed there stay. */
export async function deleteEnvironment(context: Context, id: string): Promise<{ id: string }> {
  authorize(context.principal, 'manageEnvironments');
  const user = await context.store.interactions.findOne({ environment: id });
  if (user !== null) throw new ConflictError(`The environment is used by interaction ${user.name} (${user.id})`);
  const flow = await context.store.flows.findOne({ $or: [{ 'steps.environment': id }, withRemoteId(id)] });
  if (flow !== null) throw new ConflictError(`The environment is used by flow ${flow.name} (${flow.id})`);
  const deployment = await context.store.deployments.findOne({ environment: id });
  if (deployment !== null) {
    throw new ConflictError(`The environment is used by deployment ${deployment.name} (${deployment.id})`);
  }
  const other = await findDependant(context, id);
  if (other !== null) throw new ConflictError(`The environment is used by environment ${other.name} (${other.id})`);
  if (!(await context.store.environments.remove(id))) orNotFound(null, 'environment', id);
  return { id };
}

/** The models that an environment offers, as its provider lists them; with `enabledModels` only those. A remote API lists none. */
export async function listModels(
  context: Context,
  environment: EnvironmentRecord,
): Promise<(Model & { provider: string })[]> {
  authorize(context.principal, 'readEnvironments');
  if (context.engine.connector.providers.findRemote(environment.provider) !== undefined) return [];
  if (isVirtual(environment)) return [describeVirtualModel(environment)];
  const models = await callProvider(context, environment);
  const { enabledModels } = environment;
  return models
    .filter(({ id }) => enabledModels.length === 0 || enabledModels.includes(id))
    .map((model) => ({ ...model, provider: environment.provider }));
}

/** What stands for the members of a virtual environment where a model is to be named. */
function nameVirtualModel(environment: Pick<EnvironmentRecord, 'provider'>): string | null {
  return isVirtual(environment) ? environment.provider : null;
}

function describeVirtualModel({ provider, defaultModel, name }: EnvironmentRecord): Model & { provider: string } {
  // The answers of a mediator's members are compared when all are there.
  return { id: defaultModel ?? provider, name, provider, streams: provider === 'virtual_lb', readsImages: false };
}

async function callProvider(context: Context, environment: EnvironmentRecord): Promise<readonly Model[]> {
  try {
    const { provider, connection } = context.engine.connector.connect(environment);
    return await provider.listModels(connection, AbortSignal.timeout(modelsTimeoutMs));
  } catch (error) {
    if (error instanceof RunFailure)
      throw new UpstreamError(`The models of ${environment.name} cannot be listed: ${error.message}`, error);
    throw error;
  }
}

/** Throws a ValidationError unless the environment is there. */
export async function checkEnvironmentId(context: Context, id: string | null | undefined): Promise<void> {
  if (id == null) return;
  if (!idField.safeParse(id).success || (await context.loaders.environment.load(id)) === null) {
    throw new ValidationError([{ path: '/environmentId', message: `there is no environment ${id}` }]);
  }
}

function checkProvider({ engine }: Context, kind: string, endpoint: string | null): void {
  const { providers } = engine.connector;
  const provider = providers.find(kind) ?? providers.findRemote(kind);
  const issues: ValidationIssue[] = [];
  if (provider === undefined) {
    if (isVirtual({ provider: kind })) return;
    const kinds = [...providers.kinds, ...providers.remoteKinds, ...virtualProviders];
    issues.push({ path: '/provider', message: `must be one of ${kinds.join(', ')}` });
  } else if (provider.needsEndpoint && endpoint === null) {
    issues.push({ path: '/endpoint', message: `is required for provider ${kind}` });
  }
  if (issues.length > 0) throw new ValidationError(issues);
}

function sealCredentials({ engine, project }: Context, id: string, credentials: string | null): string | null {
  return credentials === null ? null : engine.connector.seal({ project: project.id, id }, credentials);
}
