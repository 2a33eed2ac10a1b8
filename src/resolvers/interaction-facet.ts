import { authorize } from '../auth/permission.ts';
import type { Context } from '../context.ts';
import { ValidationError } from '../errors.ts';
import { convertInteractionFilter, type InteractionFilter, type InteractionRecord } from '../store/interaction.ts';

export interface InteractionFacetInput {
  readonly name: string;
  readonly field: 'tags' | 'status' | 'visibility';
}

export interface InteractionFacets {
  readonly total: number;
  readonly facets: readonly {
    readonly name: string;
    readonly field: InteractionFacetInput['field'];
    readonly buckets: readonly { readonly value: string; readonly count: number }[];
  }[];
}

const facetsMax = 20;

/** Counts the interactions of a filter by several fields, and all of them; largest first. */
export async function computeInteractionFacets(
  context: Context,
  filter: InteractionFilter,
  inputs: readonly InteractionFacetInput[],
): Promise<InteractionFacets> {
  authorize(context.principal, 'readInteractions');
  if (inputs.length > facetsMax) {
    throw new ValidationError([{ path: '/facets', message: `must have at most ${facetsMax} facets` }]);
  }
  const query = convertInteractionFilter(filter);
  const { interactions } = context.store;
  const [total, ...facets] = await Promise.all([
    interactions.count(query),
    ...inputs.map(async ({ name, field }) => {
      const unwind = field === 'tags' ? [{ $unwind: '$tags' }] : [];
      const group = { $group: { _id: `$${field satisfies keyof InteractionRecord}`, count: { $sum: 1 } } };
      const buckets = await interactions.aggregate(query, [...unwind, group, { $sort: { count: -1, _id: 1 } }]);
      return { name, field, buckets: buckets.map(({ _id, count }) => ({ value: String(_id), count: Number(count) })) };
    }),
  ]);
  return { total, facets };
}
