import { createHash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { RunFailure } from '../errors.ts';
import type { EnvironmentRecord } from '../store/environment.ts';
import type { Connector } from './connector.ts';

/** Tells how near texts are in meaning, where an environment has a model for that. */
export interface Embedder {
  /**
   * How near each text is to the question, -1 to 1, in their order; null where the environment has no such model. One that fails
   * is not asked again for ten minutes. Throws what the signal aborts with.
   */
  compare(
    environment: EnvironmentRecord,
    question: string,
    texts: readonly string[],
    signal: AbortSignal,
  ): Promise<number[] | null>;
}

const textsAtOnce = 100;
const timeoutMs = 30_000;
const forgiveAfterMs = 600_000;
/** Models that embed read no more than about that. */
const maxCharacters = 8_000;

export function createEmbedder(connector: Connector): Embedder {
  /** Vectors have some 6 KB each. */
  const vectors = new LRUCache<string, Float32Array>({ max: 5_000 });
  /** Environments that have none, by what they were then. */
  const refused = new LRUCache<string, true>({ max: 1_000, ttl: forgiveAfterMs });

  return {
    async compare(environment, question, texts, signal) {
      const place = `${environment.id}:${environment.updatedAt.getTime()}`;
      const model = findModel(environment);
      if (refused.has(place) || model === undefined) return null;
      const nameVector = (text: string) => `${place}:${createHash('sha256').update(text).digest('base64')}`;
      const all = [question, ...texts].map((text) => text.slice(0, maxCharacters));
      try {
        const { provider, connection } = connector.connect(environment);
        if (provider.embed === undefined) return null;
        const missing = [...new Set(all)].filter((text) => !vectors.has(nameVector(text)));
        const found = new Map<string, Float32Array>();
        for (let first = 0; first < missing.length; first += textsAtOnce) {
          const portion = missing.slice(first, first + textsAtOnce);
          const either = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
          const { vectors: made } = await provider.embed({ model, texts: portion }, connection, either);
          for (const [index, text] of portion.entries()) {
            const vector = Float32Array.from(made[index] ?? []);
            found.set(text, vector);
            vectors.set(nameVector(text), vector);
          }
        }
        const [asked = new Float32Array(), ...others] = all.map(
          (text) => found.get(text) ?? vectors.get(nameVector(text)) ?? new Float32Array(),
        );
        return others.map((vector) => computeCosine(asked, vector));
      } catch (error) {
        signal.throwIfAborted();
        if (!(error instanceof RunFailure) && !(error instanceof DOMException)) throw error;
        refused.set(place, true);
        return null;
      }
    },
  };
}

/** The model that embeds: null for the provider's own; undefined where only others may be used. */
function findModel({ enabledModels }: EnvironmentRecord): string | null | undefined {
  return enabledModels.length === 0 ? null : enabledModels.find((model) => model.includes('embed'));
}

function computeCosine(one: Float32Array, other: Float32Array): number {
  let product = 0;
  let lengthOfOne = 0;
  let lengthOfOther = 0;
  for (const [index, value] of one.entries()) {
    const others = other[index] ?? 0;
    product += value * others;
    lengthOfOne += value * value;
    lengthOfOther += others * others;
  }
  return product === 0 ? 0 : product / Math.sqrt(lengthOfOne * lengthOfOther);
}
