import { sign } from 'node:crypto';
import { RunFailure } from '../../errors.ts';

const lifetimeSeconds = 3600;

/**
 * The signed claim that a service account gets a token for, RFC 7523 section 3. `key` is a private key in PEM. Throws a
 * RunFailure where it is none.
 */
export function signAssertion({ email, key, audience }: { email: string; key: string; audience: string }): string {
  const issuedAt = Math.floor(Date.now() / 1000);
  const claim = {
    iss: email,
    scope: 'https://www.googleapis.com/auth/cloud-platform',
    aud: audience,
    iat: issuedAt,
    exp: issuedAt + lifetimeSeconds,
  };
  const signed = [{ alg: 'RS256', typ: 'JWT' }, claim]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.');
  try {
    return `${signed}.${sign('RSA-SHA256', Buffer.from(signed), key).toString('base64url')}`;
  } catch {
    // Without the cause, which may quote the key.
    throw new RunFailure(
      'invalid_request',
      "The private_key of the environment's credentials is no private key in PEM",
    );
  }
}
