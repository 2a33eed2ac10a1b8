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
  /** Of each project the run of the queue that waits longest, oldest first; `underWay` is how many of it are executed. */
  findQueued(): Promise<{ readonly id: string; readonly project: string; readonly underWay: number }[]>;
  /** The finished runs whose webhooks are due. */
  findDueWebhooks(limit: number): Promise<{ readonly id: string; readonly project: string }[]>;
  /**
   * Fails the created runs that nobody opened in time, and the processing ones whose process is gone, but for those of the queue. Their epoch rises, so
   * that a process which was only asleep cannot write into them any more, and their end comes after all that it had streamed.
   */
  failOverdue(expired: RunError, interrupted: RunError): Promise<number>;
}

export function createRunMaintenance(runs: Collection<StoredDocument>): RunMaintenance {
  const failOverdue = async (status: string, error: RunError) => {
    const now = new Date();
    // What waits in the queue, or lost its process, is taken by another.
    const overdue = { status, deadlineAt: { $lte: now }, kind: { $ne: 'deployment' } };
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
    async findQueued() {
      const now = new Date();
      const unfinished = { status: { $in: ['created', 'processing'] }, kind: 'deployment' };
      const waiting = runs.aggregate([
        { $match: { ...unfinished, deadlineAt: { $lte: now } } },
        { $sort: { createdAt: 1, _id: 1 } },
        { $group: { _id: '$project', id: { $first: '$_id' }, createdAt: { $first: '$createdAt' } } },
      ]);
      const found = await translateDriverErrors(waiting.toArray());
      if (found.length === 0) return [];
      const active = runs.aggregate([
        { $match: { status: 'processing', kind: 'deployment', deadlineAt: { $gt: now } } },
        { $group: { _id: '$project', count: { $sum: 1 } } },
      ]);
      const counts = new Map((await translateDriverErrors(active.toArray())).map(({ _id, count }) => [_id, count]));
      return found
        .sort((one, other) => one.createdAt - other.createdAt)
        .map(({ _id: project, id }) => ({ id, project, underWay: counts.get(project) ?? 0 }));
    },
    async findDueWebhooks(limit) {
      const due = { 'webhook.dueAt': { $lte: new Date() }, finishedAt: { $ne: null } };
      const cursor = runs
        .find(due, { projection: { project: 1 } })
        .sort({ 'webhook.dueAt': 1 })
        .limit(limit);
      return (await translateDriverErrors(cursor.toArray())).map(({ _id, project }) => ({ id: _id, project }));
    },
    async failOverdue(expired, interrupted) {
      return (await failOverdue('created', expired)) + (await failOverdue('processing', interrupted));
    },
  };
}
