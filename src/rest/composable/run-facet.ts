import { z } from 'zod';
import type { RunFacetField } from '../../store/run-facet.ts';
import type { RunStatus } from '../../store/run-record.ts';
import { convertStatus } from './run-shape.ts';

/** The fields of runs that can be counted, by the names that clients have for them. */
const fields = {
  interaction: 'interaction',
  environment: 'environment',
  modelId: 'model',
  model: 'model',
  tags: 'tags',
  tag: 'tags',
  status: 'status',
  source: 'source',
  'source.type': 'source',
  'error.code': 'errorCode',
} as const satisfies Readonly<Record<string, RunFacetField>>;

export const facetFieldSchema = z.enum(
  Object.keys(fields) as (keyof typeof fields)[], // Object.keys forgets the names.
  `must be one of ${Object.keys(fields).join(', ')}`,
);

export function convertFacetField(name: z.output<typeof facetFieldSchema>): RunFacetField {
  return fields[name];
}

const bucketSchema = z.object({ _id: z.string(), count: z.int() });

/** The facets by their names, and beside them how many there are in all. */
export const bucketsSchema = z
  .object({ total: z.int() })
  .catchall(z.union([z.array(bucketSchema), z.int()]))
  .describe('The buckets of each facet by its name, largest first; total: how many there are in all.')
  .meta({ id: 'ComposableFacets' });

interface Facet {
  readonly name: string;
  readonly buckets: readonly { readonly value: string | number | null; readonly count: number }[];
}

/** What has no value has no bucket here. */
export function convertBuckets({ total, facets }: { readonly total: number; readonly facets: readonly Facet[] }) {
  const named = facets.map(({ name, buckets }) => {
    const converted = buckets.flatMap(({ value, count }) => (value === null ? [] : [{ _id: String(value), count }]));
    return [name, converted] as const;
  });
  return { ...Object.fromEntries(named), total };
}

/** Whether GraphQL writes the values of a field in its own way. */
export const isEnumeration = (field: RunFacetField) => field === 'status' || field === 'source';

/** The buckets of a field with its values as this API writes them, and those of cancelled runs among the failed ones. */
export function mergeBuckets(field: RunFacetField, buckets: Facet['buckets']): Facet['buckets'] {
  if (!isEnumeration(field)) return buckets;
  const counts = new Map<string, number>();
  for (const { value, count } of buckets) {
    const word = String(value).toLowerCase().replaceAll('_', '-');
    const name = field === 'status' ? convertStatus(word as RunStatus) : word; // The facet is of statuses.
    counts.set(name, (counts.get(name) ?? 0) + count);
  }
  return [...counts].map(([value, count]) => ({ value, count })).sort((one, other) => other.count - one.count);
}
