import {
  bucketsMax,
  bucketsUsual,
  computeRunFacets,
  findNodeOfBucket,
  formatBucketValue,
  listRunFilterOptions,
} from '../resolvers/run-facet.ts';
import { narrowBySearch } from '../resolvers/run-search.ts';
import type { RunFacet, RunFacetBucket, RunFacetField } from '../store/run-facet.ts';
import { builder } from './builder.ts';
import { computeSearchCost, countCost } from './cost.ts';
import { Node, toNode } from './node.ts';
import { RunConnection } from './refs.ts';
import { RunFilterInput, searchDescription } from './run-filter.ts';

const RunFacetFieldType = builder.enumType('RunFacetField', {
  description: 'What runs can be counted by.',
  values: {
    KIND: { value: 'kind', description: 'What was executed.' },
    STATUS: { value: 'status', description: 'Where they stand.' },
    INTERACTION: { value: 'interaction', description: 'The interaction, by the id of its draft.' },
    FLOW: { value: 'flow', description: 'The flow.' },
    DEPLOYMENT: { value: 'deployment', description: 'The deployment.' },
    ENVIRONMENT: { value: 'environment', description: 'Where they ran.' },
    MODEL: { value: 'model', description: 'The model.' },
    TAGS: { value: 'tags', description: 'Each of their tags: a run with two counts in both.' },
    SOURCE: { value: 'source', description: 'What asked for them.' },
    END_USER: { value: 'endUser', description: 'The end user.' },
    RATING: { value: 'rating', description: 'The rating.' },
    ERROR_CODE: { value: 'errorCode', description: 'The code of the error.' },
    DAY: { value: 'day', description: 'The day on which they were recorded, in UTC.' },
  } as const,
});

const RunFacetBucketType = builder
  .objectRef<RunFacetBucket & { readonly field: RunFacetField }>('RunFacetBucket')
  .implement({
    description: 'The runs that share a value.',
    fields: (t) => ({
      value: t.string({
        nullable: true,
        description: 'The value, as the filter takes it; null: the runs without one.',
        resolve: ({ field, value }) => formatBucketValue(field, value),
      }),
      count: t.exposeInt('count', { description: 'How many there are.' }),
      node: t.field({
        type: Node,
        nullable: true,
        description: 'The interaction (by its draft), flow, deployment or environment that the value is the id of.',
        resolve: async ({ field, value }, _args, context) => toNode(await findNodeOfBucket(context, field, value)),
      }),
    }),
  });

const RunFacetType = builder.objectRef<RunFacet>('RunFacet').implement({
  description: 'Runs counted by a field.',
  fields: (t) => ({
    name: t.exposeString('name', { description: "What it was asked for as; the field's name unless one was given." }),
    field: t.expose('field', { type: RunFacetFieldType, description: 'What is counted by.' }),
    buckets: t.field({
      type: [RunFacetBucketType],
      description: 'The largest first; equal ones by their value.',
      // What asks for facets counts their buckets.
      complexity: { field: 1, multiplier: 1 },
      resolve: ({ field, buckets }) => buckets.map((bucket) => ({ ...bucket, field })),
    }),
    otherCount: t.exposeInt('otherCount', { description: 'How many lie in the buckets that are not shown.' }),
  }),
});

const RunFacetsType = builder.objectRef<{ total: number; facets: RunFacet[] }>('RunFacets').implement({
  description: 'Runs counted by several fields.',
  fields: (t) => ({
    total: t.exposeInt('total', { description: 'How many runs there are.' }),
    facets: t.expose('facets', {
      type: [RunFacetType],
      description: 'The facets, in the order that they were asked for.',
    }),
  }),
});

const FilterOption = builder
  .objectRef<{ value: string | null; label: string; count: number }>('FilterOption')
  .implement({
    description: 'A value to narrow a list of runs by.',
    fields: (t) => ({
      value: t.exposeString('value', { nullable: true, description: 'The value, as the filter takes it.' }),
      label: t.exposeString('label', { description: 'What people call it.' }),
      count: t.exposeInt('count', { description: 'How many runs have it.' }),
    }),
  });

const RunFacetInputType = builder.inputType('RunFacetInput', {
  description: 'A facet to be computed.',
  fields: (t) => ({
    name: t.string({ description: "What it is called in the answer; the field's name unless given; never total." }),
    field: t.field({ type: RunFacetFieldType, required: true, description: 'What to count by.' }),
    first: t.int({ defaultValue: bucketsUsual, description: 'How many buckets, 1 to 1,000.' }),
    excludeOwnFilter: t.boolean({
      defaultValue: false,
      description: 'Whether to count as if the filter had no say on this field: what a list of choices needs.',
    }),
  }),
});

builder.objectFields(RunConnection, (t) => ({
  facets: t.field({
    type: [RunFacetType],
    description: 'All runs of the list, not of the page only, counted by these fields; counted only when asked for.',
    args: { fields: t.arg({ type: [RunFacetFieldType], required: true, description: 'What to count by.' }) },
    complexity: ({ fields }) => ({ field: countCost * fields.length, multiplier: bucketsUsual * fields.length }),
    resolve: async ({ filter }, { fields }, context) => {
      const { facets } = await computeRunFacets(
        context,
        filter,
        fields.map((field) => ({ field })),
      );
      return facets;
    },
  }),
}));

builder.queryFields((t) => ({
  runFacets: t.field({
    type: RunFacetsType,
    description: 'The runs of a filter, counted by several fields at once.',
    args: {
      facets: t.arg({ type: [RunFacetInputType], required: true, description: 'The facets.' }),
      filter: t.arg({ type: RunFilterInput, description: 'Which runs.' }),
      search: t.arg.string({ description: searchDescription }),
    },
    complexity: ({ facets, search }) => ({
      field: countCost * facets.length + computeSearchCost({ search }),
      multiplier: facets.reduce((sum, { first }) => sum + (first ?? bucketsUsual), 0),
    }),
    resolve: (_root, { facets, filter, search }, context) =>
      computeRunFacets(context, narrowBySearch(filter ?? {}, search), facets),
  }),
  runFilterOptions: t.field({
    type: [FilterOption],
    description:
      'The values that a field has among the runs of a filter, largest first, as if the filter had no say on that field.',
    args: {
      field: t.arg({ type: RunFacetFieldType, required: true, description: 'The field.' }),
      filter: t.arg({ type: RunFilterInput, description: 'Which runs.' }),
    },
    complexity: { field: countCost, multiplier: bucketsMax },
    resolve: (_root, { field, filter }, context) => listRunFilterOptions(context, field, filter ?? {}),
  }),
}));
