import type { NewRecord } from '../store/entity-store.ts';
import type { RunRecord } from '../store/run-record.ts';

/** The fields of a run that are there before it is recorded; the engine adds its hold on it. */
export type NewRun = Omit<
  NewRecord<RunRecord>,
  keyof typeof unfinished | 'status' | 'owner' | 'epoch' | 'deadlineAt' | 'startedAt' | 'requestFile' | 'resultFile'
> & {
  /** Of a reservation; a new one unless given. */
  readonly id?: string;
};

/** What a run has whose execution has not ended. */
export const unfinished = {
  chunkCount: 0,
  finishedAt: null,
  result: null,
  tokenUse: null,
  cost: null,
  executionTimeMs: null,
  error: null,
  attempts: [],
  rating: null,
  evaluation: null,
  isCached: false,
  cancelRequestedAt: null,
  watchedAt: null,
} as const;
