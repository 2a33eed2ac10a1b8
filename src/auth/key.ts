import { createHash, randomBytes } from 'node:crypto';
import type { KeyKind } from '../domain.ts';
import type { ValidationIssue } from '../errors.ts';

const prefixes: Readonly<Record<KeyKind, string>> = { secret: 'sk-', public: 'pk-' };

const minLength = 20;
const maxLength = 256;

/** A new key: `sk-` or `pk-` and 256 random bits. */
export function generateKey(kind: KeyKind): string {
  return prefixes[kind] + randomBytes(32).toString('base64url');
}

/**
 * What is kept of a key: its SHA-256 in hexadecimal digits. A slow hash is for what people choose; a key is random, and is
 * hashed on every request.
 */
export function hashKey(value: string): string {
  return createHash('sha256').update(value).digest('hex');
}

/** What may be shown of a key, to tell it from others: never more than a quarter of it. */
export function keyPrefix(value: string): string {
  return `${value.slice(0, Math.min(8, Math.floor(value.length / 4)))}…`;
}

/** What is wrong with a key that an admin brings along; nothing, where the list is empty. */
export function checkImportedKey(value: string, kind: KeyKind): ValidationIssue[] {
  const issues: string[] = [];
  if (value.length < minLength) issues.push(`must have at least ${minLength} characters`);
  if (value.length > maxLength) issues.push(`must have at most ${maxLength} characters`);
  if (!/^[\x21-\x7e]*$/.test(value)) issues.push('must have printable ASCII characters only, and no spaces');
  const other = kind === 'secret' ? 'public' : 'secret';
  if (value.startsWith(prefixes[other])) issues.push(`must not begin with ${prefixes[other]}: it is a ${kind} key`);
  return issues.map((message) => ({ path: '', message }));
}
