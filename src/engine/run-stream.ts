import { ValidationError } from '../errors.ts';
import type { RunEventStore } from '../store/run-event.ts';
import type { RunProgress, RunRecord, StreamPart } from '../store/run-record.ts';

/** What a reader of a run's stream gets. `closed` is always the last. Ids are `<runId>:<epoch>:<number>`. */
export type RunStreamEvent =
  | { readonly type: 'chunk'; readonly id: string; readonly text: string }
  | ({ readonly type: 'progress'; readonly id: string } & RunProgress)
  | { readonly type: 'closed'; readonly id: string; readonly run: RunRecord };

/** A place in a run's stream: the number of a part, which counts from 1 in each epoch. */
export interface StreamPlace {
  readonly epoch: number;
  readonly number: number;
}

function formatEventId(run: string, { epoch, number }: StreamPlace): string {
  return `${run}:${epoch}:${number}`;
}

/** The place that the id of an event of this run names. Throws a ValidationError for anything else. */
export function parseEventId(run: string, id: string): StreamPlace {
  const [, owner, epoch, number] = /^([0-9a-f]{24}):(\d{1,9}):(\d{1,9})$/.exec(id) ?? [];
  if (owner !== run) {
    throw new ValidationError([{ path: '/after', message: `is not the id of an event of run ${run}` }]);
  }
  return { epoch: Number(epoch), number: Number(number) };
}

/** A part of a run's stream as its readers get it. */
export function createPartEvent(run: string, place: StreamPlace, part: StreamPart): RunStreamEvent {
  const id = formatEventId(run, place);
  return typeof part === 'string' ? { type: 'chunk', id, text: part } : { type: 'progress', id, ...part };
}

export function createClosedEvent(run: RunRecord): RunStreamEvent {
  return { type: 'closed', id: formatEventId(run.id, { epoch: run.epoch, number: run.chunkCount + 1 }), run };
}

/** The next stored parts beyond a place, with the place of each; none when there are no more. */
export async function readStoredParts(
  events: RunEventStore,
  run: string,
  place: StreamPlace,
): Promise<{ place: StreamPlace; part: StreamPart }[]> {
  const batches = await events.findAfter(run, place);
  return batches.flatMap(({ epoch, first, chunks }) =>
    chunks
      .map((part, index) => ({ place: { epoch, number: first + index }, part }))
      .filter((stored) => epoch > place.epoch || stored.place.number > place.number),
  );
}

/**
 * An iterator over what `generate` yields whose `return()` settles a pending `next()`: a generator alone is never
 * finalised while it waits, and its reader has left.
 */
export function createAbortableIterator<T>(
  generate: (signal: AbortSignal) => AsyncGenerator<T>,
): AsyncIterableIterator<T> {
  const controller = new AbortController();
  const generator = generate(controller.signal);
  return {
    next: () => generator.next(),
    return() {
      controller.abort();
      return generator.return(undefined);
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
