import { hashKey } from './auth/key.ts';
import type { Principal } from './auth/permission.ts';
import type { SignedToken, TokenSigner } from './auth/token.ts';
import { ForbiddenError, UnauthenticatedError } from './errors.ts';
import type { JsonObject } from './json.ts';
import type { RateLimiter } from './rate-limit.ts';
import type { ApiKeyRecord, ProjectRecord, TenancyStore } from './store/tenancy.ts';

/** Who a request comes from, and the project that it is for. */
export interface Identity {
  readonly principal: Principal;
  readonly project: ProjectRecord;
  /** When the key itself expires. */
  readonly expiresAt: Date | null;
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
  /** A token that stands for the caller's key and project for an hour, or until the key expires or is revoked. */
  issueToken(identity: Identity, claims: JsonObject): Promise<SignedToken>;
  /** Whether a key is still good: for those who stay. Throws where the database cannot tell. */
  isGood(keyId: string): Promise<boolean>;
  /** Makes a change of a key or a project hold on this process at once. */
  forget(): void;
}

/** How long another process may still honour a key that was revoked here. */
const cacheMs = 5_000;
const cacheSize = 10_000;
const touchAfterMs = 60_000;
const tokenLifetimeMs = 3_600_000;

interface CachedKey {
  readonly key: ApiKeyRecord;
  readonly project: ProjectRecord;
  readonly readAt: number;
}

export function createAuthenticator(
  tenancy: TenancyStore,
  tokens: TokenSigner,
  rateLimiter: RateLimiter,
): Authenticator {
  /** Keys by their hash and by their id. */
  const cache = new Map<string, CachedKey>();
  /** How often the cache was cleared: what was read before that is not kept. */
  let clearings = 0;

  /** `address` is null where nobody can guess. */
  const findKey = async (
    name: string,
    address: string | null,
    find: (name: string) => Promise<ApiKeyRecord | null>,
  ): Promise<CachedKey | null> => {
    const cached = cache.get(name);
    if (cached !== undefined && Date.now() - cached.readAt < cacheMs) return cached;
    // Who guesses gets no answer beyond the limit; a key that was good a moment ago is no guess.
    if (cached === undefined && address !== null) await rateLimiter.checkWrongKeys(address);
    cache.delete(name);
    const clearingsBefore = clearings;
    const key = await find(name);
    const project = key === null ? null : await tenancy.findProjectById(key.project);
    if (key === null || project === null) return null;
    if (key.lastUsedAt === null || Date.now() - key.lastUsedAt.getTime() > touchAfterMs) {
      await tenancy.touchApiKey(key.id, new Date());
    }
    const [oldest] = cache.keys();
    if (cache.size >= cacheSize && oldest !== undefined) cache.delete(oldest);
    const found = { key, project, readAt: Date.now() };
    if (clearings === clearingsBefore) cache.set(name, found);
    return found;
  };

  return {
    async authenticate({ authorization, project, address }) {
      const value = readBearer(authorization);
      // A key that somebody brought along may look like a token; one that we signed is one.
      const isToken = looksLikeToken(value);
      const subject = isToken ? await tokens.verify(value) : null;
      const found =
        subject === null
          ? await findKey(hashKey(value), address, tenancy.findApiKeyByHash)
          : await findKey(subject.keyId, address, tenancy.findApiKeyById);
      if (found === null) {
        // A token that is over is no guess.
        if (!isToken) await rateLimiter.countWrongKey(address);
        throw new UnauthenticatedError(isToken ? 'The token is not valid, or has expired' : 'The API key is unknown');
      }
      const wanted = project ?? subject?.projectId;
      const { key, project: own } = found;
      const fault = findFault(key);
      if (fault !== null) throw new UnauthenticatedError(fault);
      const chosen = wanted === undefined ? own : await chooseProject(tenancy, key, own, wanted);
      const { id, name, kind, role, deployment = null } = key;
      return {
        principal: { type: 'apikey', id, name, kind, role, project: chosen.id, deployment },
        project: chosen,
        expiresAt: key.expiresAt,
      };
    },
    issueToken({ principal, project, expiresAt }, claims) {
      const end = Math.min(Date.now() + tokenLifetimeMs, expiresAt?.getTime() ?? Number.POSITIVE_INFINITY);
      return tokens.sign({ keyId: principal.id, projectId: project.id }, claims, new Date(end));
    },
    async isGood(keyId) {
      const found = await findKey(keyId, null, tenancy.findApiKeyById);
      return found !== null && findFault(found.key) === null;
    },
    forget() {
      clearings += 1;
      cache.clear();
    },
  };
}

/** Why a key is not good any more; null where it is. */
function findFault({ revokedAt, expiresAt }: ApiKeyRecord): string | null {
  if (revokedAt !== null) return 'The API key was revoked';
  return expiresAt !== null && expiresAt.getTime() <= Date.now() ? 'The API key has expired' : null;
}

function looksLikeToken(value: string): boolean {
  return /^eyJ[\w-]*\.[\w-]+\.[\w-]+$/.test(value);
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
  if (key.role === 'admin' && key.kind === 'secret' && key.deployment == null) {
    const other = (await tenancy.findProjectById(wanted)) ?? (await tenancy.findProjectBySlug(wanted));
    if (other?.account === own.account) return other;
  }
  throw new ForbiddenError('The API key does not reach the project that x-project-id names');
}
