import { setTimeout as delay } from 'node:timers/promises';
import { NotFoundError } from '../errors.ts';
import type { RunRecord } from '../store/run-record.ts';
import type { ProjectStore } from '../store/store.ts';
import type { ActiveRun } from './active-run.ts';
import { retryWhileUnavailable } from './retry.ts';
import {
  createClosedEvent,
  formatEventId,
  type RunStreamEvent,
  readStoredChunks,
  type StreamPlace,
} from './run-stream.ts';

/** What the readers of this process share. */
export interface RunReaders {
  /** The run, where this process executes it. */
  readonly findActive: (id: string) => ActiveRun | undefined;
  /** Ends the readers of what other processes execute. */
  readonly closing: AbortSignal;
  /** How long a run that may be cancelled waits for readers. */
  readonly disconnectGraceMs: number;
}

/** How often a reader looks for what another process does. */
const pollMs = 250;

/** The events of a run beyond a place, from wherever it is executed, and then its end. */
export async function* readEvents(
  { findActive, closing, disconnectGraceMs }: RunReaders,
  store: ProjectStore,
  first: RunRecord,
  after: StreamPlace,
  signal: AbortSignal,
): AsyncGenerator<RunStreamEvent> {
  let run = first;
  let place = after;
  const ended = AbortSignal.any([signal, closing]);
  const watch = createWatch(store, disconnectGraceMs);
  while (!ended.aborted) {
    const live = findActive(run.id);
    if (live !== undefined) {
      yield* readLive(live, place, signal);
      return;
    }
    // It is finished, or another process executes it: the stored log is all there is. A run is read before its log, so
    // that nothing lies between the last batch and the end.
    const isFinished = run.finishedAt !== null;
    await watch(run);
    for (;;) {
      const chunks = await retryWhileUnavailable(() => readStoredChunks(store.runEvents, run.id, place), ended);
      if (chunks.length === 0) break;
      for (const { place: chunkPlace, text } of chunks) {
        place = chunkPlace;
        yield { type: 'chunk', id: formatEventId(run.id, place), text };
      }
    }
    if (isFinished) {
      yield createClosedEvent(run);
      return;
    }
    run = await readAgain(store, run.id, ended);
  }
}

/** Waits until a run is finished, wherever it is executed; null where the signal, or the shutdown, came first. */
export async function waitForEnd(
  { findActive, closing, disconnectGraceMs }: RunReaders,
  store: ProjectStore,
  first: RunRecord,
  signal: AbortSignal,
): Promise<RunRecord | null> {
  let run = first;
  const ended = AbortSignal.any([signal, closing]);
  const watch = createWatch(store, disconnectGraceMs);
  while (!ended.aborted) {
    const live = findActive(run.id);
    if (live !== undefined) return waitForReader(live, signal);
    if (run.finishedAt !== null) return run;
    await watch(run);
    run = await readAgain(store, run.id, ended);
  }
  return null;
}

/** Waits for the end of a run that this process executes; who leaves before is not waited for any more. */
export async function waitForReader(run: ActiveRun, signal: AbortSignal): Promise<RunRecord> {
  const leave = run.addReader();
  if (signal.aborted) leave();
  signal.addEventListener('abort', leave, { once: true });
  try {
    return await run.finished;
  } finally {
    signal.removeEventListener('abort', leave);
    leave();
  }
}

async function* readLive(live: ActiveRun, place: StreamPlace, signal: AbortSignal): AsyncGenerator<RunStreamEvent> {
  const { epoch } = live.channel;
  const seen = epoch > place.epoch ? 0 : epoch === place.epoch ? place.number : Number.MAX_SAFE_INTEGER;
  const leave = live.addReader();
  try {
    yield* live.channel.read(seen, signal);
    if (!signal.aborted) yield createClosedEvent(await live.finished);
  } finally {
    leave();
  }
}

async function readAgain(store: ProjectStore, id: string, ended: AbortSignal): Promise<RunRecord> {
  await delay(pollMs, undefined, { signal: ended }).catch(() => undefined);
  const run = await retryWhileUnavailable(() => store.runs.findOneById(id), ended);
  if (run === null) throw new NotFoundError(`Run ${id} was deleted`);
  return run;
}

/** Whether somebody waits for a run at another process than the one that executes it. */
export function isWatchedElsewhere({ watchedAt }: RunRecord, disconnectGraceMs: number): boolean {
  // A watch is renewed when the run is read again, which the database may make late.
  return watchedAt !== null && watchedAt.getTime() > Date.now() - disconnectGraceMs - 4 * pollMs;
}

/** Tells the process that executes a run, where that matters, that somebody waits for it here. */
function createWatch(store: ProjectStore, disconnectGraceMs: number): (run: RunRecord) => Promise<void> {
  let nextAt = 0;
  return async ({ id, status, onDisconnect }) => {
    if (onDisconnect !== 'cancel' || status !== 'processing' || performance.now() < nextAt) return;
    nextAt = performance.now() + disconnectGraceMs / 4;
    // It is renewed long before anybody would act on its absence.
    await store.runs.touchWatched(id).catch(() => undefined);
  };
}
