import { z } from 'zod';
import type { Context } from '../../context.ts';
import { ValidationError } from '../../errors.ts';
import { findOwnIds } from '../../resolvers/own-id.ts';
import { describeUnknownField, findQueryField } from '../../resolvers/run-query.ts';
import { convertSearch } from '../../resolvers/run-search.ts';
import type { RunFilter } from '../../store/run-filter.ts';
import type { RunStatus } from '../../store/run-record.ts';
import { bodyList, pageQuery, queryList } from './field.ts';
import { adaptCondition, runsOfInteractions } from './run-condition.ts';
import { statusSchema } from './run-shape.ts';

/** Which runs are meant, by the names that routes and clients have for it. Lists are alternatives. */
export interface RunQuery {
  readonly interaction?: readonly string[] | null | undefined;
  readonly environment?: readonly string[] | null | undefined;
  readonly model?: readonly string[] | null | undefined;
  readonly status?: readonly z.output<typeof statusSchema>[] | null | undefined;
  /** Any of them. */
  readonly tag?: readonly string[] | null | undefined;
  /** All of them. */
  readonly tags?: readonly string[] | null | undefined;
  readonly exclude_tags?: readonly string[] | null | undefined;
  /** False: the runs without one. */
  readonly parent?: readonly string[] | false | null | undefined;
  readonly is_root?: boolean | null | undefined;
  readonly name?: string | null | undefined;
  readonly object?: string | null | undefined;
  readonly start?: Date | null | undefined;
  readonly end?: Date | null | undefined;
  /** In Lucene's syntax. */
  readonly query?: string | null | undefined;
  /** The field that words of the search without one are sought in. */
  readonly default_query_path?: string | null | undefined;
}

const statuses = queryList.pipe(z.array(statusSchema).optional());

/** What the queries of the list and of the filter options take. */
export const runListQuery = z.object({
  ...pageQuery,
  interaction: queryList,
  environment: queryList,
  model: queryList,
  status: statuses,
  tag: queryList,
  parent: queryList
    .transform((ids) => (ids?.length === 1 && ids[0] === 'false' ? (false as const) : ids))
    .describe('Ids of runs, or false: the runs without one.'),
  is_root: z
    .enum(['true', 'false'])
    .transform((value) => value === 'true')
    .optional(),
});

const moment = z
  .union(
    [z.iso.datetime({ offset: true }), z.iso.date()],
    'must be a date in ISO 8601, such as 2023-04-20T12:00:00.000Z',
  )
  .transform((value) => new Date(value))
  .nullish();

/** What searches and facets take in their body. */
export const runSearchQuery = z.object({
  interaction: bodyList,
  environment: bodyList,
  model: bodyList,
  status: bodyList.pipe(z.array(statusSchema).nullish()),
  tags: bodyList.describe('All of them.'),
  exclude_tags: bodyList.describe('None of them.'),
  parent: z
    .union([z.literal(false), bodyList], 'must be false, an id or a list of ids')
    .describe('Ids of runs, or false: the runs without one.'),
  is_root: z.boolean().nullish(),
  name: z.string().nullish().describe("The interaction's name."),
  object: z.string().nullish().describe('What the run is about.'),
  start: moment.describe('The earliest created_at.'),
  end: moment.describe('The latest created_at.'),
  query: z.string().nullish().describe("Lucene's syntax: parameters.object:flower AND status:completed."),
  default_query_path: z.string().nullish().describe('The field of words without one; else prompt, data and result.'),
  limit: z.int('must be a whole number').min(0, 'must be at least 0').max(1_000, 'must be at most 1000').nullish(),
  offset: z.int('must be a whole number').min(0, 'must be at least 0').nullish(),
});

/** The filter that a query means: always of the runs of interactions only. */
export async function convertRunQuery(context: Context, query: RunQuery): Promise<RunFilter> {
  const { parent, name, object, start, end } = query;
  const interaction = orNone(query.interaction);
  const environment = orNone(query.environment);
  const status = orNone(query.status);
  const isRoot = parent === false ? true : query.is_root;
  return {
    ...runsOfInteractions(await convertSearchText(context, query)),
    interaction: interaction && (await findOwnIds(context, 'interactions', interaction)),
    environment: environment && (await findOwnIds(context, 'environments', environment)),
    model: orNone(query.model),
    status: status && convertStatuses(status),
    tags: { any: orNone(query.tag), all: query.tags, none: query.exclude_tags },
    parent: parent === false ? null : orNone(parent),
    // Their clients say is_root: false by default, and mean no restriction.
    isRoot: isRoot === true ? true : null,
    interactionName: name || null,
    object: object ? [object] : null,
    // Ours ends before its end; theirs with it.
    createdAt: start == null && end == null ? null : { from: start, to: end && new Date(end.getTime() + 1) },
  };
}

/** To these clients an empty list, or an empty text, is no restriction. */
function orNone<T>(list: readonly T[] | null | undefined): readonly T[] | null {
  return list == null || list.length === 0 ? null : list;
}

/** Cancelled runs count as failed ones. */
function convertStatuses(statuses: readonly z.output<typeof statusSchema>[]): RunStatus[] {
  return statuses.flatMap((status): RunStatus[] => (status === 'failed' ? ['failed', 'cancelled'] : [status]));
}

async function convertSearchText(
  context: Context,
  { query, default_query_path: defaultField }: RunQuery,
): Promise<RunFilter['condition']> {
  if (defaultField && findQueryField(defaultField) === undefined) {
    const message = describeUnknownField(defaultField);
    throw new ValidationError([{ path: '/query/default_query_path', message }]);
  }
  if (query == null) return null;
  const condition = convertSearch(query, { path: '/query/query', defaultField: defaultField || undefined });
  return adaptCondition(context, condition);
}
