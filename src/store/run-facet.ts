import type { Document } from 'mongodb';
import type { EntityStore } from './entity-store.ts';
import { convertRunFilter, type RunFilter } from './run-filter.ts';
import type { RunRecord } from './run-record.ts';

export type RunFacetField =
  | 'kind'
  | 'status'
  | 'interaction'
  | 'flow'
  | 'deployment'
  | 'environment'
  | 'model'
  | 'tags'
  | 'source'
  | 'endUser'
  | 'rating'
  | 'errorCode'
  | 'day';

export interface RunFacetRequest {
  /** What the answer is called. */
  readonly name: string;
  readonly field: RunFacetField;
  /** How many buckets. */
  readonly first: number;
  /** Whether it counts as if the filter had no say on this field. */
  readonly excludeOwnFilter: boolean;
}

export interface RunFacetBucket {
  /** Null: the runs without one. */
  readonly value: string | number | null;
  readonly count: number;
}

export interface RunFacet {
  readonly name: string;
  readonly field: RunFacetField;
  /** Largest first; equal ones by value. */
  readonly buckets: readonly RunFacetBucket[];
  /** What lies in the buckets beyond the first ones. */
  readonly otherCount: number;
}

/** What a facet groups by, and the field of the filter that narrows the same. */
const facetFields: Readonly<
  Record<RunFacetField, { readonly key: Document | string; readonly filter: keyof RunFilter | null }>
> = {
  kind: { key: '$kind', filter: 'kind' },
  status: { key: '$status', filter: 'status' },
  interaction: { key: '$interactionDraft', filter: 'interaction' },
  flow: { key: '$flow', filter: 'flow' },
  deployment: { key: '$deployment', filter: 'deployment' },
  environment: { key: '$environment', filter: 'environment' },
  model: { key: '$model', filter: 'model' },
  tags: { key: '$tags', filter: 'tags' },
  source: { key: '$source.type', filter: 'source' },
  endUser: { key: '$endUser', filter: 'endUser' },
  rating: { key: '$rating', filter: 'rating' },
  errorCode: { key: '$error.code', filter: null },
  day: { key: { $dateTrunc: { date: '$createdAt', unit: 'day' } }, filter: 'createdAt' },
};

/** Counts runs by several fields, and all of them, in one aggregation. */
export async function computeRunFacets(
  runs: EntityStore<RunRecord>,
  filter: RunFilter,
  requests: readonly RunFacetRequest[],
): Promise<{ total: number; facets: RunFacet[] }> {
  const ownFields = requests.flatMap(({ field, excludeOwnFilter }) => {
    const own = facetFields[field].filter;
    return excludeOwnFilter && own !== null && filter[own] != null ? [own] : [];
  });
  // What every facet asks for is matched once, by an index; what some of them leave out is matched within each.
  const common = omit(filter, ownFields);
  const own = Object.fromEntries(ownFields.map((field) => [field, filter[field]]));
  const matchOwn = (except: keyof RunFilter | null): Document[] => {
    const rest = omit(own, except === null ? [] : [except]);
    return Object.keys(rest).length === 0 ? [] : [{ $match: convertRunFilter(rest) }];
  };

  const pipelines = Object.fromEntries(
    requests.map(({ field, first, excludeOwnFilter }, index) => [
      // Names come from outside and may be anything; MongoDB's field names may not.
      `facet${index}`,
      [...matchOwn(excludeOwnFilter ? facetFields[field].filter : null), ...countBy(field, first)],
    ]),
  );
  // A facet of all runs, each in one bucket, knows how many there are.
  const whole = requests.findIndex(
    ({ field, excludeOwnFilter }) =>
      field !== 'tags' && !(excludeOwnFilter && ownFields.some((own) => own === facetFields[field].filter)),
  );
  const total = whole === -1 ? { total: [...matchOwn(null), { $count: 'total' }] } : {};
  const [answer = {}] = await runs.aggregate(convertRunFilter(common), [{ $facet: { ...pipelines, ...total } }]);
  return {
    total: answer[whole === -1 ? 'total' : `facet${whole}`]?.[0]?.total ?? 0,
    facets: requests.map(({ name, field }, index) => {
      const { buckets = [], total = 0 }: Partial<CountedBuckets> = answer[`facet${index}`]?.[0] ?? {};
      const shown = buckets.reduce((sum, { count }) => sum + count, 0);
      return {
        name,
        field,
        buckets: buckets.map(({ value = null, count }) => ({
          value: value instanceof Date ? toDay(value) : value,
          count,
        })),
        otherCount: total - shown,
      };
    }),
  };
}

interface CountedBuckets {
  readonly buckets: readonly { readonly value?: string | number | Date | null; readonly count: number }[];
  readonly total: number;
}

const toDay = (date: Date) => date.toISOString().slice(0, 10);

function countBy(field: RunFacetField, first: number): Document[] {
  const unwind = field === 'tags' ? [{ $unwind: { path: '$tags', preserveNullAndEmptyArrays: true } }] : [];
  return [
    ...unwind,
    { $group: { _id: facetFields[field].key, count: { $sum: 1 } } },
    { $sort: { count: -1, _id: 1 } },
    {
      $group: {
        _id: null,
        total: { $sum: '$count' },
        buckets: { $firstN: { n: first, input: { value: '$_id', count: '$count' } } },
      },
    },
  ];
}

function omit(filter: RunFilter, fields: readonly (keyof RunFilter)[]): RunFilter {
  return Object.fromEntries(Object.entries(filter).filter(([field]) => !fields.some((other) => other === field)));
}
