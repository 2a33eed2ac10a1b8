import { z } from 'zod';
import { authorize } from '../auth/permission.ts';
import type { Context } from '../context.ts';
import { cancelledError } from '../engine/active-run.ts';
import { ConflictError, ValidationError } from '../errors.ts';
import { convertRunFilter, type RunFilter } from '../store/run-filter.ts';
import type { FlowPlan, RunRecord, RunStep } from '../store/run-record.ts';
import { removeFinishedRuns, removeInPortions } from '../store/run-removal.ts';
import { createRunStep } from '../store/run-step.ts';
import { describeSource } from './execute.ts';
import { startRun } from './execute-once.ts';
import { orNotFound, parseInput, tagsField } from './input.ts';
import { retryFiles } from './run-files.ts';

const maxTags = 50;

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
 * Executes the recorded request of a finished run again, as a new run: the same messages, settings and schema. A flow that did not
 * complete goes on behind the steps that did; of a deployment the files that failed are processed again, or all where none did. Throws a ConflictError where the run is not finished, its payloads were not recorded,
 * or its environment was deleted.
 */
export async function retryRun(context: Context, id: string, isStreamed: boolean): Promise<RunRecord> {
  authorize(context.principal, 'retryRuns');
  const { runs, environments } = context.store;
  const run = orNotFound(await runs.findOneById(id), 'run', id);
  if (run.finishedAt === null) throw new ConflictError(`Run ${id} is ${run.status}; only finished runs can be retried`);
  if (run.recordPayloads === 'metadata') {
    const what =
      run.kind === 'deployment' ? `files of run ${id} were not kept` : `prompt of run ${id} was not recorded`;
    throw new ConflictError(`The ${what}, so it cannot be retried`);
  }
  if (run.kind === 'deployment') return retryFiles(context, run);
  const environment = run.environment === null ? null : await environments.findOneById(run.environment);
  if (environment === null && (run.environment !== null || run.kind === 'interaction')) {
    throw new ConflictError(`The environment of run ${id} was deleted`);
  }
  const { input, prompt, plan } = await runs.loadPayloads(run);
  const retry = {
    kind: run.kind,
    name: run.name,
    interaction: run.interaction,
    interactionDraft: run.interactionDraft,
    flow: run.flow,
    plan,
    steps: await listStepsToRetry(context, run, plan),
    deployment: run.deployment,
    // A new run there, too.
    remote: run.remote == null ? null : { id: run.remote.id, steps: run.remote.steps },
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

/** The steps that a retry begins with: those that an unfinished flow has done already are done. */
async function listStepsToRetry({ store }: Context, run: RunRecord, plan: FlowPlan | null): Promise<RunStep[]> {
  const done = run.status === 'completed' ? [] : (await store.runs.loadSteps(run)).filter(isCompleted);
  return (plan?.steps ?? []).map((planned) => {
    const step = done.find(({ key }) => key === planned.name);
    return step === undefined ? createRunStep(planned) : { ...step, payloadFile: null };
  });
}

const isCompleted = ({ status }: RunStep) => status === 'completed';

/** Removes a run with its stream and its payloads. Throws a ConflictError while it is executed. */
export async function deleteRun(context: Context, id: string): Promise<{ id: string }> {
  authorize(context.principal, 'deleteRuns');
  const run = orNotFound(await context.store.runs.findOneById(id), 'run', id);
  const removable = await settle(context, [run]);
  if (removable.length === 0) throw new ConflictError(`Run ${id} is processing; cancel it before it is deleted`);
  await removeFinishedRuns(context.store, removable);
  return { id };
}

/** Removes all runs that fit, but for those that are being executed. An empty filter is refused. */
export async function deleteRuns(context: Context, filter: RunFilter): Promise<{ count: number }> {
  authorize(context.principal, 'deleteRuns');
  if (Object.keys(convertRunFilter(filter)).length === 0) {
    const message = 'must name at least one restriction; createdAt: { to: … } with the time of now means all runs';
    throw new ValidationError([{ path: '/filter', message }]);
  }
  const find = async (limit: number) => settle(context, await context.store.runs.findRemovable(filter, limit));
  return { count: await removeInPortions(context.store, find) };
}

/** Those among these runs that nobody executes, and from now on nobody can. */
async function settle({ store }: Context, runs: readonly RunRecord[]): Promise<RunRecord[]> {
  const settled = await Promise.all(
    runs.map((run) => (run.status === 'created' ? store.runs.cancelCreated(run, cancelledError) : run)),
  );
  return settled.filter((run) => run !== null).filter(({ finishedAt }) => finishedAt !== null);
}
