import { randomUUID } from 'node:crypto';
import { generateKey } from './auth/key.ts';
import type { SecretBox } from './auth/secret-box.ts';
import { ConflictError } from './errors.ts';
import { issueApiKey } from './resolvers/api-key.ts';
import type { Store } from './store/store.ts';
import type { ProjectRecord } from './store/tenancy.ts';

/** What the first start made. */
export interface Bootstrap {
  readonly project: ProjectRecord;
  /** Whether this start is the first one on this database. */
  readonly isFirstStart: boolean;
  /** The value of the admin key that was made; null where there was one, or where the caller brought it. */
  readonly newKey: string | null;
}

const firstProjectSlug = 'default';

/**
 * Makes the first account, project and admin key, unless they are there. Processes may start together: each of these is one
 * write that only one of them wins. Throws where the database was sealed with another SECRET_KEY.
 */
export async function bootstrap(store: Store, secretBox: SecretBox, bootstrapKey: string | null): Promise<Bootstrap> {
  const { fingerprint } = secretBox;
  if ((await store.settings.findOrInsert('secretKeyFingerprint', fingerprint)) !== fingerprint) {
    throw new Error(
      'SECRET_KEY is not the one that this database was made with, so credentials in it cannot be opened; start with the old one',
    );
  }
  const project = await findOrInsertFirstProject(store);
  const ours = randomUUID();
  const isFirstStart = (await store.settings.findOrInsert('firstStart', ours)) === ours;
  if (bootstrapKey !== null) {
    await insertAdminKey(store, project, bootstrapKey).catch(ignoreConflict);
    return { project, isFirstStart, newKey: null };
  }
  const newKey = isFirstStart ? generateKey('secret') : null;
  if (newKey !== null) await insertAdminKey(store, project, newKey);
  return { project, isFirstStart, newKey };
}

async function findOrInsertFirstProject(store: Store): Promise<ProjectRecord> {
  const existing = await store.tenancy.findFirstProject();
  if (existing !== null) return existing;
  const account = await store.tenancy.insertAccount({ name: 'Default' });
  const project = {
    account: account.id,
    name: 'Default',
    slug: firstProjectSlug,
    recordPayloads: 'all',
    retentionDays: null,
  } as const;
  await store.tenancy.insertProject(project).catch(ignoreConflict);
  // Ours, or that of the process that was faster.
  const first = await store.tenancy.findProjectBySlug(firstProjectSlug);
  if (first === null) throw new Error('The first project could not be made');
  return first;
}

async function insertAdminKey(store: Store, project: ProjectRecord, value: string): Promise<void> {
  const key = { name: 'Bootstrap key', kind: 'secret', role: 'admin', expiresAt: null, value } as const;
  await issueApiKey(store.forProject(project.id), key);
}

function ignoreConflict(error: unknown): void {
  if (!(error instanceof ConflictError)) throw error;
}
