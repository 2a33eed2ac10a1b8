import type { Collection, Document } from 'mongodb';
import type { Message, TokenUse } from '../domain.ts';
import type { JsonObject, JsonValue } from '../json.ts';
import type { Codec, StoredDocument } from './codec.ts';
import { createEntityStore, type Entity, type EntityStore, type IndexDefinition } from './entity-store.ts';
import type { Page, PageOrder, PageRequest } from './pagination.ts';
import { computeRunFacets, type RunFacet, type RunFacetRequest } from './run-facet.ts';
import { convertRunFilter, type RunFilter } from './run-filter.ts';

export type RunStatus = 'created' | 'processing' | 'completed' | 'failed' | 'cancelled';
export type RunKind = 'interaction' | 'flow' | 'deployment';
export type RunSourceType = 'api' | 'cli' | 'ui' | 'webhook' | 'test-data' | 'system';

export interface RunSource {
  readonly type: RunSourceType;
  /** Who asked, in words. */
  readonly label: string | null;
  readonly principalType: 'apikey' | 'user';
  readonly principalId: string;
  readonly clientIp: string | null;
}

export interface RunError {
  readonly code: string;
  readonly message: string;
  readonly isRetryable: boolean;
  /** JSON pointer into the result, where a part of it is wrong. */
  readonly path: string | null;
}

/** One call of a provider. */
export interface RunAttempt {
  readonly provider: string;
  readonly environment: string;
  readonly model: string;
  readonly startedAt: Date;
  readonly executionTimeMs: number;
  readonly tokenUse: TokenUse | null;
  readonly error: RunError | null;
}

/** What an execution was told, after precedence and defaults. */
export interface RunConfig {
  readonly model: string;
  readonly temperature: number | null;
  readonly maxTokens: number | null;
  readonly topP: number | null;
  readonly stop: readonly string[] | null;
  readonly seed: number | null;
  /** Whether the result must fit the result schema. */
  readonly validate: boolean;
  readonly options: JsonObject | null;
}

/** One execution. */
export interface RunRecord extends Entity {
  readonly project: string;
  readonly kind: RunKind;
  readonly name: string;
  readonly status: RunStatus;
  readonly tags: readonly string[];
  readonly parent: string | null;
  readonly source: RunSource;
  readonly environment: string;
  readonly model: string;
  readonly config: RunConfig;
  readonly input: JsonObject | null;
  readonly prompt: readonly Message[];
  readonly resultSchema: JsonObject | null;
  readonly result: JsonValue;
  readonly tokenUse: TokenUse | null;
  readonly executionTimeMs: number | null;
  readonly error: RunError | null;
  readonly warnings: readonly string[];
  readonly attempts: readonly RunAttempt[];
  readonly rating: number | null;
  readonly endUser: string | null;
  readonly object: string | null;
  readonly startedAt: Date | null;
  readonly finishedAt: Date | null;
  /** The interaction or version that was executed, and the draft that it belongs to. */
  readonly interaction: string;
  readonly interactionDraft: string;
  /** Whether prompt, input and result stay on record once the run is finished. */
  readonly recordPayloads: 'all' | 'metadata';
  /** The process that executes it, and how often it changed hands: every write of an executing process names both. */
  readonly owner: string | null;
  readonly epoch: number;
  /** When a created run expires, or a processing run's lease ends; null once it is finished. */
  readonly deadlineAt: Date | null;
  /** How many chunks it streamed: the number of the last one. */
  readonly chunkCount: number;
}

/** What an execution ends with. */
export type RunOutcome = Pick<
  RunRecord,
  'status' | 'result' | 'tokenUse' | 'executionTimeMs' | 'error' | 'warnings' | 'attempts' | 'chunkCount'
>;

/** A process's hold on a run. */
export interface RunLease {
  readonly owner: string;
  readonly epoch: number;
}

/** What is left of a run's payloads where they are not recorded. */
export const noPayloads = { input: null, prompt: [], result: null } as const;

const runCodec: Codec = { schemaFields: ['resultSchema'], jsonFields: ['config', 'input', 'result'] };

export const runOrders = {
  createdAt: { field: 'createdAt', isDate: true },
  updatedAt: { field: 'updatedAt', isDate: true },
  executionTime: { field: 'executionTimeMs', isDate: false },
} as const;

const newestFirst = { createdAt: -1, _id: -1 } as const;

export const runIndexes: readonly IndexDefinition[] = [
  { key: { project: 1, ...newestFirst }, reason: 'runs, newest first' },
  { key: { project: 1, updatedAt: -1, _id: -1 }, reason: 'runs, last changed first' },
  { key: { project: 1, executionTimeMs: -1, _id: -1 }, reason: 'runs, slowest first' },
  { key: { project: 1, status: 1, ...newestFirst }, reason: 'runs and facets of a status' },
  { key: { project: 1, interaction: 1, ...newestFirst }, reason: 'runs of an interaction version' },
  { key: { project: 1, interactionDraft: 1, ...newestFirst }, reason: 'runs of an interaction with its versions' },
  { key: { project: 1, name: 1, ...newestFirst }, reason: 'runs of an interaction by its name' },
  { key: { project: 1, environment: 1, ...newestFirst }, reason: 'runs in an environment' },
  { key: { project: 1, model: 1, ...newestFirst }, reason: 'runs of a model' },
  { key: { project: 1, tags: 1, ...newestFirst }, reason: 'runs with a tag' },
  { key: { project: 1, parent: 1, ...newestFirst }, reason: 'children of a run; runs without a parent' },
  { key: { project: 1, 'source.principalId': 1, ...newestFirst }, reason: "a browser key's own runs" },
  { key: { project: 1, endUser: 1, ...newestFirst }, reason: 'runs for an end user' },
  { key: { project: 1, object: 1, ...newestFirst }, reason: 'runs about an object' },
  {
    key: { deadlineAt: 1 },
    partialFilterExpression: { deadlineAt: { $type: 'date' } },
    reason: 'sweepRuns, over all projects',
  },
];

/** The runs of one project. */
export interface RunStore
  extends Pick<EntityStore<RunRecord>, 'findOneById' | 'findManyByIds' | 'insert' | 'removeMany'> {
  findPage(request: PageRequest, filter: RunFilter, order?: PageOrder): Promise<Page<RunRecord>>;
  count(filter: RunFilter): Promise<number>;
  /** All facets in one aggregation. Answers in the order of the requests. */
  computeFacets(
    filter: RunFilter,
    requests: readonly RunFacetRequest[],
  ): Promise<{ total: number; facets: RunFacet[] }>;
  /** Takes a created run for execution, atomically: null where another did, or it expired. */
  claim(id: string, owner: string, leaseUntil: Date): Promise<RunRecord | null>;
  /** Records the end, provided that the lease still holds; null where it does not. */
  finish(
    id: string,
    lease: RunLease,
    outcome: RunOutcome,
    recordPayloads: RunRecord['recordPayloads'],
  ): Promise<RunRecord | null>;
}

export function createRunStore(
  collection: Collection<StoredDocument>,
  project: string,
  restriction: Document,
): RunStore {
  const runs = createEntityStore<RunRecord>(collection, runCodec, project, restriction);
  return {
    findOneById: runs.findOneById,
    findManyByIds: runs.findManyByIds,
    insert: runs.insert,
    removeMany: runs.removeMany,
    findPage: (request, filter, order) => runs.findPage(request, convertRunFilter(filter), order),
    count: (filter) => runs.count(convertRunFilter(filter)),
    computeFacets: (filter, requests) => computeRunFacets(runs, filter, requests),
    claim(id, owner, leaseUntil) {
      const now = new Date();
      return runs.modify(
        { _id: id, status: 'created', deadlineAt: { $gt: now } },
        {
          $set: { status: 'processing', owner, deadlineAt: leaseUntil, startedAt: now, updatedAt: now },
          $inc: { epoch: 1 },
        },
      );
    },
    finish(id, { owner, epoch }, outcome, recordPayloads) {
      const finishedAt = new Date();
      const changes = { ...outcome, ...(recordPayloads === 'metadata' && noPayloads), finishedAt, deadlineAt: null };
      return runs.update(id, changes, { owner, epoch, status: 'processing' });
    },
  };
}
