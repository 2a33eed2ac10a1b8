import { z } from 'zod';
import { authorize } from '../auth/permission.ts';
import type { Context } from '../context.ts';
import { ValidationError, type ValidationIssue } from '../errors.ts';
import { type DeploymentRecord, extractionTypes } from '../store/deployment.ts';
import { createId } from '../store/entity-store.ts';
import type { Page, PageRequest } from '../store/pagination.ts';
import type { Store } from '../store/store.ts';
import type { ProjectRecord } from '../store/tenancy.ts';
import { checkEnvironmentId } from './environment.ts';
import {
  checkPage,
  descriptionField,
  externalIdField,
  nameField,
  omitUndefined,
  orNotFound,
  parseInput,
} from './input.ts';

const extractionField = z.object({
  key: z
    .string('is required')
    .regex(
      /^[\p{L}_][\p{L}\p{N}_.-]{0,99}$/u,
      'must be a name: letters, digits, _, - and ., at most 100, no digit first',
    )
    .refine((key) => key !== '__proto__', 'must not be __proto__, which is refused in every answer'),
  prompt: z.string('is required').trim().min(1, 'must not be empty').max(10_000, 'must have at most 10,000 characters'),
  type: z.enum(extractionTypes).nullish(),
});

export const webhookUrlField = z
  .url({ protocol: /^https?$/, error: 'must be a URL that begins with https://' })
  .max(2_000, 'must have at most 2,000 characters');

const deploymentInput = z.object({
  externalId: externalIdField.optional(),
  name: z
    .string('is required')
    .regex(/^[A-Za-z0-9_-]{1,100}$/, 'must be a name for addresses: 1 to 100 letters, digits, - and _'),
  displayName: nameField.nullish(),
  description: descriptionField.optional(),
  isActive: z.boolean().nullish(),
  extractions: z.array(extractionField).max(200, 'must have at most 200 members').nullish(),
  interactionId: z.string().nullish(),
  environmentId: z.string().nullish(),
  model: z.string().trim().min(1, 'must not be empty').max(200, 'must have at most 200 characters').nullish(),
  readsImages: z.boolean().nullish(),
  webhookUrl: webhookUrlField.nullish(),
});

export interface DeploymentReference {
  readonly id?: string | null | undefined;
  /** The project's slug. */
  readonly organization?: string | null | undefined;
  readonly name?: string | null | undefined;
}

/** The deployment that an id or an address means, or null. */
export async function findDeployment(
  context: Context,
  reference: DeploymentReference,
): Promise<DeploymentRecord | null> {
  authorize(context.principal, 'readDeployments');
  return lookUpDeployment(context, reference, 'id');
}

/** Throws a ValidationError unless it is exactly one of an id, and an organization with a name. */
export async function lookUpDeployment(
  { store, loaders, project }: Context,
  { id, organization, name }: DeploymentReference,
  idName: string,
): Promise<DeploymentRecord | null> {
  if ((id == null) === (name == null) || (organization == null) !== (name == null)) {
    const message = 'is required, or organization with name instead of it';
    throw new ValidationError([{ path: `/${idName}`, message }]);
  }
  if (id != null) return loaders.deployment.load(id);
  return organization === project.slug ? store.deployments.findOne({ name }) : null;
}

/** A project's deployments, newest first. */
export async function listDeployments(context: Context, page: PageRequest): Promise<Page<DeploymentRecord>> {
  authorize(context.principal, 'readDeployments');
  checkPage(page, context.pageMax);
  return context.store.deployments.findPage(page);
}

export async function countDeployments({ store }: Context): Promise<number> {
  return store.deployments.count();
}

/** A workflow behind an API name; active unless said otherwise. */
export async function createDeployment(context: Context, input: unknown): Promise<DeploymentRecord> {
  authorize(context.principal, 'editDeployments');
  const { interactionId, environmentId, ...fields } = parseInput(deploymentInput, input);
  const workflow = {
    extractions: readExtractions(fields.extractions),
    interaction: interactionId ?? null,
    environment: environmentId ?? null,
    model: fields.model ?? null,
    readsImages: fields.readsImages ?? false,
  };
  await checkWorkflow(context, workflow);
  const id = createId();
  const { sealed } = context.engine.webhookSecrets.make({ project: context.project.id, id });
  return context.store.deployments.insert({
    id,
    externalId: fields.externalId ?? null,
    name: fields.name,
    displayName: fields.displayName ?? null,
    description: fields.description ?? null,
    isActive: fields.isActive ?? true,
    remoteId: null,
    ...workflow,
    version: 1,
    webhookUrl: fields.webhookUrl ?? null,
    webhookSecret: sealed,
  });
}

/** Changes what is given; null clears. A change of the workflow is a new version. Executions that were accepted before keep theirs. */
export async function updateDeployment(context: Context, id: string, input: unknown): Promise<DeploymentRecord> {
  authorize(context.principal, 'editDeployments');
  const { interactionId, environmentId, extractions, model, readsImages, isActive, ...fields } = parseInput(
    deploymentInput.partial(),
    input,
  );
  const current = orNotFound(await context.store.deployments.findOneById(id), 'deployment', id);
  checkStaysRemote(current, { interactionId, environmentId, extractions, model, readsImages });
  const workflow = {
    extractions: extractions === undefined ? current.extractions : readExtractions(extractions),
    interaction: interactionId === undefined ? current.interaction : interactionId,
    environment: environmentId === undefined ? current.environment : environmentId,
    model: model === undefined ? current.model : model,
    readsImages: readsImages === undefined ? (current.readsImages ?? false) : (readsImages ?? false),
  };
  const isNewWorkflow = [interactionId, environmentId, extractions, model, readsImages].some(
    (field) => field !== undefined,
  );
  if (isNewWorkflow) await checkWorkflow(context, workflow);
  const updated = await context.store.deployments.modify(
    { _id: id },
    {
      $set: { ...omitUndefined({ ...fields, isActive: isActive ?? undefined }), ...workflow, updatedAt: new Date() },
      ...(isNewWorkflow && { $inc: { version: 1 } }),
    },
  );
  return orNotFound(updated, 'deployment', id);
}

/** Removes a deployment with its keys; its runs stay. */
export async function deleteDeployment(context: Context, id: string): Promise<{ id: string }> {
  authorize(context.principal, 'editDeployments');
  if ((await context.store.deployments.findOneById(id)) === null) orNotFound(null, 'deployment', id);
  // A key that is bound to nothing must not be left over.
  await context.store.apiKeys.removeMany({ deployment: id });
  context.authenticator.forget();
  await context.store.deployments.remove(id);
  return { id };
}

/** Lets a deployment take files, or not: what was accepted before goes on. */
export async function setDeploymentActive(context: Context, id: string, isActive: boolean): Promise<DeploymentRecord> {
  authorize(context.principal, 'editDeployments');
  return orNotFound(await context.store.deployments.update(id, { isActive }), 'deployment', id);
}

/** A new secret for a deployment's webhooks, shown this once; the next webhook is signed with it. */
export async function rotateWebhookSecret(
  context: Context,
  id: string,
): Promise<{ deployment: DeploymentRecord; secret: string }> {
  authorize(context.principal, 'editDeployments');
  const { secret, sealed } = context.engine.webhookSecrets.make({ project: context.project.id, id });
  const deployment = await context.store.deployments.update(id, { webhookSecret: sealed });
  return { deployment: orNotFound(deployment, 'deployment', id), secret };
}

/** Where its files are sent, from the root of the server on. */
export function formatDeploymentPath(organization: string, { name }: Pick<DeploymentRecord, 'name'>): string {
  return `/deployment/api/${encodeURIComponent(organization)}/${name}/`;
}

function readExtractions(
  extractions: readonly z.output<typeof extractionField>[] | null | undefined,
): DeploymentRecord['extractions'] {
  return (extractions ?? []).map(({ key, prompt, type }) => ({ key, prompt, type: type ?? 'text' }));
}

/** Throws a ValidationError for a workflow that is elsewhere, and can only be changed there. */
function checkStaysRemote({ remoteId }: DeploymentRecord, changes: Readonly<Record<string, unknown>>): void {
  const names = Object.entries(changes).flatMap(([name, value]) => (value === undefined ? [] : [name]));
  if (remoteId == null || names.length === 0) return;
  const message = 'stays as it is: the deployment is executed elsewhere, and its workflow is there';
  throw new ValidationError(names.map((name) => ({ path: `/${name}`, message })));
}

async function checkWorkflow(
  context: Context,
  workflow: Pick<DeploymentRecord, 'extractions' | 'interaction' | 'environment'>,
): Promise<void> {
  const { extractions, interaction, environment } = workflow;
  const issues: ValidationIssue[] = extractions.flatMap(({ key }, index) =>
    extractions.findIndex((other) => other.key === key) < index
      ? [{ path: `/extractions/${index}/key`, message: `${key} is the key of another extraction too` }]
      : [],
  );
  if (extractions.length > 0 === (interaction !== null)) {
    const message =
      interaction === null
        ? 'is required, or interactionId instead of it'
        : 'must not stand beside interactionId: a deployment has one or the other';
    issues.push({ path: '/extractions', message });
  }
  if (interaction === null) {
    if (environment === null) issues.push({ path: '/environmentId', message: 'is required' });
  } else {
    const found = await context.loaders.interaction.load(interaction);
    if (found === null) issues.push({ path: '/interactionId', message: `there is no interaction ${interaction}` });
    if (found?.remoteId != null) {
      const message = `must be an interaction with prompts; ${found.name} is executed elsewhere, as a whole`;
      issues.push({ path: '/interactionId', message });
    }
  }
  if (issues.length > 0) throw new ValidationError(issues);
  await checkEnvironmentId(context, environment);
}

/** The deployment behind an address, with its project, whoever asks: addresses are no secret, what lies behind them is. */
export async function locateDeployment(
  store: Store,
  organization: string,
  name: string,
): Promise<{ project: ProjectRecord; deployment: DeploymentRecord } | null> {
  const project = await store.tenancy.findProjectBySlug(organization);
  const deployment = project && (await store.forProject(project.id).deployments.findOne({ name }));
  return project && deployment && { project, deployment };
}
