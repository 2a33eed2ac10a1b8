import { computeInteractionFacets, type InteractionFacets } from '../resolvers/interaction-facet.ts';
import { builder } from './builder.ts';
import { countCost } from './cost.ts';
import { InteractionFilterInput } from './interaction.ts';

const InteractionFacetFieldType = builder.enumType('InteractionFacetField', {
  description: 'What interactions can be counted by.',
  values: {
    STATUS: { value: 'status', description: 'Where they stand.' },
    TAGS: { value: 'tags', description: 'Their tags; those without one are in no bucket.' },
    VISIBILITY: { value: 'visibility', description: 'Whom they are meant for.' },
  } as const,
});

type Facet = InteractionFacets['facets'][number];

const InteractionFacetBucket = builder.objectRef<Facet['buckets'][number]>('InteractionFacetBucket').implement({
  description: 'The interactions with one value.',
  fields: (t) => ({
    value: t.exposeString('value', { description: 'The value.' }),
    count: t.exposeInt('count', { description: 'How many.' }),
  }),
});

const InteractionFacet = builder.objectRef<Facet>('InteractionFacet').implement({
  description: 'Interactions counted by one field.',
  fields: (t) => ({
    field: t.expose('field', { type: InteractionFacetFieldType, description: 'The field.' }),
    buckets: t.field({
      type: [InteractionFacetBucket],
      description: 'Largest first.',
      resolve: ({ buckets }) => [...buckets],
    }),
  }),
});

const InteractionFacetsType = builder.objectRef<InteractionFacets>('InteractionFacets').implement({
  description: 'Interactions counted by several fields.',
  fields: (t) => ({
    total: t.exposeInt('total', { description: 'How many there are in all.' }),
    facets: t.field({
      type: [InteractionFacet],
      description: 'In the order in which they were asked for.',
      resolve: ({ facets }) => [...facets],
    }),
  }),
});

builder.queryFields((t) => ({
  interactionFacets: t.field({
    type: InteractionFacetsType,
    description: 'Counts interactions by fields: the drafts, unless the filter asks for others by their status.',
    complexity: ({ fields }) => ({ field: countCost * (1 + fields.length), multiplier: fields.length }),
    args: {
      fields: t.arg({ type: [InteractionFacetFieldType], required: true, description: 'What to count by.' }),
      filter: t.arg({ type: InteractionFilterInput, description: 'Which interactions.' }),
    },
    resolve: (_root, { fields, filter }, context) =>
      computeInteractionFacets(
        context,
        filter ?? {},
        fields.map((field) => ({ name: field, field })),
      ),
  }),
}));
