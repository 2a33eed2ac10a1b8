import { z } from 'zod';
import type { Role } from '../../domain.ts';
import type { ApiKeyRecord, ProjectRecord } from '../../store/tenancy.ts';
import { dateTime } from './field.ts';

/** Their roles; there are more of them than of ours. */
const roleNames = {
  owner: 'admin',
  admin: 'admin',
  project_admin: 'admin',
  developer: 'editor',
  application: 'executor',
  executor: 'executor',
  reader: 'reader',
  member: 'reader',
} as const satisfies Readonly<Record<string, Role>>;

export const roleSchema = z.enum(Object.keys(roleNames) as (keyof typeof roleNames)[]); // Object.keys forgets the names.

export const apiKeySchema = z
  .object({
    id: z.string(),
    name: z.string(),
    type: z.enum(['sk', 'pk']),
    role: roleSchema,
    maskedValue: z.string(),
    account: z.string(),
    project: z.union([z.string(), z.object({ id: z.string(), name: z.string(), account: z.string() })]),
    enabled: z.boolean(),
    created_at: dateTime,
    updated_at: dateTime,
    expires_at: dateTime.optional(),
  })
  .meta({ id: 'ComposableApiKey' });

export function convertToRole(name: keyof typeof roleNames): Role {
  return roleNames[name];
}

/** Our role by the name that they have for it. */
export function convertRole(role: Role): keyof typeof roleNames {
  return role === 'editor' ? 'developer' : role;
}

export function convertApiKey(
  key: ApiKeyRecord,
  { id, name, account }: ProjectRecord,
  isNewer: boolean,
): z.input<typeof apiKeySchema> {
  return {
    id: key.id,
    name: key.name,
    type: key.kind === 'public' ? 'pk' : 'sk',
    role: convertRole(key.role),
    maskedValue: key.prefix,
    account,
    project: isNewer ? { id, name, account } : id,
    enabled: key.revokedAt === null,
    created_at: key.createdAt.toISOString(),
    updated_at: key.updatedAt.toISOString(),
    ...(key.expiresAt !== null && { expires_at: key.expiresAt.toISOString() }),
  };
}
