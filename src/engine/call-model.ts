import { setTimeout as delay } from 'node:timers/promises';
import { RunFailure } from '../errors.ts';
import { type EnvironmentPolicy, type EnvironmentRecord, isVirtual, virtualDepthMax } from '../store/environment.ts';
import type { RunAttempt } from '../store/run-record.ts';
import { balance } from './balance.ts';
import { callProvider } from './call-provider.ts';
import { convertToRunError } from './convert-to-run-error.ts';
import type { Execution, ModelRequest } from './execution.ts';
import { mediate } from './mediate.ts';
import { isLimited, type Passage } from './traffic.ts';

const defaultRetryDelayMs = 500;
const defaultMaxRetryDelayMs = 30_000;

/** Where the text of an answer goes. */
interface Delivery {
  /** Whether somebody has a part of it: then there is no other try. */
  hasBegun: boolean;
  readonly onText: ((text: string) => void) | undefined;
}

/**
 * Has a model answer by the policy of its environment: within its limits, again after a failure that may pass, and elsewhere after
 * one that does not, as long as `onText` was not told of any text. Throws a RunFailure, or what the signal aborts with.
 */
export async function callModel(
  request: ModelRequest,
  execution: Execution,
  onText?: (text: string) => void,
): Promise<string> {
  if (isPlain(request.environment)) return callProvider(request, execution, onText);
  const delivery: Delivery = {
    hasBegun: false,
    onText:
      onText &&
      ((text) => {
        delivery.hasBegun = true;
        onText(text);
      }),
  };
  return callEnvironment(request, execution, delivery, true);
}

/** Whether the environment is no virtual one, and its policy, if there is one, has nothing but deadlines. */
function isPlain(environment: EnvironmentRecord): boolean {
  const { policy } = environment;
  if (isVirtual(environment)) return false;
  if (policy === null) return true;
  const { maxRetries = 0, fallbacks = [] } = policy;
  return maxRetries === 0 && fallbacks.length === 0 && !isLimited(policy);
}

/** Calls within the time that the environment has in all, and then its fallbacks. */
async function callEnvironment(
  request: ModelRequest,
  outer: Execution,
  delivery: Delivery,
  mayFallBack: boolean,
): Promise<string> {
  const { policy } = request.environment;
  const runTimeoutMs = policy?.runTimeoutMs ?? outer.deadlines.runTimeoutMs;
  const deadline = new AbortController();
  const timer = setTimeout(() => deadline.abort(outOfTime(runTimeoutMs)), runTimeoutMs);
  const execution = { ...outer, signal: AbortSignal.any([outer.signal, deadline.signal]) };
  const until = performance.now() + runTimeoutMs;
  try {
    return await callAgain(request, execution, delivery, until, mayFallBack).catch((error: unknown) => {
      const fallbacks = (mayFallBack && policy?.fallbacks) || [];
      if (!isEndOfTry(error, execution, delivery)) return fallBack(request, fallbacks, execution, delivery, error);
      throw error;
    });
  } finally {
    clearTimeout(timer);
  }
}

function outOfTime(ms: number): RunFailure {
  return new RunFailure('timeout', `The execution took longer than ${ms} ms in all`, { isRetryable: true });
}

/** Whether nobody else needs to be asked: the execution is over, the answer has begun, or the failure is ours. */
function isEndOfTry(error: unknown, { signal }: Execution, { hasBegun }: Delivery): boolean {
  return signal.aborted || hasBegun || !(error instanceof RunFailure);
}

/** Asks the fallbacks one after the other; with what the last one failed, it fails. */
async function fallBack(
  request: ModelRequest,
  fallbacks: NonNullable<EnvironmentPolicy['fallbacks']>,
  execution: Execution,
  delivery: Delivery,
  failure: unknown,
): Promise<string> {
  let last = failure;
  for (const fallback of fallbacks) {
    const environment = await execution.store.environments.findOneById(fallback.environment);
    const model = fallback.model ?? environment?.defaultModel ?? null;
    if (environment === null || model === null) continue;
    try {
      // Where it fails over to, it does not fail over further: no circle, and no surprise.
      const text = await callEnvironment({ ...request, environment, model }, execution, delivery, false);
      const from = `environment ${request.environment.name} failed`;
      execution.ledger.warnings.add(`The answer is ${model}'s in environment ${environment.name}, because ${from}.`);
      return text;
    } catch (error) {
      if (isEndOfTry(error, execution, delivery)) throw error;
      last = error;
    }
  }
  throw last;
}

/** Calls, and again as often as the policy says after failures that may pass. */
async function callAgain(
  request: ModelRequest,
  execution: Execution,
  delivery: Delivery,
  until: number,
  mayFallBack: boolean,
): Promise<string> {
  const { policy } = request.environment;
  for (let retries = 0; ; retries += 1) {
    try {
      return await callWithinLimits(request, execution, delivery, until, mayFallBack);
    } catch (error) {
      if (isEndOfTry(error, execution, delivery)) throw error;
      const pauseMs = retries < (policy?.maxRetries ?? 0) ? planPause(error, retries, policy) : null;
      if (pauseMs === null || performance.now() + pauseMs >= until) throw error;
      await delay(pauseMs, undefined, { signal: execution.signal }).catch(() => execution.signal.throwIfAborted());
    }
  }
}

/**
 * How long to wait before the next try: by chance up to a bound that doubles each time (so that those who failed together do not
 * come back together), and at least as long as the provider asked for. Null where there is no use in trying.
 */
function planPause(error: unknown, retries: number, policy: EnvironmentPolicy | null): number | null {
  if (!(error instanceof RunFailure) || !error.isRetryable) return null;
  const { retryDelayMs = defaultRetryDelayMs, maxRetryDelayMs = defaultMaxRetryDelayMs } = policy ?? {};
  const bound = Math.min(maxRetryDelayMs, retryDelayMs * 2 ** retries);
  return Math.max(Math.random() * bound, error.retryAfterMs ?? 0);
}

/** One try: waits for its turn, if the environment has limits. */
async function callWithinLimits(
  request: ModelRequest,
  execution: Execution,
  delivery: Delivery,
  until: number,
  mayFallBack: boolean,
): Promise<string> {
  const { environment } = request;
  const call = (within: Execution) =>
    isVirtual(environment)
      ? callVirtual(request, within, delivery, mayFallBack)
      : callProvider(request, within, delivery.onText);
  if (environment.policy === null || !isLimited(environment.policy)) return call(execution);
  const passage = await waitForTurn(request, execution, until);
  const { ledger } = execution;
  // Of this try alone, for other calls may be under way on the same ledger.
  const attempts: RunAttempt[] = [];
  try {
    return await call({ ...execution, ledger: { ...ledger, attempts } });
  } finally {
    ledger.attempts.push(...attempts);
    passage.leave(attempts.reduce((sum, { tokenUse }) => sum + (tokenUse?.total ?? 0), 0));
  }
}

/** Where the turn does not come in time, that is an attempt too. */
async function waitForTurn(
  { environment, model }: ModelRequest,
  execution: Execution,
  until: number,
): Promise<Passage> {
  const { traffic, signal, ledger } = execution;
  const startedAt = new Date();
  const start = performance.now();
  try {
    return await traffic.enter(environment, until, signal);
  } catch (error) {
    const executionTimeMs = Math.round(performance.now() - start);
    const attempt = { provider: environment.provider, environment: environment.id, model, startedAt, executionTimeMs };
    ledger.attempts.push({ ...attempt, tokenUse: null, error: convertToRunError(error) });
    throw error;
  }
}

/** Has the members of a virtual environment answer. */
async function callVirtual(
  request: ModelRequest,
  outer: Execution,
  delivery: Delivery,
  mayFallBack: boolean,
): Promise<string> {
  const { environment } = request;
  const execution = { ...outer, depth: outer.depth + 1 };
  // It was checked when it was saved; two that were saved at the same time may have made a circle.
  if (execution.depth > virtualDepthMax) {
    throw new RunFailure('invalid_request', `Environment ${environment.name} lies too deep in virtual environments`);
  }
  if (environment.provider === 'virtual_lb') {
    const { store, health } = execution;
    return balance(environment, {
      store,
      health,
      call: (member) => callEnvironment({ ...request, ...member }, execution, delivery, mayFallBack),
      isOver: (error) => isEndOfTry(error, execution, delivery),
    });
  }
  const text = await mediate(request, execution);
  delivery.onText?.(text);
  return text;
}
