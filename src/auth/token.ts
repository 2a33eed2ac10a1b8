import { jwtVerify, SignJWT } from 'jose';
import type { JsonObject } from '../json.ts';

/** What a token says of who it was made for. The rest of its claims is for its holder to read. */
export interface TokenSubject {
  readonly keyId: string;
  readonly projectId: string;
}

export interface SignedToken {
  readonly token: string;
  readonly expiresAt: Date;
}

/** Short-lived credentials (JWT, RFC 7519) that stand for an API key. */
export interface TokenSigner {
  /** A token that is good until `expiresAt`. `claims` may not name what the token itself is about. */
  sign(subject: TokenSubject, claims: JsonObject, expiresAt: Date): Promise<SignedToken>;
  /** Whom a token was made for; null for everything that is not a token of ours, or not any more. */
  verify(token: string): Promise<TokenSubject | null>;
}

/** The only one: a token that names another, or none, is refused. */
const algorithm = 'HS256';
const audience = 'trivium';

export function createTokenSigner(signingKey: Uint8Array): TokenSigner {
  return {
    async sign({ keyId, projectId }, claims, expiresAt) {
      const token = await new SignJWT({ ...claims, key_project: projectId })
        .setProtectedHeader({ alg: algorithm, typ: 'JWT' })
        .setSubject(keyId)
        .setAudience(audience)
        .setIssuedAt()
        .setExpirationTime(expiresAt)
        .sign(signingKey);
      return { token, expiresAt };
    },
    async verify(token) {
      try {
        const { payload } = await jwtVerify(token, signingKey, {
          algorithms: [algorithm],
          audience,
          requiredClaims: ['exp', 'sub'],
        });
        const { sub, key_project: projectId } = payload;
        return sub !== undefined && typeof projectId === 'string' ? { keyId: sub, projectId } : null;
      } catch {
        return null;
      }
    },
  };
}
