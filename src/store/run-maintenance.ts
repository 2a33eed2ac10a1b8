import type { Collection } from 'mongodb';
import type { StoredDocument } from './codec.ts';
import { translateDriverErrors } from './driver-error.ts';
import { noPayloads, type RunError } from './run-record.ts';

/** What keeps runs from staying unfinished for ever, over all projects. */
export interface RunMaintenance {
  /** Extends the leases of the runs that a process executes, in one write; answers with those that it has lost. */
  renewLeases(owner: string, runs: readonly string[], until: Date): Promise<string[]>;
  /** The runs that a process executes and somebody asked to end. */
  findCancelRequests(owner: string): Promise<string[]>;
  /**
   * Fails the created runs that nobody opened in time, and the processing ones whose process is gone. Their epoch rises, so
   * that a process which was only asleep cannot write into them any more, and their end comes after all that it had streamed.
   */
  failOverdue(expired: RunError, interrupted: RunError): Promise<number>;
}

export function createRunMaintenance(runs: Collection<StoredDocument>): RunMaintenance {
  const failOverdue = async (status: string, error: RunError) => {
    const now = new Date();
    const overdue = { status, deadlineAt: { $lte: now } };
    const changes = { status: 'failed', error, finishedAt: now, updatedAt: now, deadlineAt: null };
    const unrecorded = runs.updateMany(
      { ...overdue, recordPayloads: 'metadata' },
      { $set: { ...changes, ...noPayloads }, $inc: { epoch: 1 } },
    );
    const forgotten = await translateDriverErrors(unrecorded);
    const kept = await translateDriverErrors(runs.updateMany(overdue, { $set: changes, $inc: { epoch: 1 } }));
    return forgotten.modifiedCount + kept.modifiedCount;
  };
  return {
    async renewLeases(owner, ids, until) {
      const held = { _id: { $in: [...ids] }, owner, status: 'processing' };
      const { matchedCount } = await translateDriverErrors(runs.updateMany(held, { $set: { deadlineAt: until } }));
      if (matchedCount === ids.length) return [];
      const found = await translateDriverErrors(runs.find(held, { projection: { _id: 1 } }).toArray());
      const kept = new Set(found.map(({ _id }) => _id));
      return ids.filter((id) => !kept.has(id));
    },
    async findCancelRequests(owner) {
      const cursor = runs.find({ owner, cancelRequestedAt: { $type: 'date' } }, { projection: { _id: 1 } });
      return (await translateDriverErrors(cursor.toArray())).map(({ _id }) => _id);
    },
    async failOverdue(expired, interrupted) {
      return (await failOverdue('created', expired)) + (await failOverdue('processing', interrupted));
    },
  };
}
