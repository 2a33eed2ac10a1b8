import { z } from 'zod';
import { authorize } from '../auth/permission.ts';
import type { Context } from '../context.ts';
import { cancelledError } from '../engine/active-run.ts';
import { ConflictError, ValidationError } from '../errors.ts';
import { convertRunFilter, type RunFilter } from '../store/run-filter.ts';
import type { RunRecord } from '../store/run-record.ts';
import { describeSource } from './execute.ts';
import { startRun } from './execute-once.ts';
import { orNotFound, parseInput, tagsField } from './input.ts';

const maxTags = 50;
/** How many runs are removed at a time, so that other work comes in between. */
const removedAtOnce = 200;

const ratingField = z.int('must be a whole number').min(0, 'must be at least 0').max(3, 'must be at most 3').nullish();

/**
 * Ends a run that is created or processing, wherever it is executed, and answers with it as it ended. Throws a ConflictError
 * where it is completed or failed already.
 */
export async function cancelRun(context: Context, id: string): Promise<RunRecord> {
  authorize(context.principal, 'cancelRuns');
  return context.engine.cancel(context.store, id);
}

/** Adds tags to a run and removes others; a tag in both lists is removed. */
export async function tagRun(context: Context, id: string, input: unknown): Promise<RunRecord> {
  authorize(context.principal, 'annotateRuns');
  const { add, remove } = parseInput(z.object({ add: tagsField.nullish(), remove: tagsField.nullish() }), input);
  for (;;) {
    const run = orNotFound(await context.store.runs.findOneById(id), 'run', id);
    const tags = new Set([...run.tags, ...(add ?? [])]);
    for (const tag of remove ?? []) tags.delete(tag);
    if (tags.size > maxTags) {
      throw new ValidationError([{ path: '/add', message: `makes ${tags.size} tags; a run has at most ${maxTags}` }]);
    }
    // Somebody else may have changed the tags since they were read.
    const tagged = await context.store.runs.annotate(id, { tags: [...tags] }, run);
    if (tagged !== null) return tagged;
  }
}

/** Says how good a run's result is, 1 to 3; 0 and null take the rating back. */
export async function rateRun(context: Context, id: string, input: unknown): Promise<RunRecord> {
  authorize(context.principal, 'annotateRuns');
  const { rating } = parseInput(z.object({ rating: ratingField }), input);
  return orNotFound(await context.store.runs.annotate(id, { rating: rating || null }), 'run', id);
}

/**
 * Executes the recorded request of a finished run again, as a new run: the same messages, settings and schema. Throws a
 * ConflictError where the run is not finished, its payloads were not recorded, or its environment was deleted.
 */
export async function retryRun(context: Context, id: string, isStreamed: boolean): Promise<RunRecord> {
  authorize(context.principal, 'retryRuns');
  const { runs, environments } = context.store;
  const run = orNotFound(await runs.findOneById(id), 'run', id);
  if (run.finishedAt === null) throw new ConflictError(`Run ${id} is ${run.status}; only finished runs can be retried`);
  if (run.recordPayloads === 'metadata') {
    throw new ConflictError(`The prompt of run ${id} was not recorded, so it cannot be retried`);
  }
  const environment = await environments.findOneById(run.environment);
  if (environment === null) throw new ConflictError(`The environment of run ${id} was deleted`);
  const { input, prompt } = await runs.loadPayloads(run);
  const retry = {
    kind: run.kind,
    name: run.name,
    interaction: run.interaction,
    interactionDraft: run.interactionDraft,
    environment: run.environment,
    model: run.model,
    config: run.config,
    prompt,
    resultSchema: run.resultSchema,
    input,
    tags: run.tags,
    parent: run.parent,
    retryOf: run.id,
    endUser: run.endUser,
    object: run.object,
    source: describeSource(context),
    warnings: [],
    onDisconnect: run.onDisconnect,
    recordPayloads: context.project.recordPayloads,
  };
  return startRun(context, { run: retry, environment }, isStreamed);
}

/** Removes a run with its stream and its payloads. Throws a ConflictError while it is executed. */
export async function deleteRun(context: Context, id: string): Promise<{ id: string }> {
  authorize(context.principal, 'deleteRuns');
  const run = orNotFound(await context.store.runs.findOneById(id), 'run', id);
  const [removed] = await removeRuns(context, [run]);
  if (removed === undefined) throw new ConflictError(`Run ${id} is processing; cancel it before it is deleted`);
  return { id };
}

/** Removes all runs that fit, but for those that are being executed. An empty filter is refused. */
export async function deleteRuns(context: Context, filter: RunFilter): Promise<{ count: number }> {
  authorize(context.principal, 'deleteRuns');
  if (Object.keys(convertRunFilter(filter)).length === 0) {
    const message = 'must name at least one restriction; createdAt: { to: … } with the time of now means all runs';
    throw new ValidationError([{ path: '/filter', message }]);
  }
  let count = 0;
  for (;;) {
    const found = await context.store.runs.findRemovable(filter, removedAtOnce);
    const removed = await removeRuns(context, found);
    count += removed.length;
    // What cannot be removed would be found again for ever.
    if (removed.length === 0) return { count };
  }
}

/** Removes the runs among these that nobody executes, and what belongs to them; answers with those. */
async function removeRuns({ store }: Context, runs: readonly RunRecord[]): Promise<RunRecord[]> {
  // What was only created can be started by nobody from now on.
  const settle = (run: RunRecord) => (run.status === 'created' ? store.runs.cancelCreated(run, cancelledError) : run);
  const settled = await Promise.all(runs.map(settle));
  const removable = settled.filter((run) => run !== null).filter(({ finishedAt }) => finishedAt !== null);
  const ids = removable.map(({ id }) => id);
  if (ids.length === 0) return [];
  await store.runEvents.removeOfRuns(ids);
  await store.idempotencyKeys.removeOfRuns(ids);
  // Runs go last: what is interrupted half-way can be asked for again.
  await Promise.all(removable.map((run) => store.runs.remove(run)));
  return removable;
}
