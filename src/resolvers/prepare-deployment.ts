import { createHash } from 'node:crypto';
import { stringify } from 'safe-stable-stringify';
import type { Context } from '../context.ts';
import { createExtractionSchema } from '../engine/extraction-schema.ts';
import { findPrompts } from '../engine/prepare-interaction.ts';
import { resolveConfig, resolveRemoteConfig } from '../engine/resolve-config.ts';
import { ValidationError } from '../errors.ts';
import type { JsonObject } from '../json.ts';
import type { DeploymentRecord } from '../store/deployment.ts';
import type { DeploymentJob } from '../store/deployment-job.ts';
import type { EnvironmentRecord } from '../store/environment.ts';
import type { InteractionRecord } from '../store/interaction.ts';
import type { RunConfig } from '../store/run-record.ts';

/** A deployment's workflow as it is now. */
export interface PreparedDeployment {
  readonly environment: EnvironmentRecord;
  readonly config: RunConfig;
  readonly resultSchema: JsonObject | null;
  readonly job: Pick<
    DeploymentJob,
    'organization' | 'version' | 'workflow' | 'extractions' | 'prompts' | 'readsImages'
  >;
}

/** Throws a ValidationError where the deployment cannot be executed as it is: its interaction or environment is missing. */
export async function prepareDeployment(
  context: Context,
  deployment: DeploymentRecord,
  customData: JsonObject | null,
): Promise<PreparedDeployment> {
  if (deployment.remoteId != null) return prepareRemote(context, deployment);
  const interaction = await findInteraction(context, deployment);
  const environment = await findEnvironment(context, deployment, interaction);
  const settings = {
    environment: environment.id,
    model: interaction?.environment === environment.id ? interaction.model : null,
    // What stands in a document is no matter of taste.
    temperature: interaction === null ? 0 : interaction.temperature,
    maxTokens: interaction?.maxTokens ?? null,
  };
  const config = resolveConfig({ model: deployment.model }, settings, environment);
  const found = interaction === null ? [] : await findPrompts(context.store, interaction.prompts);
  if (interaction !== null && found.length === 0) throw createIssue(`interaction ${interaction.name} has no prompts`);
  const prompts = found.map(({ role, contentType, content, inputSchema }) => ({
    role,
    contentType,
    content,
    inputSchema,
  }));
  const { extractions, id, version, readsImages = false } = deployment;
  const resultSchema = interaction === null ? createExtractionSchema(extractions) : interaction.resultSchema;
  const { provider, endpoint } = environment;
  const ingredients = [id, version, extractions, prompts, resultSchema, config, environment.id, provider, endpoint];
  const workflow = createHash('sha256')
    // What callers give along reaches the prompts of an interaction only.
    .update(stringify([...ingredients, interaction === null ? null : customData]) ?? '')
    .digest('hex');
  const job = { organization: context.project.slug, version, workflow, extractions, prompts, readsImages };
  return { environment, config, resultSchema, job };
}

/** The workflow is where it is executed; what it does is known there only. */
async function prepareRemote(context: Context, deployment: DeploymentRecord): Promise<PreparedDeployment> {
  const environment = await findEnvironment(context, deployment, null);
  const settings = { environment: environment.id, model: null, temperature: null, maxTokens: null };
  const { version, id } = deployment;
  return {
    environment,
    config: resolveRemoteConfig({}, settings, environment),
    resultSchema: null,
    job: { organization: context.project.slug, version, workflow: id, extractions: [], prompts: [] },
  };
}

async function findInteraction(
  { store }: Context,
  { interaction: id }: DeploymentRecord,
): Promise<InteractionRecord | null> {
  if (id === null) return null;
  const interaction = await store.interactions.findOneById(id);
  if (interaction === null) throw createIssue(`its interaction ${id} was deleted`);
  return interaction;
}

async function findEnvironment(
  { store }: Context,
  deployment: DeploymentRecord,
  interaction: InteractionRecord | null,
): Promise<EnvironmentRecord> {
  const id = deployment.environment ?? interaction?.environment ?? null;
  const environment = id === null ? null : await store.environments.findOneById(id);
  if (environment === null) throw createIssue('it has no environment');
  return environment;
}

function createIssue(message: string): ValidationError {
  return new ValidationError([{ path: '/deploymentId', message: `the deployment cannot be executed: ${message}` }]);
}
