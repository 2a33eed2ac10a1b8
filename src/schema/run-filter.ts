import type { GraphQLResolveInfo } from 'graphql';
import type { Context } from '../context.ts';
import { countRuns, listRuns, type RunOrder } from '../resolvers/run.ts';
import type { PageRequest } from '../store/pagination.ts';
import type { RunFilter } from '../store/run-filter.ts';
import { builder } from './builder.ts';
import type { RunConnectionShape } from './refs.ts';
import { findUnreadDetails } from './unread-details.ts';

export const RunKindType = builder.enumType('RunKind', {
  description: 'What was executed.',
  values: {
    INTERACTION: { value: 'interaction', description: 'An interaction.' },
    FLOW: { value: 'flow', description: 'A flow of steps.' },
    DEPLOYMENT: { value: 'deployment', description: 'A deployment on files.' },
  } as const,
});

export const RunStatusType = builder.enumType('RunStatus', {
  description: 'Where a run stands.',
  values: {
    CREATED: { value: 'created', description: 'It is recorded, and waits for the first reader of its stream.' },
    PROCESSING: { value: 'processing', description: 'It is executed.' },
    COMPLETED: { value: 'completed', description: 'It has a result.' },
    FAILED: { value: 'failed', description: 'It has an error.' },
    CANCELLED: { value: 'cancelled', description: 'It was ended before it was done.' },
  } as const,
});

export const RunSourceTypeType = builder.enumType('RunSourceType', {
  description: 'What asked for a run.',
  values: {
    API: { value: 'api', description: 'A program.' },
    CLI: { value: 'cli', description: 'A command line.' },
    UI: { value: 'ui', description: 'A person at a page.' },
    WEBHOOK: { value: 'webhook', description: 'A webhook.' },
    TEST_DATA: { value: 'test-data', description: 'The generation of test data.' },
    SYSTEM: { value: 'system', description: 'The gateway itself.' },
  } as const,
});

const OrderDirectionType = builder.enumType('OrderDirection', {
  description: 'Which way a list goes.',
  values: {
    ASC: { value: 'ascending', description: 'The smallest or oldest first.' },
    DESC: { value: 'descending', description: 'The largest or newest first.' },
  } as const,
});

const RunOrderFieldType = builder.enumType('RunOrderField', {
  description: 'What a list of runs is ordered by.',
  values: {
    CREATED_AT: { value: 'createdAt', description: 'When they were recorded.' },
    UPDATED_AT: { value: 'updatedAt', description: 'When they last changed.' },
    EXECUTION_TIME: { value: 'executionTime', description: 'How long they took.' },
  } as const,
});

export const RunOrderInput = builder.inputType('RunOrder', {
  description: 'The order of a list of runs; runs that are equal there are ordered by id.',
  fields: (t) => ({
    field: t.field({
      type: RunOrderFieldType,
      required: true,
      defaultValue: 'createdAt',
      description: 'What it goes by.',
    }),
    direction: t.field({
      type: OrderDirectionType,
      required: true,
      defaultValue: 'descending',
      description: 'Which way it goes.',
    }),
  }),
});

const TagFilterInput = builder.inputType('TagFilter', {
  description: 'Which tags.',
  fields: (t) => ({
    all: t.stringList({ description: 'All of these.' }),
    any: t.stringList({ description: 'At least one of these.' }),
    none: t.stringList({ description: 'None of these.' }),
  }),
});

const DateTimeRangeInput = builder.inputType('DateTimeRange', {
  description: 'A span of time.',
  fields: (t) => ({
    from: t.field({ type: 'DateTime', description: 'Its beginning, included.' }),
    to: t.field({ type: 'DateTime', description: 'Its end, not included.' }),
  }),
});

export const RunFilterInput = builder.inputType('RunFilter', {
  description: 'Which runs: fields narrow together; a list means any of, null no restriction, an empty list nothing.',
  fields: (t) => ({
    ids: t.idList({ description: 'Their ids.' }),
    kind: t.field({ type: [RunKindType], description: 'What was executed.' }),
    status: t.field({ type: [RunStatusType], description: 'Where they stand.' }),
    interaction: t.idList({ description: "The interactions that were executed; a draft's id covers its versions." }),
    flow: t.idList({ description: 'The flows that were executed.' }),
    deployment: t.idList({ description: 'The deployments that were executed.' }),
    environment: t.idList({ description: 'Where they ran.' }),
    model: t.stringList({ description: 'The models.' }),
    tags: t.field({ type: TagFilterInput, description: 'Their tags.' }),
    parent: t.idList({ description: 'The runs that they are part of.' }),
    isRoot: t.boolean({ description: 'Whether they are no part of another run.' }),
    source: t.field({ type: [RunSourceTypeType], description: 'What asked for them.' }),
    endUser: t.stringList({ description: 'The end users that they were made for.' }),
    rating: t.intList({ description: 'Their ratings.' }),
    createdAt: t.field({ type: DateTimeRangeInput, description: 'When they were recorded.' }),
    interactionName: t.string({ description: "The interaction's name, to the letter." }),
    object: t.idList({ description: 'The objects that they are about.' }),
    executionId: t.idList({ description: 'The execution ids of executions of deployments.' }),
  }),
});

export const searchDescription =
  "Lucene's syntax: `status:failed AND parameters.object:flower`, phrases, prefixes, ranges; words without a field are sought in prompt, " +
  'parameters and result. Narrows further than the filter.';

/** A page of runs as the type RunConnection takes it, with what the operation asks for of them. */
export async function toRunConnection(
  context: Context,
  info: GraphQLResolveInfo,
  filter: RunFilter,
  page: PageRequest,
  order?: RunOrder,
): Promise<RunConnectionShape> {
  const found = await listRuns(context, filter, page, order, findUnreadDetails(info));
  return { filter, page: found, countAll: () => countRuns(context, filter) };
}
