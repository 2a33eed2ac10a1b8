import type { RunEventStore } from '../store/run-event.ts';
import type { RunRecord, StreamPart } from '../store/run-record.ts';
import { retryWhileUnavailable } from './retry.ts';

/** Writes a run's chunks to the stored log in batches: a stream of a thousand chunks costs a few writes. */
export interface EventLog {
  add(part: StreamPart): void;
  /** Writes what is not written yet. Throws what a write since the last call threw. */
  flush(): Promise<void>;
}

const flushAfterMs = 500;
const flushAfterCharacters = 16_384;
/** About what is written of a piece of progress. */
const charactersOfProgress = 100;

/** The log of one execution of a run. `closing` aborts when the process does not wait for the database any more. */
export function createEventLog(
  events: RunEventStore,
  { id: run, epoch }: Pick<RunRecord, 'id' | 'epoch'>,
  closing: AbortSignal,
): EventLog {
  let pending: StreamPart[] = [];
  let characters = 0;
  let written = 0;
  let timer: NodeJS.Timeout | undefined;
  // One write after the other, so that a reader never finds a gap.
  let writes: Promise<void> = Promise.resolve();

  const write = (): Promise<void> => {
    clearTimeout(timer);
    timer = undefined;
    if (pending.length > 0) {
      const batch = { run, epoch, first: written + 1, chunks: pending };
      written += pending.length;
      pending = [];
      characters = 0;
      writes = writes.then(() => retryWhileUnavailable(() => events.append(batch), closing));
      // flush reports it; until then it must not be unhandled.
      writes.catch(() => undefined);
    }
    return writes;
  };

  return {
    add(part) {
      pending.push(part);
      characters += typeof part === 'string' ? part.length : charactersOfProgress;
      if (characters >= flushAfterCharacters) void write().catch(() => undefined);
      else timer ??= setTimeout(() => void write().catch(() => undefined), flushAfterMs);
    },
    flush: write,
  };
}
