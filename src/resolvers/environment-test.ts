import { z } from 'zod';
import { authorize } from '../auth/permission.ts';
import type { Context } from '../context.ts';
import { convertToRunError } from '../engine/convert-to-run-error.ts';
import { withDeadlines } from '../engine/deadline.ts';
import { findTargets } from '../engine/find-targets.ts';
import { RunFailure, ValidationError } from '../errors.ts';
import type { Connection, Provider, TokenUse } from '../providers/provider.ts';
import { withRemoteId } from '../store/entity-store.ts';
import { type EnvironmentRecord, isVirtual, virtualDepthMax } from '../store/environment.ts';
import type { RunError } from '../store/run-record.ts';
import { modelField } from './environment-policy.ts';
import { orNotFound, parseInput } from './input.ts';

/** Whether executions work in an environment, and why not. */
export interface EnvironmentTest {
  readonly ok: boolean;
  /** The model that was asked; null of an API that executes something of its own. */
  readonly model: string | null;
  readonly executionTimeMs: number;
  /** What is wrong and what to do about it; null where all is well. */
  readonly error: RunError | null;
}

const testInput = z.object({ model: modelField.nullish() });

const timeoutMs = 30_000;
const deadlines = { firstChunkTimeoutMs: timeoutMs, chunkTimeoutMs: timeoutMs, runTimeoutMs: timeoutMs };
/** Enough for any model to answer with, and next to nothing to pay. */
const answerTokens = 16;
const namedModels = 10;

/**
 * Asks a model of the environment for one word, past its policy: no retry, no fallback. Of a virtual environment all members are asked; of
 * a remote API, whether the credentials are good there. It is charged, and recorded as no run. Throws a NotFoundError, and a ValidationError where no model is named, or one that is not enabled.
 */
export async function testEnvironment(context: Context, id: string, input: unknown): Promise<EnvironmentTest> {
  authorize(context.principal, 'manageEnvironments');
  const parsed = parseInput(testInput, input);
  const environment = orNotFound(await context.loaders.environment.load(id), 'environment', id);
  const isRemote = context.engine.connector.providers.findRemote(environment.provider) !== undefined;
  const model = isRemote ? null : chooseModel(environment, parsed.model ?? null);
  await context.rateLimiter.takeExecution(context.principal.id);
  await context.engine.spending.check({ project: context.project.id, principal: context.principal.id });
  const start = performance.now();
  const error =
    model === null ? await findFaultOfRemote(context, environment) : await findFault(context, environment, model, 0);
  return { ok: error === null, model, executionTimeMs: Math.round(performance.now() - start), error };
}

function chooseModel({ name, defaultModel, enabledModels }: EnvironmentRecord, named: string | null): string {
  const model = named ?? defaultModel ?? enabledModels[0];
  if (model === undefined) {
    const message = `is required: environment ${name} has no default model; name one here or as its defaultModel`;
    throw new ValidationError([{ path: '/model', message }]);
  }
  if (enabledModels.length > 0 && !enabledModels.includes(model)) {
    const message = `${model} is not enabled in environment ${name}; allowed are ${enabledModels.join(', ')}`;
    throw new ValidationError([{ path: '/model', message }]);
  }
  return model;
}

/** What keeps a model from answering; null where it answers. */
async function findFault(
  context: Context,
  environment: EnvironmentRecord,
  model: string,
  depth: number,
): Promise<RunError | null> {
  if (isVirtual(environment)) return findFaultOfMembers(context, environment, depth);
  try {
    const { provider, connection } = context.engine.connector.connect(environment);
    try {
      await askForWord(context, provider, connection, model);
      return null;
    } catch (error) {
      if (context.signal.aborted || !(error instanceof RunFailure)) throw error;
      return { ...convertToRunError(error), message: await advise(error, { provider, connection, model, context }) };
    }
  } catch (error) {
    if (error instanceof RunFailure) return convertToRunError(error);
    throw error;
  }
}

/** What keeps a remote API from executing what it has; nothing is executed. */
async function findFaultOfRemote(context: Context, environment: EnvironmentRecord): Promise<RunError | null> {
  try {
    const { remote, connection } = context.engine.connector.connectRemote(environment);
    const known = await context.store.deployments.findOne(withRemoteId(environment.id));
    const signal = AbortSignal.any([context.signal, AbortSignal.timeout(timeoutMs)]);
    await remote.check(known?.remoteId ?? null, connection, signal);
    return null;
  } catch (error) {
    if (context.signal.aborted || !(error instanceof RunFailure)) throw error;
    return { ...convertToRunError(error), message: adviseOnRemote(error, environment) };
  }
}

function adviseOnRemote({ code, upstreamStatus, message }: RunFailure, environment: EnvironmentRecord): string {
  const place = environment.endpoint ?? environment.provider;
  if (code === 'authentication_error') {
    const isMissing = environment.credentials === null;
    const advice = isMissing
      ? 'Give the environment credentials.'
      : `The credentials are not good at ${place}: give the environment others.`;
    return `${advice} ${message}`;
  }
  if (code === 'invalid_request' && upstreamStatus === undefined) return message;
  if (code === 'rate_limited') return `${place} takes no more calls now: try again later. ${message}`;
  return `${place} does not answer as it should: check the endpoint. ${message}`;
}

/** The members that cannot answer, with what is wrong with each. */
async function findFaultOfMembers(
  context: Context,
  { policy, name }: EnvironmentRecord,
  depth: number,
): Promise<RunError | null> {
  const named = [...(policy?.members ?? []), ...(policy?.mediators ?? [])];
  const targets = depth < virtualDepthMax ? await findTargets(context.store, named) : [];
  const missing = named.length - targets.length;
  const faults = await Promise.all(
    targets.map(async ({ environment, model }) => {
      const fault = await findFault(context, environment, model, depth + 1);
      return fault === null ? [] : [{ ...fault, message: `${environment.name} with ${model}: ${fault.message}` }];
    }),
  );
  const [first, ...others] = faults.flat();
  if (first !== undefined) {
    const message = [first, ...others].map((fault) => fault.message).join(' | ');
    return { ...first, isRetryable: [first, ...others].every(({ isRetryable }) => isRetryable), message };
  }
  if (missing === 0) return null;
  const message = `Of ${name}'s members ${missing} cannot be asked: they were deleted, or have no default model.`;
  return { code: 'invalid_request', message, isRetryable: false, path: null };
}

/** Throws a RunFailure where there is no answer. */
async function askForWord(context: Context, provider: Provider, connection: Connection, model: string): Promise<void> {
  const payer = { project: context.project.id, principal: context.principal.id };
  const bill = await context.engine.spending.open(payer, context.signal);
  const request = {
    model,
    messages: [{ role: 'user' as const, content: 'Answer with the one word: ready' }],
    settings: { temperature: null, maxTokens: answerTokens, topP: null, stop: null, seed: null, options: null },
    resultSchema: null,
  };
  let tokenUse: TokenUse | null = null;
  try {
    const open = (signal: AbortSignal) => provider.generate(request, connection, signal);
    for await (const event of withDeadlines(open, deadlines, context.signal)) {
      if (event.type !== 'text') tokenUse = event.tokenUse ?? tokenUse;
    }
  } finally {
    await bill.charge({ tokenUse, cost: bill.price(model, tokenUse) });
  }
}

interface Circumstances {
  readonly provider: Provider;
  readonly connection: Connection;
  readonly model: string;
  readonly context: Context;
}

/** What to do about a failure, and then what the provider says. */
async function advise(failure: RunFailure, circumstances: Circumstances): Promise<string> {
  const { code, message, upstreamStatus, retryAfterMs } = failure;
  const { provider, connection, model } = circumstances;
  const place = connection.endpoint ?? provider.profile.vendor;
  const say = (advice: string) => `${advice} ${message}`;
  switch (code) {
    case 'authentication_error':
      if (upstreamStatus === undefined) return say('Give the environment credentials.');
      if (upstreamStatus === 403) {
        return say(`The credentials are known at ${place}, but may not use ${model}: have it allowed there.`);
      }
      return say(`The credentials are not good at ${place}: give the environment others.`);
    case 'rate_limited':
      return say(
        `The credentials are good, but ${place} takes no more calls now: ${retryAfterMs === undefined ? 'try again later, or' : `try again in ${Math.ceil(retryAfterMs / 1000)} s, or`} raise the limit or the balance there.`,
      );
    case 'timeout':
      return say(`${place} is reached, but ${model} does not answer in time: it may be loading; try again.`);
    case 'invalid_request': {
      if (upstreamStatus === undefined) return message;
      const offered = await listOffered(circumstances);
      if (offered === null) {
        return say(upstreamStatus === 404 ? `Check the endpoint and the model's name, ${model}.` : 'Check the model.');
      }
      if (offered.includes(model)) return say(`${model} is there, but refuses what it is asked.`);
      const some = offered.slice(0, namedModels).join(', ');
      const more = offered.length > namedModels ? ` and ${offered.length - namedModels} more` : '';
      return say(
        `The credentials are good, but ${place} does not list a model ${model}; it has ${some || 'none'}${more}.`,
      );
    }
    default:
      return upstreamStatus === undefined
        ? say(`${place} cannot be reached, or breaks off: check the endpoint.`)
        : say(`${place} is reached, but has a problem of its own: try again later.`);
  }
}

/** The models that there are; null where that cannot be found out. */
async function listOffered({ provider, connection, context }: Circumstances): Promise<readonly string[] | null> {
  const signal = AbortSignal.any([context.signal, AbortSignal.timeout(timeoutMs)]);
  const models = await provider.listModels(connection, signal).catch(() => null);
  return models?.map(({ id }) => id) ?? null;
}
