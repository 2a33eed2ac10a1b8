import { createHash } from 'node:crypto';
import { stringify } from 'safe-stable-stringify';
import { UnavailableError } from '../errors.ts';
import type { JsonValue } from '../json.ts';
import type { CacheRule } from '../store/run-record.ts';
import { prepareChild } from './child-run.ts';
import { executePrompt, type PromptRequest } from './execute-prompt.ts';
import type { Execution } from './execution.ts';

const defaultTtlSeconds = 24 * 60 * 60;
/** Results beyond that are not kept twice. */
const maxCharacters = 256 * 1024;

/**
 * As `executePrompt`, unless the same was asked in the project before and its result is fresh: then that is the result, `onText` is told of it
 * in one piece, and the ledger says so. Runs whose payloads are not recorded neither leave a result behind nor use one.
 */
export async function executeCachedPrompt(
  request: PromptRequest,
  rule: CacheRule | null,
  execution: Execution,
  onText?: (text: string) => void,
): Promise<JsonValue> {
  if (rule === null || execution.run.recordPayloads === 'metadata') return executePrompt(request, execution, onText);
  const { cachedResults } = execution.store;
  const key = nameRequest(execution.run.project, request);
  const known = rule.policy === 'refresh' ? null : await unlessUnavailable(cachedResults.find(key));
  if (known === null) {
    const result = await executePrompt(request, execution, onText);
    await keep(key, result, rule, execution);
    return result;
  }
  const { result } = known;
  execution.ledger.isCached = true;
  onText?.(typeof result === 'string' ? result : JSON.stringify(result));
  if (rule.policy === 'cache_and_refresh') await unlessUnavailable(refresh(key, request, rule, execution));
  return result;
}

/** Everything that has a say in the result; whatever of it changes makes another name. */
function nameRequest(project: string, request: PromptRequest): string {
  const { environment, model, messages, settings, resultSchema, validate } = request;
  const { temperature, maxTokens, topP, stop, seed, options } = settings;
  const chosen = { temperature, maxTokens, topP, stop, seed, options };
  const asked = [project, environment.id, environment.updatedAt, model, messages, chosen, resultSchema, validate];
  return createHash('sha256')
    .update(stringify(asked) ?? '')
    .digest('hex');
}

async function keep(key: string, result: JsonValue, rule: CacheRule, { run, store }: Execution): Promise<void> {
  if (JSON.stringify(result).length > maxCharacters) return;
  const expiresAt = new Date(Date.now() + (rule.ttlSeconds ?? defaultTtlSeconds) * 1000);
  await unlessUnavailable(store.cachedResults.put(key, result, run.id, expiresAt));
}

/** Begins to ask again, as a child of the run that was served from the cache, which does not wait for the answer. */
async function refresh(key: string, request: PromptRequest, rule: CacheRule, execution: Execution): Promise<void> {
  const { run, store, deadlines, startChild } = execution;
  const until = new Date(Date.now() + deadlines.runTimeoutMs);
  if (!(await store.cachedResults.claimRefresh(key, until))) return;
  const child = prepareChild(run, { ...request, name: run.name });
  const config = { ...child.config, validate: request.validate };
  const source = { ...run.source, type: 'system' as const };
  const cache = { ...rule, policy: 'refresh' as const };
  // It goes on when this run has ended; the engine ends it when it shuts down.
  const { signal } = new AbortController();
  const started = await startChild(store, { ...child, config, source, cache }, request.environment, { signal });
  // The engine tells of an end that cannot be recorded.
  started.finished.catch(() => undefined);
}

/** A cache that is away costs a call, and no run. */
function unlessUnavailable<T>(call: Promise<T>): Promise<T | null> {
  return call.catch((error: unknown) => {
    if (error instanceof UnavailableError) return null;
    throw error;
  });
}
