import { authorize, isAllowed } from '../auth/permission.ts';
import type { Context } from '../context.ts';
import type { RunStreamEvent } from '../engine/run-stream.ts';
import { followRunUpdates } from '../engine/run-updates.ts';
import type { JsonObject } from '../json.ts';
import type { EnvironmentRecord } from '../store/environment.ts';
import type { InteractionRecord } from '../store/interaction.ts';
import type { Page, PageOrder, PageRequest } from '../store/pagination.ts';
import { runOrders } from '../store/run.ts';
import type { RunFilter } from '../store/run-filter.ts';
import type { RunPayloads } from '../store/run-payload.ts';
import { noPayloads, type RunDetail, type RunRecord } from '../store/run-record.ts';
import { convertFindQuery } from './find-query.ts';
import { checkPage } from './input.ts';

export interface RunOrder {
  readonly field: keyof typeof runOrders;
  readonly direction: PageOrder['direction'];
}

/** A run, or null. */
export async function findRun(context: Context, id: string): Promise<RunRecord | null> {
  authorize(context.principal, 'readRuns');
  return context.loaders.run.load(id);
}

/** A page of runs, newest first unless another order is asked for. The details that are said to be `unread` are missing in them. */
export async function listRuns(
  context: Context,
  filter: RunFilter,
  page: PageRequest,
  order: RunOrder = { field: 'createdAt', direction: 'descending' },
  unread: readonly RunDetail[] = [],
): Promise<Page<RunRecord>> {
  authorize(context.principal, 'readRuns');
  checkPage(page, context.pageMax);
  return context.store.runs.findPage(page, filter, { ...runOrders[order.field], direction: order.direction }, unread);
}

/** What a MongoDB query from outside asks for, as a filter. */
export function readFindQuery(query: JsonObject): RunFilter {
  return { condition: convertFindQuery(query) };
}

export async function countRuns(context: Context, filter: RunFilter): Promise<number> {
  return context.store.runs.count(filter);
}

/**
 * The events of a run from `after` on (exclusive; null: from the beginning), then the live ones, then the end. The first
 * reader of a created run starts it, if it made the run or may execute.
 */
export async function followRun(
  context: Context,
  id: string,
  after: string | null,
): Promise<AsyncIterableIterator<RunStreamEvent>> {
  authorize(context.principal, 'readRuns');
  const mayExecute = isAllowed(context.principal, 'execute');
  const mayClaim = (run: RunRecord) => mayExecute || run.source.principalId === context.principal.id;
  return context.engine.follow(context.store, id, { after, mayClaim });
}

/**
 * The runs that fit a filter, as they are created and change, each at least once in its last state; with `since`, those that
 * changed from then on come first.
 */
export function followRuns(context: Context, filter: RunFilter, since: Date | null): AsyncIterableIterator<RunRecord> {
  authorize(context.principal, 'readRuns');
  return followRunUpdates({ store: context.store, feed: context.runFeed, filter, since });
}

/** Where it ran; null where the environment was deleted, or is none of the reader's business. */
export async function findEnvironmentOfRun(context: Context, id: string | null): Promise<EnvironmentRecord | null> {
  if (id === null || !isAllowed(context.principal, 'readEnvironments')) return null;
  return context.loaders.environment.load(id);
}

/** What was executed; null where it was deleted, or is none of the reader's business. */
export async function findInteractionById(context: Context, id: string | null): Promise<InteractionRecord | null> {
  if (id === null || !isAllowed(context.principal, 'readInteractions')) return null;
  return context.loaders.interaction.load(id);
}

const loadedPayloads = new WeakMap<RunRecord, Promise<RunPayloads>>();

/**
 * What a run was given and gave. Where that is not recorded it is empty: what a run that is not finished holds is only there
 * to be executed.
 */
export async function readPayloads(context: Context, run: RunRecord): Promise<RunPayloads> {
  if (run.recordPayloads === 'metadata' && run.finishedAt === null) return noPayloads;
  // One reading serves all fields of the run.
  const payloads = loadedPayloads.get(run) ?? context.store.runs.loadPayloads(run);
  loadedPayloads.set(run, payloads);
  return payloads;
}
