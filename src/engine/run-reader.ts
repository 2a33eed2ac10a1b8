import { NotFoundError } from '../errors.ts';
import type { Relay } from '../relay/relay.ts';
import type { RunRecord } from '../store/run-record.ts';
import type { ProjectStore } from '../store/store.ts';
import type { ActiveRun } from './active-run.ts';
import { listenToRun } from './relayed-run.ts';
import { retryWhileUnavailable } from './retry.ts';
import {
  createClosedEvent,
  createPartEvent,
  type RunStreamEvent,
  readStoredParts,
  type StreamPlace,
} from './run-stream.ts';

/** What the readers of this process share. */
export interface RunReaders {
  readonly relay: Relay;
  /** The run, where this process executes it. */
  readonly findActive: (id: string) => ActiveRun | undefined;
  /** Ends the readers of what other processes execute. */
  readonly closing: AbortSignal;
  /** How long a run that may be cancelled waits for readers. */
  readonly disconnectGraceMs: number;
}

/** How late a watch may be renewed, because the database answers late. */
const watchMarginMs = 1_000;

/** The events of a run beyond a place, from wherever it is executed, and then its end. */
export async function* readEvents(
  { relay, findActive, closing, disconnectGraceMs }: RunReaders,
  store: ProjectStore,
  first: RunRecord,
  after: StreamPlace,
  signal: AbortSignal,
): AsyncGenerator<RunStreamEvent> {
  let run = first;
  let place = after;
  const ended = AbortSignal.any([signal, closing]);
  const watch = createWatch(store, disconnectGraceMs);
  // It listens before it reads the log, so that nothing lies between the two.
  const relayed = listenToRun(relay, run.id);
  ended.addEventListener('abort', relayed.close, { once: true });
  try {
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
        const stored = await retryWhileUnavailable(() => readStoredParts(store.runEvents, run.id, place), ended);
        if (stored.length === 0) break;
        for (const { place: partPlace, part } of stored) {
          place = partPlace;
          yield createPartEvent(run.id, place, part);
        }
      }
      if (isFinished) {
        yield createClosedEvent(run);
        return;
      }
      for await (const announced of relayed.read(place, ended)) {
        place = announced.place;
        yield createPartEvent(run.id, place, announced.part);
      }
      run = await readAgain(store, run.id, ended);
    }
  } finally {
    relayed.close();
  }
}

/** Waits until a run is finished, wherever it is executed; null where the signal, or the shutdown, came first. */
export async function waitForEnd(
  { relay, findActive, closing, disconnectGraceMs }: RunReaders,
  store: ProjectStore,
  first: RunRecord,
  signal: AbortSignal,
): Promise<RunRecord | null> {
  let run = first;
  const ended = AbortSignal.any([signal, closing]);
  const watch = createWatch(store, disconnectGraceMs);
  const relayed = listenToRun(relay, run.id);
  try {
    while (!ended.aborted) {
      const live = findActive(run.id);
      if (live !== undefined) return await waitForReader(live, signal);
      if (run.finishedAt !== null) return run;
      await watch(run);
      await relayed.untilNews(ended);
      run = await readAgain(store, run.id, ended);
    }
    return null;
  } finally {
    relayed.close();
  }
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
    if (signal.aborted) return;
    const run = await live.finished;
    // One that goes back to the queue has no end yet: this process has.
    if (run.finishedAt !== null) yield createClosedEvent(run);
  } finally {
    leave();
  }
}

async function readAgain(store: ProjectStore, id: string, ended: AbortSignal): Promise<RunRecord> {
  const run = await retryWhileUnavailable(() => store.runs.findOneById(id), ended);
  if (run === null) throw new NotFoundError(`Run ${id} was deleted`);
  return run;
}

/** Whether somebody waits for a run at another process than the one that executes it. */
export function isWatchedElsewhere({ watchedAt }: RunRecord, disconnectGraceMs: number): boolean {
  return watchedAt !== null && watchedAt.getTime() > Date.now() - disconnectGraceMs - watchMarginMs;
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
