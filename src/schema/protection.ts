import type { DocumentNode } from 'graphql';
import type { Plugin, YogaServerOptions } from 'graphql-yoga';
import { LRUCache } from 'lru-cache';
import { explainRefusals } from './http-refusal.ts';
import { hideSchema } from './introspection.ts';
import { documentIdParameter, type PersistedOperations, servePersistedOperations } from './persisted-operations.ts';
import { limitQueries, type QueryLimits } from './query-limits.ts';

export interface ProtectionOptions {
  readonly queryLimits: QueryLimits;
  readonly introspection: boolean;
  readonly persistedOperationsOnly: boolean;
}

type YogaOptions = YogaServerOptions<object, object>;

/** What of Yoga's options makes GraphQL safe to be called by strangers. The plugins come before others. */
export function protect(
  { queryLimits, introspection, persistedOperationsOnly }: ProtectionOptions,
  persistedOperations: PersistedOperations | null,
): { plugins: Plugin[] } & Pick<YogaOptions, 'extraParamNames' | 'parserAndValidationCache'> {
  const plugins = [explainRefusals, limitQueries(queryLimits)];
  if (!introspection) plugins.unshift(hideSchema);
  if (persistedOperations !== null) {
    plugins.unshift(...servePersistedOperations(persistedOperations, persistedOperationsOnly));
  }
  return {
    plugins,
    extraParamNames: persistedOperations === null ? [] : [documentIdParameter],
    parserAndValidationCache: { documentCache: createCache(estimateBytes), errorCache: createCache(() => errorBytes) },
  };
}

/** Yoga's own caches count documents, of which each may be as large as a body. */
const cacheMaxBytes = 64 * 1024 ** 2;
const tokenBytes = 400;
const errorBytes = 2_000;

function estimateBytes({ tokenCount = 0 }: DocumentNode): number {
  return tokenCount * tokenBytes;
}

function createCache<Value extends object>(estimate: (value: Value) => number): LRUCache<string, Value> {
  return new LRUCache({
    maxSize: cacheMaxBytes,
    sizeCalculation: (value, text) => 2 * text.length + estimate(value),
  });
}
