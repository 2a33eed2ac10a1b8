import type { Client } from './client.ts';
import type { RunFacetField, RunFilter, RunsPageQuery } from './generated/graphql.ts';
import { runFacets, runsPage } from './operations.ts';

/** What the user has chosen. */
export interface Selection {
  readonly status: readonly string[];
  readonly model: readonly string[];
  readonly tags: readonly string[];
  readonly search: string;
}

export const nothingSelected: Selection = { status: [], model: [], tags: [], search: '' };

export interface Facet {
  readonly name: 'status' | 'model' | 'tags';
  readonly options: readonly { readonly value: string; readonly count: number; readonly isSelected: boolean }[];
}

export type RunRow = RunsPageQuery['runs']['nodes'][number];

export interface RunsPage {
  readonly total: number;
  readonly rows: readonly RunRow[];
  readonly facets: readonly Facet[];
  /** Null: there are no more. */
  readonly after: string | null;
}

const facetNames = ['status', 'model', 'tags'] as const;
const fields: Record<Facet['name'], RunFacetField> = { status: 'STATUS', model: 'MODEL', tags: 'TAGS' };

/** A page of runs, and what they can be narrowed by: each list is counted as if it had no say itself. */
export async function loadPage(client: Client, selection: Selection, after: string | null = null): Promise<RunsPage> {
  const filter = convertToFilter(selection);
  const search = selection.search || null;
  const facets = facetNames.map((name) => ({ name, field: fields[name], first: 10, excludeOwnFilter: true }));
  const [{ runs }, counted] = await Promise.all([
    client.request(runsPage, { filter, search, after }),
    client.request(runFacets, { filter, search, facets }),
  ]);
  return {
    total: runs.totalCount,
    rows: runs.nodes,
    after: runs.pageInfo.hasNextPage ? (runs.pageInfo.endCursor ?? null) : null,
    facets: facetNames.map((name) => {
      const buckets = counted.runFacets.facets.find((facet) => facet.name === name)?.buckets ?? [];
      return {
        name,
        options: buckets.flatMap(({ value, count }) =>
          value == null ? [] : [{ value, count, isSelected: selection[name].includes(value) }],
        ),
      };
    }),
  };
}

function convertToFilter({ status, model, tags }: Selection): RunFilter {
  return {
    // The values come from the facet of the same field.
    status: status.length > 0 ? (status as RunFilter['status']) : null,
    model: model.length > 0 ? [...model] : null,
    tags: tags.length > 0 ? { any: [...tags] } : null,
  };
}
