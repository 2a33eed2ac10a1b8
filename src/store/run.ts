import type { Collection, Document } from 'mongodb';
import { ConflictError } from '../errors.ts';
import type { JsonValue } from '../json.ts';
import { writeInBatches } from './batch.ts';
import type { Codec, StoredDocument } from './codec.ts';
import type { RunWebhook } from './deployment-job.ts';
import { createEntityStore, createId, type EntityStore, type NewRecord, type Update } from './entity-store.ts';
import type { Page, PageOrder, PageRequest } from './pagination.ts';
import { readCursor } from './read-cursor.ts';
import { computeRunFacets, type RunFacet, type RunFacetRequest } from './run-facet.ts';
import { convertRunFilter, type RunFilter } from './run-filter.ts';
import { newestFirst } from './run-index.ts';
import type { PayloadFiles, RunPayloads } from './run-payload.ts';
import {
  noPayloads,
  type RunDetail,
  type RunError,
  type RunOutcome,
  type RunRecord,
  type RunStep,
} from './run-record.ts';
import { encodeRunStep, loadRunStep, storeRunStep } from './run-step.ts';
import { collectSearchWords, noSearchWords } from './search-words.ts';

const runCodec: Codec = {
  schemaFields: ['resultSchema', 'plan'],
  jsonFields: ['config', 'input', 'result', 'steps', 'job'],
  hiddenFields: ['searchTokens', 'searchText'],
};

export const runOrders = {
  createdAt: { field: 'createdAt', isDate: true },
  updatedAt: { field: 'updatedAt', isDate: true },
  executionTime: { field: 'executionTimeMs', isDate: false },
} as const;

/** That a run was made or written: which state of which run. */
export interface RunChange {
  readonly id: string;
  readonly project: string;
  readonly updatedAt: Date;
}

/** The runs of one project. Those that are read have no large payloads until `loadPayloads` brings them. */
export interface RunStore extends Pick<EntityStore<RunRecord>, 'findOneById' | 'findManyByIds'> {
  /**
   * Large payloads go beside the run; what is answered has them all the same. Throws a ConflictError where the id, given by a
   * reservation, is taken.
   */
  insert(run: Omit<NewRecord<RunRecord>, 'requestFile' | 'resultFile'> & { readonly id?: string }): Promise<RunRecord>;
  /** The details that are said to be `unread` are missing in the runs. */
  findPage(
    request: PageRequest,
    filter: RunFilter,
    order?: PageOrder,
    unread?: readonly RunDetail[],
  ): Promise<Page<RunRecord>>;
  /** Those of `ids` that fit the filter, last changed last. */
  findManyMatching(ids: readonly string[], filter: RunFilter): Promise<RunRecord[]>;
  /** What was last changed at or after a time, in that order, read as it is asked for. */
  findChanges(since: Date): AsyncIterable<RunChange>;
  count(filter: RunFilter): Promise<number>;
  /** All facets in one aggregation. Answers in the order of the requests. */
  computeFacets(
    filter: RunFilter,
    requests: readonly RunFacetRequest[],
  ): Promise<{ total: number; facets: RunFacet[] }>;
  /** What a run was given and gave, wherever it lies. */
  loadPayloads(run: RunRecord): Promise<RunPayloads>;
  /** The steps of a run with their payloads, wherever they lie. */
  loadSteps(run: Pick<RunRecord, 'steps'>): Promise<RunStep[]>;
  /** Records how far a step came, provided that `owner` still holds the run; false where it does not. */
  saveStep(run: RunRecord, owner: string, index: number, step: RunStep): Promise<boolean>;
  /** Records the id that a run has at the API that executes it, provided the same; false where it is not so. */
  saveRemoteRun(run: Pick<RunRecord, 'id' | 'epoch'>, owner: string, remoteRun: string): Promise<boolean>;
  /** Takes a created run for execution, with its payloads, atomically: null where another did, or it expired. */
  claim(id: string, owner: string, leaseUntil: Date): Promise<RunRecord | null>;
  /** Takes a run that waits for any process, or whose process is gone, for execution; null where another did. */
  takeQueued(id: string, owner: string, leaseUntil: Date): Promise<RunRecord | null>;
  /** Gives a run that this process executes back, so that another takes it at once; null where it has it no more. */
  giveBack(run: RunRecord, owner: string): Promise<RunRecord | null>;
  /**
   * Records the end of a run, which has its payloads, provided that `owner` still holds it; null where it does not. May be called again
   * with the same `finishedAt` where the answer was lost.
   */
  finish(run: RunRecord, owner: string, outcome: RunOutcome, finishedAt: Date): Promise<RunRecord | null>;
  /** Changes what people, and mediators, say of a run. With `expected`, only where the run still has these tags; null where it does not. */
  annotate(
    id: string,
    changes: Partial<Pick<RunRecord, 'tags' | 'rating' | 'evaluation'>>,
    expected?: Pick<RunRecord, 'tags'>,
  ): Promise<RunRecord | null>;
  /** Takes the webhook of a run for a try, if it is due, and holds it until then; null where it is not. */
  takeWebhook(id: string, until: Date): Promise<RunRecord | null>;
  /** Records what became of a try. */
  saveWebhook(id: string, changes: Partial<RunWebhook>): Promise<void>;
  /** Ends a run that nobody started; null where somebody did. */
  cancelCreated(run: RunRecord, error: RunError): Promise<RunRecord | null>;
  /** Asks the process that executes a run to end it; null where none does. */
  requestCancel(id: string): Promise<RunRecord | null>;
  /** Notes that a reader on another process than the run's own is there. */
  touchWatched(id: string): Promise<void>;
  /** Removes a finished run with its payloads; what else belongs to it must be gone before. */
  remove(run: RunRecord): Promise<boolean>;
  /** The finished and the created runs that fit, at most `limit`; processing ones are left out. */
  findRemovable(filter: RunFilter, limit: number): Promise<RunRecord[]>;
}

export function createRunStore(
  collection: Collection<StoredDocument>,
  files: PayloadFiles,
  project: string,
  { restriction, readMaxTimeMs }: { readonly restriction: Document; readonly readMaxTimeMs: number },
  onChange: (change: RunChange) => void,
): RunStore {
  const entities = createEntityStore<RunRecord>(collection, runCodec, project, restriction, readMaxTimeMs);
  const runs = announceWrites(entities, onChange);
  const loadPayloads = async (run: RunRecord): Promise<RunPayloads> => {
    const { input, prompt, plan, result, requestFile, resultFile } = run;
    const [request, loadedResult] = await Promise.all([
      requestFile === null ? null : files.read(project, requestFile),
      resultFile === null ? null : files.read(project, resultFile),
    ]);
    // Only insert and finish below write these files.
    const loadedRequest = (request ?? { input, prompt, plan }) as Omit<RunPayloads, 'result'>;
    return { ...loadedRequest, result: resultFile === null ? result : (loadedResult as JsonValue) };
  };
  /** The run, if it ended as it is said. */
  const findEnd = async ({ id, changes, condition }: Update<RunRecord>) => {
    const run = await runs.findOneById(id);
    const { owner, epoch } = condition;
    // Only the process that holds it writes under its epoch; whatever else ended it did so at another time.
    const isOurs =
      run?.owner === owner && run?.epoch === epoch && run?.finishedAt?.getTime() === changes.finishedAt?.getTime();
    if (run !== null && isOurs) onChange(run);
    return isOurs ? run : null;
  };
  const recordEnd = writeInBatches<Update<RunRecord>, RunRecord | null>({
    together: (ends) => runs.updateTogether(ends),
    answer: findEnd,
    // It may have been recorded already, and the answer to that was lost.
    alone: async (end) => (await runs.update(end.id, end.changes, end.condition)) ?? findEnd(end),
  });
  const removeFiles = async ({
    steps,
    requestFile,
    resultFile,
  }: Pick<RunRecord, 'steps' | 'requestFile' | 'resultFile'>) => {
    for (const file of [requestFile, resultFile, ...steps.map(({ payloadFile }) => payloadFile)]) {
      if (file !== null) await files.remove(file);
    }
  };
  return {
    findOneById: runs.findOneById,
    findManyByIds: runs.findManyByIds,
    async insert({ id = createId(), ...run }) {
      const { input, prompt, plan, steps } = run;
      // Where payloads are not recorded, what waits for its execution stays in the one place that is cleared after it.
      const requestFile =
        run.recordPayloads === 'all' ? await files.writeIfLarge(project, id, { input, prompt, plan }) : null;
      const inline = requestFile === null ? { input, prompt, plan } : { input: null, prompt: [], plan: null };
      const storedSteps = await Promise.all(steps.map((step) => storeRunStep(files, project, id, step, true)));
      try {
        const words = run.recordPayloads === 'all' ? collectSearchWords(prompt, input) : noSearchWords;
        const kept = { ...run, ...inline, steps: storedSteps, id, requestFile, resultFile: null };
        const inserted = await runs.insert(kept, words);
        return { ...inserted, input, prompt, plan };
      } catch (error) {
        // The run of the same id has files of its own.
        if (error instanceof ConflictError) await removeFiles({ steps: storedSteps, requestFile, resultFile: null });
        throw error;
      }
    },
    loadPayloads,
    loadSteps: ({ steps }) => Promise.all(steps.map((step) => loadRunStep(files, project, step))),
    async saveRemoteRun({ id, epoch }, owner, remoteRun) {
      const $set = { 'remote.run': remoteRun };
      return (await runs.modify({ _id: id, owner, epoch, status: 'processing' }, { $set })) !== null;
    },
    async saveStep({ id, epoch, recordPayloads }, owner, index, step) {
      const stored = await storeRunStep(files, project, id, step, recordPayloads === 'all');
      const $set = { [`steps.${index}`]: encodeRunStep(stored), updatedAt: new Date() };
      const saved = await runs.modify({ _id: id, owner, epoch, status: 'processing' }, { $set });
      if (saved === null && stored.payloadFile !== null) await files.remove(stored.payloadFile);
      return saved !== null;
    },
    findPage: (request, filter, order, unread) => runs.findPage(request, convertRunFilter(filter), order, unread),
    findManyMatching: (ids, filter) =>
      runs.findMany({ $and: [{ _id: { $in: [...ids] } }, convertRunFilter(filter)] }, { updatedAt: 1, _id: 1 }),
    async *findChanges(since) {
      const found = collection
        .find({ updatedAt: { $gte: since }, ...restriction, project }, { projection: { updatedAt: 1 } })
        .sort({ updatedAt: 1, _id: 1 });
      for await (const { _id, updatedAt } of readCursor(found)) yield { id: _id, project, updatedAt };
    },
    count: (filter) => runs.count(convertRunFilter(filter)),
    computeFacets: (filter, requests) => computeRunFacets(runs, filter, requests),
    async claim(id, owner, leaseUntil) {
      const now = new Date();
      const run = await runs.modify(
        { _id: id, status: 'created', deadlineAt: { $gt: now } },
        {
          $set: { status: 'processing', owner, deadlineAt: leaseUntil, startedAt: now, updatedAt: now },
          $inc: { epoch: 1 },
        },
      );
      return run && { ...run, ...(await loadPayloads(run)) };
    },
    async takeQueued(id, owner, leaseUntil) {
      const now = new Date();
      const queued = {
        _id: id,
        kind: 'deployment',
        status: { $in: ['created', 'processing'] },
        deadlineAt: { $lte: now },
      };
      const current = await runs.findOne(queued);
      if (current === null) return null;
      const hold = { status: 'processing', owner, deadlineAt: leaseUntil, updatedAt: now };
      const run = await runs.modify(
        { ...queued, epoch: current.epoch },
        { $set: { ...hold, startedAt: current.startedAt ?? now }, $inc: { epoch: 1 } },
      );
      return run && { ...run, ...(await loadPayloads(run)) };
    },
    giveBack: ({ id, epoch }, owner) =>
      runs.update(id, { owner: null, deadlineAt: new Date() }, { owner, epoch, status: 'processing' }),
    async finish({ id, epoch, prompt, input, recordPayloads }, owner, outcome, finishedAt) {
      const resultFile = recordPayloads === 'all' ? await files.writeIfLarge(project, id, outcome.result) : null;
      const inline = recordPayloads === 'metadata' ? noPayloads : resultFile === null ? {} : { result: null };
      const end = { finishedAt, deadlineAt: null, cancelRequestedAt: null };
      const sent = outcome.prompt ?? prompt;
      const words = recordPayloads === 'all' ? collectSearchWords(sent, input, outcome.result) : noSearchWords;
      const changes = { ...outcome, ...inline, ...end, ...words, resultFile };
      const finished = await recordEnd({ id, changes, condition: { owner, epoch, status: 'processing' } });
      // The lease was lost, or another try has been recorded with a file of its own: nobody will ever ask for this one.
      if (resultFile !== null && finished?.resultFile !== resultFile) await files.remove(resultFile);
      return finished;
    },
    annotate: (id, changes, expected = undefined) => runs.update(id, changes, expected && { tags: [...expected.tags] }),
    takeWebhook: (id, until) =>
      runs.modify(
        { _id: id, 'webhook.dueAt': { $lte: new Date() }, finishedAt: { $ne: null } },
        { $set: { 'webhook.dueAt': until }, $inc: { 'webhook.attempts': 1 } },
      ),
    async saveWebhook(id, changes) {
      const $set = Object.fromEntries(Object.entries(changes).map(([field, value]) => [`webhook.${field}`, value]));
      await runs.modify({ _id: id }, { $set });
    },
    cancelCreated({ id, recordPayloads }, error) {
      const inline = recordPayloads === 'metadata' ? noPayloads : {};
      const end = { status: 'cancelled', error, finishedAt: new Date(), deadlineAt: null, ...inline } as const;
      return runs.update(id, end, { status: 'created' });
    },
    requestCancel: (id) => runs.modify({ _id: id, status: 'processing' }, { $set: { cancelRequestedAt: new Date() } }),
    async touchWatched(id) {
      await runs.modify({ _id: id, status: 'processing' }, { $set: { watchedAt: new Date() } });
    },
    async remove(run) {
      // The run goes last: what is interrupted half-way can be asked for again.
      await removeFiles(run);
      return runs.remove(run.id);
    },
    findRemovable: (filter, limit) =>
      runs.findMany({ $and: [convertRunFilter(filter), { status: { $ne: 'processing' } }] }, newestFirst, limit),
  };
}

/**
 * Tells of every record that is made or changed here; `update` writes by `modify`. What processes tell each other by the record,
 * without a new `updatedAt`, is no change.
 */
function announceWrites(runs: EntityStore<RunRecord>, onChange: (change: RunChange) => void): EntityStore<RunRecord> {
  return {
    ...runs,
    async insert(record, hiddenValues) {
      const inserted = await runs.insert(record, hiddenValues);
      onChange(inserted);
      return inserted;
    },
    async modify(filter, operators) {
      const changed = await runs.modify(filter, operators);
      if (changed !== null && 'updatedAt' in (operators.$set ?? {})) onChange(changed);
      return changed;
    },
  };
}
