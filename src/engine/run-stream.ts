import { ValidationError } from '../errors.ts';
import type { RunEventStore } from '../store/run-event.ts';
import type { RunRecord } from '../store/run-record.ts';

/** What a reader of a run's stream gets. `closed` is always the last. Ids are `<runId>:<epoch>:<number>`. */
export type RunStreamEvent =
  | { readonly type: 'chunk'; readonly id: string; readonly text: string }
  | { readonly type: 'closed'; readonly id: string; readonly run: RunRecord };

/** A place in a run's stream: the number of a chunk, which counts from 1 in each epoch. */
export interface StreamPlace {
  readonly epoch: number;
  readonly number: number;
}

export function formatEventId(run: string, { epoch, number }: StreamPlace): string {
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

export function createClosedEvent(run: RunRecord): RunStreamEvent {
  return { type: 'closed', id: formatEventId(run.id, { epoch: run.epoch, number: run.chunkCount + 1 }), run };
}

/** The next stored chunks beyond a place, with the place of each; none when there are no more. */
export async function readStoredChunks(
  events: RunEventStore,
  run: string,
  place: StreamPlace,
): Promise<{ place: StreamPlace; text: string }[]> {
  const batches = await events.findAfter(run, place);
  return batches.flatMap(({ epoch, first, chunks }) =>
    chunks
      .map((text, index) => ({ place: { epoch, number: first + index }, text }))
      .filter((chunk) => epoch > place.epoch || chunk.place.number > place.number),
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
