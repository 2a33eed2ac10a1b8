import { z } from 'zod';
import { checkImportedKey, generateKey, hashKey, keyPrefix } from '../auth/key.ts';
import { authorize } from '../auth/permission.ts';
import type { Context } from '../context.ts';
import { roles } from '../domain.ts';
import type { ProjectStore } from '../store/store.ts';
import type { ApiKeyRecord } from '../store/tenancy.ts';
import { nameField, orNotFound, parseInput } from './input.ts';

const apiKeyInput = z
  .object({
    name: nameField,
    kind: z
      .enum(['secret', 'public'])
      .nullish()
      .transform((kind) => kind ?? 'secret'),
    role: z.enum(roles),
    expiresAt: z
      .date()
      .refine((date) => date.getTime() > Date.now(), 'must lie in the future')
      .nullish(),
    value: z.string().nullish(),
  })
  .superRefine(({ kind, role, value }, context) => {
    if (kind === 'public' && role !== 'executor' && role !== 'reader') {
      context.addIssue({ code: 'custom', path: ['role'], message: 'of a public key must be executor or reader' });
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
  const { name, kind, role, expiresAt, value } = parseInput(apiKeyInput, input);
  return issueApiKey(context.store, {
    name,
    kind,
    role,
    expiresAt: expiresAt ?? null,
    value: value ?? generateKey(kind),
  });
}

/** Records a key by its hash. Throws a ConflictError where the value is a key already. */
export async function issueApiKey(
  { apiKeys }: ProjectStore,
  { value, ...fields }: Pick<ApiKeyRecord, 'name' | 'kind' | 'role' | 'expiresAt'> & { readonly value: string },
): Promise<{ apiKey: ApiKeyRecord; secret: string }> {
  const unused = { lastUsedAt: null, revokedAt: null };
  const apiKey = await apiKeys.insert({ ...fields, ...unused, prefix: keyPrefix(value), hash: hashKey(value) });
  return { apiKey, secret: value };
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
