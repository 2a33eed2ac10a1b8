import { z } from 'zod';
import { checkImportedKey, generateKey, hashKey, keyPrefix } from '../auth/key.ts';
import { authorize } from '../auth/permission.ts';
import type { Context } from '../context.ts';
import { roles } from '../domain.ts';
import { ValidationError } from '../errors.ts';
import type { ProjectStore } from '../store/store.ts';
import type { ApiKeyRecord } from '../store/tenancy.ts';
import { budgetField } from './budget.ts';
import { nameField, omitUndefined, orNotFound, parseInput } from './input.ts';

const publicRoles = 'of a public key must be executor or reader';

const expiryField = z.date().refine((date) => date.getTime() > Date.now(), 'must lie in the future');

const apiKeyChanges = z.object({
  name: nameField.nullish(),
  role: z.enum(roles).nullish(),
  expiresAt: expiryField.nullish(),
  budget: budgetField.nullish(),
});

const apiKeyInput = z
  .object({
    name: nameField,
    kind: z
      .enum(['secret', 'public'])
      .nullish()
      .transform((kind) => kind ?? 'secret'),
    role: z.enum(roles),
    expiresAt: expiryField.nullish(),
    value: z.string().nullish(),
    budget: budgetField.nullish(),
    deploymentId: z.string().nullish(),
  })
  .superRefine(({ kind, role, value, deploymentId }, context) => {
    if (kind === 'public' && deploymentId != null) {
      context.addIssue({ code: 'custom', path: ['deploymentId'], message: 'must not be given for a public key' });
    }
    if (kind === 'public' && role !== 'executor' && role !== 'reader') {
      context.addIssue({ code: 'custom', path: ['role'], message: publicRoles });
    }
    for (const { path, message } of value == null ? [] : checkImportedKey(value, kind)) {
      context.addIssue({ code: 'custom', path: ['value', ...path.split('/').slice(1)], message });
    }
  });

/** A project's keys, newest first. */
export function listApiKeys(context: Context): Promise<ApiKeyRecord[]> {
  authorize(context.principal, 'manageApiKeys');
  return context.store.apiKeys.findMany({}, { createdAt: -1, _id: -1 });
}

/** A new key, with its value: only here, and never again. `value` brings a key of the caller's own. */
export async function createApiKey(
  context: Context,
  input: unknown,
): Promise<{ apiKey: ApiKeyRecord; secret: string }> {
  authorize(context.principal, 'manageApiKeys');
  const { name, kind, role, expiresAt, value, budget, deploymentId } = parseInput(apiKeyInput, input);
  if (deploymentId != null && (await context.loaders.deployment.load(deploymentId)) === null) {
    throw new ValidationError([{ path: '/deploymentId', message: `there is no deployment ${deploymentId}` }]);
  }
  return issueApiKey(context.store, {
    name,
    kind,
    role,
    expiresAt: expiresAt ?? null,
    value: value ?? generateKey(kind),
    budget: budget ?? null,
    deployment: deploymentId ?? null,
  });
}

/** Records a key by its hash. Throws a ConflictError where the value is a key already. */
export async function issueApiKey(
  { apiKeys }: ProjectStore,
  {
    value,
    ...fields
  }: Pick<ApiKeyRecord, 'name' | 'kind' | 'role' | 'expiresAt' | 'budget' | 'deployment'> & { readonly value: string },
): Promise<{ apiKey: ApiKeyRecord; secret: string }> {
  const unused = { lastUsedAt: null, revokedAt: null };
  const apiKey = await apiKeys.insert({ ...fields, ...unused, prefix: keyPrefix(value), hash: hashKey(value) });
  return { apiKey, secret: value };
}

/** A key of the project, or null. */
export async function findApiKey(context: Context, id: string): Promise<ApiKeyRecord | null> {
  authorize(context.principal, 'manageApiKeys');
  return context.store.apiKeys.findOneById(id);
}

/** Changes what is given of a key; its kind and value stay. `expiresAt` null: it does not expire by itself. */
export async function updateApiKey(context: Context, id: string, input: unknown): Promise<ApiKeyRecord> {
  authorize(context.principal, 'manageApiKeys');
  const { name, role, expiresAt, budget } = parseInput(apiKeyChanges, input);
  const key = orNotFound(await context.store.apiKeys.findOneById(id), 'API key', id);
  checkRole(key.kind, role ?? key.role);
  const changes = omitUndefined({ name: name ?? undefined, role: role ?? undefined, expiresAt, budget });
  const updated = await context.store.apiKeys.update(id, changes);
  context.authenticator.forget();
  context.engine.spending.forget();
  return orNotFound(updated, 'API key', id);
}

/** Removes a key from the list, and ends it as revoking does. */
export async function deleteApiKey(context: Context, id: string): Promise<{ id: string }> {
  authorize(context.principal, 'manageApiKeys');
  if (!(await context.store.apiKeys.remove(id))) orNotFound(null, 'API key', id);
  context.authenticator.forget();
  return { id };
}

function checkRole(kind: ApiKeyRecord['kind'], role: ApiKeyRecord['role']): void {
  if (kind === 'secret' || role === 'executor' || role === 'reader') return;
  throw new ValidationError([{ path: '/role', message: publicRoles }]);
}

/** Ends a key: at once on this process, within five seconds on others. */
export async function revokeApiKey(context: Context, id: string): Promise<ApiKeyRecord> {
  authorize(context.principal, 'manageApiKeys');
  const key = orNotFound(await context.store.apiKeys.findOneById(id), 'API key', id);
  if (key.revokedAt !== null) return key;
  const revoked = await context.store.apiKeys.update(id, { revokedAt: new Date() });
  context.authenticator.forget();
  return orNotFound(revoked, 'API key', id);
}
