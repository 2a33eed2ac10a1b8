import { createHash } from 'node:crypto';
import { LRUCache } from 'lru-cache';

export interface AccessToken {
  readonly value: string;
  readonly expiresInSeconds: number;
}

/** Short-lived tokens by the credentials that they were made of. */
export interface TokenCache {
  /** A token that holds for a minute at least: one that is there, or what `exchange` gives, which may throw. */
  get(credentials: string, exchange: () => Promise<AccessToken>): Promise<string>;
}

const marginSeconds = 60;

export function createTokenCache(): TokenCache {
  const tokens = new LRUCache<string, string>({ max: 1000 });
  return {
    async get(credentials, exchange) {
      // The credentials themselves are not kept.
      const key = createHash('sha256').update(credentials).digest('base64');
      const known = tokens.get(key);
      if (known !== undefined) return known;
      const { value, expiresInSeconds } = await exchange();
      const ttl = (expiresInSeconds - marginSeconds) * 1000;
      if (ttl > 0) tokens.set(key, value, { ttl });
      return value;
    },
  };
}
