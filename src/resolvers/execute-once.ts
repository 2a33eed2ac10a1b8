import { createHash } from 'node:crypto';
import { stringify } from 'safe-stable-stringify';
import { z } from 'zod';
import type { Context } from '../context.ts';
import type { NewRun } from '../engine/new-run.ts';
import { ConflictError } from '../errors.ts';
import type { EnvironmentRecord } from '../store/environment.ts';
import type { Reservation } from '../store/idempotency.ts';
import type { RunRecord } from '../store/run-record.ts';

export const idempotencyKeyField = z.string().min(1, 'must not be empty').max(255, 'must have at most 255 characters');

/** What a request comes to: a run that is not on record yet, and where it is executed; null where each of its parts has its own. */
export interface PreparedRun {
  readonly run: NewRun;
  readonly environment: EnvironmentRecord | null;
}

export interface OnceRequest {
  readonly idempotencyKey?: string | null | undefined;
  readonly stream?: boolean | null | undefined;
}

/**
 * Executes what `prepare` makes of a request; with an idempotency key, once in 24 hours for the same principal, operation and
 * key. A repetition is answered with the run as it is now, and one in progress is joined; with another body it is a
 * ConflictError. What `prepare` throws uses up no key.
 */
export async function executeOnce(
  context: Context,
  operation: string,
  { idempotencyKey, ...body }: OnceRequest,
  prepare: () => Promise<PreparedRun>,
  start = (prepared: PreparedRun): Promise<RunRecord> => startRun(context, prepared, body.stream === true),
): Promise<RunRecord> {
  const isStreamed = body.stream === true;
  if (idempotencyKey == null) return start(await prepare());

  const { idempotencyKeys, runs } = context.store;
  const key = hash([context.project.id, context.principal.id, operation, idempotencyKey]);
  const bodyHash = hash(body);
  const check = (reservation: Reservation | null) => {
    if (reservation === null || reservation.body === bodyHash) return;
    throw new ConflictError(`The idempotency key ${JSON.stringify(idempotencyKey)} was used with another input`);
  };

  const known = await idempotencyKeys.find(key);
  check(known);
  const earlier = known && (await runs.findOneById(known.run));
  if (earlier !== null) return isStreamed ? earlier : context.engine.wait(context.store, earlier, context.signal);
  const prepared = await prepare();
  const reservation = await idempotencyKeys.reserve(key, bodyHash);
  check(reservation);
  return start({ ...prepared, run: { ...prepared.run, id: reservation.run } });
}

/**
 * Executes a run; streamed, only records it for its first reader. Throws a RateLimitedError where the key executes too often, or a budget is used up;
 * calls with one idempotency key at the same time count each.
 */
export async function startRun(
  { engine, store, signal, rateLimiter, principal, project }: Context,
  { run, environment }: PreparedRun,
  isStreamed: boolean,
): Promise<RunRecord> {
  await rateLimiter.takeExecution(principal.id);
  await engine.spending.check({ project: project.id, principal: principal.id });
  return isStreamed ? engine.create(store, run) : engine.execute(store, run, environment, signal);
}

function hash(value: unknown): string {
  return createHash('sha256')
    .update(stringify(value) ?? '')
    .digest('hex');
}
