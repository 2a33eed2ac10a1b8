import { UnavailableError } from '../errors.ts';
import type { RunEventBatch, RunEventWriter } from '../store/run-event.ts';
import type { RunRecord, StreamPart } from '../store/run-record.ts';
import { retryWhileUnavailable } from './retry.ts';

/** The stored log of one execution's stream. */
export interface EventLog {
  add(part: StreamPart): void;
  /** Writes what is not written yet. Throws what a write of this log threw. */
  flush(): Promise<void>;
}

/**
 * Writes the streams of all runs of the process to the stored log. What came in half a second is one write, whatever it is of: a
 * thousand streams of a thousand chunks cost a few writes a second.
 */
export interface EventLogs {
  open(run: Pick<RunRecord, 'id' | 'project' | 'epoch'>): EventLog;
}

const flushAfterMs = 500;
/** A log with more characters that are not written does not wait for its turn. */
const flushAfterCharacters = 16_384;
/** About what is written of a piece of progress. */
const charactersOfProgress = 100;
/** The most that is written at once: MongoDB takes 48 MB, and a batch has little more than its characters. */
const batchesMax = 500;

interface Entry {
  readonly batch: RunEventBatch;
  readonly written: PromiseWithResolvers<void>;
}

/** `closing` aborts when the process does not wait for the database any more. */
export function createEventLogs(writer: RunEventWriter, closing: AbortSignal): EventLogs {
  /** The logs that have something to be written. */
  const waiting = new Set<() => void>();
  let entries: Entry[] = [];
  let isWriting = false;
  let isScheduled = false;

  const append = async (group: readonly Entry[]): Promise<void> => {
    try {
      await retryWhileUnavailable(() => writer.append(group.map(({ batch }) => batch)), closing);
      for (const { written } of group) written.resolve();
    } catch (error) {
      if (group.length === 1 || error instanceof UnavailableError) {
        for (const { written } of group) written.reject(error);
      } else {
        // What is wrong with one of them is not the others' loss.
        for (const entry of group) await append([entry]);
      }
    }
  };
  // One write after the other, so that a reader never finds a gap; what comes meanwhile is the next one.
  const write = async () => {
    if (isWriting) return;
    isWriting = true;
    while (entries.length > 0) {
      const group = entries.slice(0, batchesMax);
      entries = entries.slice(batchesMax);
      await append(group);
    }
    isWriting = false;
  };
  const writeAll = () => {
    isScheduled = false;
    for (const take of waiting) take();
    void write();
  };

  return {
    open({ id: run, project, epoch }) {
      let pending: StreamPart[] = [];
      let characters = 0;
      let next = 1;
      /** Of everything so far; what one of its writes throws, it throws. */
      let written: Promise<void> = Promise.resolve();
      const take = () => {
        waiting.delete(take);
        if (pending.length === 0) return;
        const entry = {
          batch: { project, run, epoch, first: next, chunks: pending },
          written: Promise.withResolvers<void>(),
        };
        entries.push(entry);
        written = Promise.all([written, entry.written.promise]).then(() => undefined);
        // flush reports it; until then it must not be unhandled.
        written.catch(() => undefined);
        next += pending.length;
        pending = [];
        characters = 0;
      };
      return {
        add(part) {
          pending.push(part);
          characters += typeof part === 'string' ? part.length : charactersOfProgress;
          if (characters >= flushAfterCharacters) {
            take();
            void write();
          } else {
            waiting.add(take);
            if (!isScheduled) setTimeout(writeAll, flushAfterMs);
            isScheduled = true;
          }
        },
        async flush() {
          take();
          void write();
          await written;
        },
      };
    },
  };
}
