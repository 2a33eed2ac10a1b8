import { createHash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { RunFailure } from '../errors.ts';
import type { Connection, Embeddings, Provider } from '../providers/provider.ts';
import { type EnvironmentRecord, isVirtual } from '../store/environment.ts';
import type { RunAttempt, RunError, RunRecord } from '../store/run-record.ts';
import type { Connector } from './connector.ts';
import { convertToRunError } from './convert-to-run-error.ts';
import type { Bill, Spending } from './spending.ts';

/** What a call is made for, where it is recorded, and who pays. */
export interface EmbeddingWork {
  readonly run: RunRecord;
  readonly spending: Spending;
  readonly signal: AbortSignal;
  readonly ledger: { readonly attempts: RunAttempt[] };
}

/** Tells how near texts are in meaning, where an environment has a model for that. */
export interface Embedder {
  /**
   * How near each text is to the question, -1 to 1, in their order; null where the environment has no such model. One that fails
   * is not asked again for ten minutes. Every call is on the ledger, and charged. Throws what the signal aborts with, and a RunFailure
   * `rate_limited` where a budget is used up.
   */
  compare(
    environment: EnvironmentRecord,
    question: string,
    texts: readonly string[],
    work: EmbeddingWork,
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
    async compare(environment, question, texts, work) {
      const place = `${environment.id}:${environment.updatedAt.getTime()}`;
      const model = findModel(environment);
      if (refused.has(place) || model === undefined) return null;
      const nameVector = (text: string) => `${place}:${createHash('sha256').update(text).digest('base64')}`;
      const all = [question, ...texts].map((text) => text.slice(0, maxCharacters));
      const called = connectToEmbed(connector, environment);
      if (called === null) return null;
      const missing = [...new Set(all)].filter((text) => !vectors.has(nameVector(text)));
      const payer = { project: work.run.project, principal: work.run.source.principalId };
      const bill = missing.length === 0 ? null : await work.spending.open(payer, work.signal);
      try {
        const found = new Map<string, Float32Array>();
        for (let first = 0; bill !== null && first < missing.length; first += textsAtOnce) {
          const texts = missing.slice(first, first + textsAtOnce);
          const { vectors: made } = await embedOnRecord({ ...called, environment, model, texts }, { ...work, bill });
          for (const [index, text] of texts.entries()) {
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
        work.signal.throwIfAborted();
        if (!(error instanceof RunFailure) && !(error instanceof DOMException)) throw error;
        refused.set(place, true);
        return null;
      }
    },
  };
}

/** The environment's provider, where it embeds. */
function connectToEmbed(connector: Connector, environment: EnvironmentRecord) {
  // What is asked for its prompts by others has no provider of its own.
  if (isVirtual(environment)) return null;
  const { provider, connection } = connector.connect(environment);
  const embed = provider.embed?.bind(provider);
  return embed === undefined ? null : { kind: provider.kind, embed, connection };
}

const outOfTime = new RunFailure('timeout', `The provider took longer than ${timeoutMs} ms`, { isRetryable: true });

interface EmbeddingCall {
  readonly environment: EnvironmentRecord;
  readonly kind: string;
  readonly embed: NonNullable<Provider['embed']>;
  readonly connection: Connection;
  readonly model: string | null;
  readonly texts: readonly string[];
}

/** One call, which is on the ledger and charged, however it ends. */
async function embedOnRecord(
  { environment, kind, embed, connection, model, texts }: EmbeddingCall,
  { bill, signal, ledger }: EmbeddingWork & { readonly bill: Bill },
): Promise<Embeddings> {
  const startedAt = new Date();
  const start = performance.now();
  const record = async (made: Embeddings | null, error: RunError | null) => {
    const tokens = made?.tokens ?? null;
    const tokenUse = tokens === null ? null : { prompt: tokens, result: 0, total: tokens };
    const name = made?.model ?? model ?? '';
    const attempt = {
      provider: kind,
      environment: environment.id,
      model: name,
      startedAt,
      executionTimeMs: Math.round(performance.now() - start),
      tokenUse,
      cost: bill.price(name, tokenUse),
      error,
    };
    ledger.attempts.push(attempt);
    await bill.charge(attempt);
  };
  let made: Embeddings;
  try {
    const either = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
    made = await embed({ model, texts }, connection, either);
  } catch (error) {
    // One that needs to be told its model was not called.
    const isCall = !(
      error instanceof RunFailure &&
      error.code === 'invalid_request' &&
      error.upstreamStatus === undefined
    );
    const failure = error instanceof DOMException ? outOfTime : error;
    if (isCall) await record(null, convertToRunError(failure));
    throw error;
  }
  await record(made, null);
  return made;
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
