import { hashKey } from './auth/key.ts';
import type { Principal } from './auth/permission.ts';
import { ForbiddenError, UnauthenticatedError } from './errors.ts';
import type { RateLimiter } from './rate-limit.ts';
import type { ApiKeyRecord, ProjectRecord, TenancyStore } from './store/tenancy.ts';

/** Who a request comes from, and the project that it is for. */
export interface Identity {
  readonly principal: Principal;
  readonly project: ProjectRecord;
}

export interface Credential {
  /** The value of the Authorization header. */
  readonly authorization: string | undefined;
  /** The value of `x-project-id`: an id or a slug. Only an admin's key reaches other projects, those of its account. */
  readonly project: string | undefined;
  /** Where the request came from: too many wrong keys from there are refused. */
  readonly address: string;
}

export interface Authenticator {
  /**
   * Throws an UnauthenticatedError that says what is missing or wrong, a ForbiddenError for another's project, a
   * RateLimitedError where too many wrong keys came from the address.
   */
  authenticate(credential: Credential): Promise<Identity>;
  /** Makes a change of a key or a project hold on this process at once. */
  forget(): void;
}

/** How long another process may still honour a key that was revoked here. */
const cacheMs = 5_000;
const cacheSize = 10_000;
const touchAfterMs = 60_000;

interface CachedKey {
  readonly key: ApiKeyRecord;
  readonly project: ProjectRecord;
  readonly readAt: number;
}

export function createAuthenticator(tenancy: TenancyStore, rateLimiter: RateLimiter): Authenticator {
  const cache = new Map<string, CachedKey>();

  const findKey = async (hash: string, address: string): Promise<CachedKey | null> => {
    const cached = cache.get(hash);
    if (cached !== undefined && Date.now() - cached.readAt < cacheMs) return cached;
    // Who guesses gets no answer beyond the limit; a key that was good a moment ago is no guess.
    if (cached === undefined) await rateLimiter.checkWrongKeys(address);
    cache.delete(hash);
    const key = await tenancy.findApiKeyByHash(hash);
    const project = key === null ? null : await tenancy.findProjectById(key.project);
    if (key === null || project === null) return null;
    if (key.lastUsedAt === null || Date.now() - key.lastUsedAt.getTime() > touchAfterMs) {
      await tenancy.touchApiKey(key.id, new Date());
    }
    const [oldest] = cache.keys();
    if (cache.size >= cacheSize && oldest !== undefined) cache.delete(oldest);
    const found = { key, project, readAt: Date.now() };
    cache.set(hash, found);
    return found;
  };

  return {
    async authenticate({ authorization, project: wanted, address }) {
      const value = readBearer(authorization);
      const found = await findKey(hashKey(value), address);
      if (found === null) {
        await rateLimiter.countWrongKey(address);
        throw new UnauthenticatedError('The API key is unknown');
      }
      const { key, project } = found;
      if (key.revokedAt !== null) throw new UnauthenticatedError('The API key was revoked');
      if (key.expiresAt !== null && key.expiresAt.getTime() <= Date.now()) {
        throw new UnauthenticatedError('The API key has expired');
      }
      const chosen = wanted === undefined ? project : await chooseProject(tenancy, key, project, wanted);
      const { id, name, kind, role } = key;
      return { principal: { type: 'apikey', id, name, kind, role, project: chosen.id }, project: chosen };
    },
    forget: () => cache.clear(),
  };
}

function readBearer(authorization: string | undefined): string {
  if (authorization === undefined) {
    throw new UnauthenticatedError('The header Authorization is missing; send "Authorization: Bearer <API key>"');
  }
  const [, value] = /^Bearer +(\S+) *$/i.exec(authorization) ?? [];
  if (value === undefined) {
    throw new UnauthenticatedError('The header Authorization is malformed; send "Authorization: Bearer <API key>"');
  }
  return value;
}

async function chooseProject(
  tenancy: TenancyStore,
  key: ApiKeyRecord,
  own: ProjectRecord,
  wanted: string,
): Promise<ProjectRecord> {
  if (wanted === own.id || wanted === own.slug) return own;
  if (key.role === 'admin' && key.kind === 'secret') {
    const other = (await tenancy.findProjectById(wanted)) ?? (await tenancy.findProjectBySlug(wanted));
    if (other?.account === own.account) return other;
  }
  throw new ForbiddenError('The API key does not reach the project that x-project-id names');
}
