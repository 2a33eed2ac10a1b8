import { z } from 'zod';
import { authorize } from '../auth/permission.ts';
import type { Context } from '../context.ts';
import { RunFailure, UpstreamError, ValidationError } from '../errors.ts';
import type { RemoteSubject } from '../providers/remote.ts';
import type { DeploymentRecord } from '../store/deployment.ts';
import type { EnvironmentRecord } from '../store/environment.ts';
import type { FlowRecord } from '../store/flow.ts';
import type { InteractionRecord } from '../store/interaction.ts';
import { idField, orNotFound, parseInput } from './input.ts';
import { registerDeployments, registerFlows, registerInteractions } from './register-remote.ts';

const importInput = z.object({
  environmentId: idField,
  externalIds: z
    .array(z.string().min(1, 'must not be empty').max(200, 'must have at most 200 characters'))
    .max(1_000, 'must have at most 1,000 members')
    .nullish(),
});

/** What was registered, and what of it could not be taken over as it is there. */
export interface ImportedPayload {
  readonly interactions: readonly InteractionRecord[];
  readonly flows: readonly FlowRecord[];
  readonly deployments: readonly DeploymentRecord[];
  readonly warnings: readonly string[];
}

const listTimeoutMs = 30_000;

/**
 * Registers what the API of an environment executes, to be executed there by the same operations as what is kept here: all that
 * there is, or those of `externalIds`. What is registered already is brought up to date. Throws a ValidationError for an
 * environment that is none of a remote API and for ids that it does not have, an UpstreamError where it fails.
 */
export async function importRemote(context: Context, input: unknown): Promise<ImportedPayload> {
  authorize(context.principal, 'importRemote');
  const { environmentId, externalIds } = parseInput(importInput, input);
  const environment = orNotFound(await context.loaders.environment.load(environmentId), 'environment', environmentId);
  const subjects = await listSubjects(context, environment, externalIds ?? null);
  const missing = (externalIds ?? []).flatMap((id, index) =>
    subjects.some((subject) => subject.id === id)
      ? []
      : [{ path: `/externalIds/${index}`, message: `there is no ${id} at ${environment.name}` }],
  );
  if (missing.length > 0) throw new ValidationError(missing);
  const warnings: string[] = [];
  const { store } = context;
  const registration = { environment: environment.id, warn: (text: string) => void warnings.push(text) };
  const interactions = subjects.filter((subject) => subject.kind === 'interaction');
  const flows = subjects.filter((subject) => subject.kind === 'flow');
  const deployments = subjects.filter((subject) => subject.kind === 'deployment');
  const makeSecret = (id: string) => context.engine.webhookSecrets.make({ project: context.project.id, id }).sealed;
  return {
    interactions: await registerInteractions(store.interactions, interactions, registration),
    flows: await registerFlows(store.flows, flows, registration),
    deployments: await registerDeployments(store.deployments, deployments, registration, makeSecret),
    warnings,
  };
}

async function listSubjects(
  context: Context,
  environment: EnvironmentRecord,
  ids: readonly string[] | null,
): Promise<readonly RemoteSubject[]> {
  const { connector } = context.engine;
  if (connector.providers.findRemote(environment.provider) === undefined) {
    const kinds = connector.providers.remoteKinds.join(', ');
    const message = `must be an environment of ${kinds}; ${environment.name} is of ${environment.provider}`;
    throw new ValidationError([{ path: '/environmentId', message }]);
  }
  const { remote, connection } = connector.connectRemote(environment);
  if (ids === null && !remote.hasList) {
    const message = `is required: ${environment.provider} has no list of what it executes`;
    throw new ValidationError([{ path: '/externalIds', message }]);
  }
  const signal = AbortSignal.any([context.signal, AbortSignal.timeout(listTimeoutMs)]);
  try {
    return await remote.list(ids, connection, signal);
  } catch (error) {
    if (!(error instanceof RunFailure)) throw error;
    throw new UpstreamError(`What ${environment.name} has cannot be listed: ${error.message}`, error);
  }
}
