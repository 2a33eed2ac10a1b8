import type { Document } from 'mongodb';
import type { RunKind, RunSourceType, RunStatus } from './run-record.ts';

/** A condition in MongoDB's language, made of our own names. */
export type RunCondition = Document;

/** Which runs are meant. Fields narrow together; a list means any of, null no restriction, an empty list nothing. */
export interface RunFilter {
  readonly ids?: readonly string[] | null | undefined;
  readonly kind?: readonly RunKind[] | null | undefined;
  readonly status?: readonly RunStatus[] | null | undefined;
  /** A draft's id covers its versions. */
  readonly interaction?: readonly string[] | null | undefined;
  readonly flow?: readonly string[] | null | undefined;
  readonly deployment?: readonly string[] | null | undefined;
  readonly environment?: readonly string[] | null | undefined;
  readonly model?: readonly string[] | null | undefined;
  readonly tags?: TagFilter | null | undefined;
  readonly parent?: readonly string[] | null | undefined;
  readonly isRoot?: boolean | null | undefined;
  readonly source?: readonly RunSourceType[] | null | undefined;
  readonly endUser?: readonly string[] | null | undefined;
  readonly rating?: readonly number[] | null | undefined;
  /** `from` included, `to` not. */
  readonly createdAt?:
    | { readonly from?: Date | null | undefined; readonly to?: Date | null | undefined }
    | null
    | undefined;
  /** The interaction's name, to the letter. */
  readonly interactionName?: string | null | undefined;
  readonly object?: readonly string[] | null | undefined;
  /** Of deployments. */
  readonly executionId?: readonly string[] | null | undefined;
  /** What else is asked: a search or query from outside that was read already. */
  readonly condition?: RunCondition | null | undefined;
}

export interface TagFilter {
  readonly all?: readonly string[] | null | undefined;
  readonly any?: readonly string[] | null | undefined;
  readonly none?: readonly string[] | null | undefined;
}

const fieldConditions: { readonly [K in keyof RunFilter]-?: (value: NonNullable<RunFilter[K]>) => Document } = {
  ids: (ids) => ({ _id: anyOf(ids) }),
  kind: (kinds) => ({ kind: anyOf(kinds) }),
  status: (statuses) => ({ status: anyOf(statuses) }),
  interaction: (ids) => ({ $or: [{ interactionDraft: anyOf(ids) }, { interaction: anyOf(ids) }] }),
  flow: (ids) => ({ flow: anyOf(ids) }),
  deployment: (ids) => ({ deployment: anyOf(ids) }),
  environment: (ids) => ({ environment: anyOf(ids) }),
  model: (models) => ({ model: anyOf(models) }),
  tags: convertTagFilter,
  parent: (ids) => ({ parent: anyOf(ids) }),
  isRoot: (isRoot) => ({ parent: isRoot ? null : { $ne: null } }),
  source: (types) => ({ 'source.type': anyOf(types) }),
  endUser: (users) => ({ endUser: anyOf(users) }),
  rating: (ratings) => ({ rating: anyOf(ratings) }),
  createdAt: ({ from, to }) => ({ createdAt: { ...(from && { $gte: from }), ...(to && { $lt: to }) } }),
  interactionName: (name) => ({ name, kind: 'interaction' }),
  object: (ids) => ({ object: anyOf(ids) }),
  // The condition of the partial index is said, so that planners see that it serves.
  executionId: (ids) => ({ $and: [{ executionId: anyOf(ids) }, { executionId: { $type: 'string' } }] }),
  condition: (condition) => condition,
};

/** The MongoDB query that a filter means. */
export function convertRunFilter(filter: RunFilter): Document {
  const conditions: Document[] = [];
  for (const field of Object.keys(fieldConditions)) {
    // The keys of the table are those of the filter.
    const condition = convertField(filter, field as keyof RunFilter);
    if (condition !== null) conditions.push(condition);
  }
  const [only, ...others] = conditions;
  if (only === undefined) return {};
  return others.length === 0 ? only : { $and: conditions };
}

function convertField<K extends keyof RunFilter>(filter: RunFilter, field: K): Document | null {
  const value = filter[field];
  if (value == null) return null;
  // TypeScript loses that the condition and the value are of one field.
  const toCondition = fieldConditions[field] as (value: NonNullable<RunFilter[K]>) => Document;
  const condition = toCondition(value);
  // A date range without ends, or a tag filter without lists, says nothing.
  return Object.values(condition).some(
    (part) => typeof part !== 'object' || part === null || Object.keys(part).length > 0,
  )
    ? condition
    : null;
}

function convertTagFilter({ all, any, none }: TagFilter): Document {
  const tags: Document = {};
  // $all of nothing matches nothing in MongoDB; here it asks for nothing.
  if (all != null && all.length > 0) tags.$all = [...all];
  if (any != null) tags.$in = [...any];
  if (none != null) tags.$nin = [...none];
  return { tags };
}

/** One value is an equality, which every planner knows best. */
function anyOf(values: readonly unknown[]): unknown {
  return values.length === 1 ? values[0] : { $in: [...values] };
}
