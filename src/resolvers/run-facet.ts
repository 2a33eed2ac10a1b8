import { z } from 'zod';
import { authorize, isAllowed } from '../auth/permission.ts';
import type { Context } from '../context.ts';
import { ValidationError } from '../errors.ts';
import type { DeploymentRecord } from '../store/deployment.ts';
import type { EnvironmentRecord } from '../store/environment.ts';
import type { FlowRecord } from '../store/flow.ts';
import type { InteractionRecord } from '../store/interaction.ts';
import type { RunFacet, RunFacetBucket, RunFacetField } from '../store/run-facet.ts';
import type { RunFilter } from '../store/run-filter.ts';
import { parseInput } from './input.ts';

/** What a facet is asked with. */
export interface RunFacetInput {
  readonly name?: string | null | undefined;
  readonly field: RunFacetField;
  readonly first?: number | null | undefined;
  readonly excludeOwnFilter?: boolean | null | undefined;
}

/** How many buckets a facet may have, and has where nobody says. */
export const bucketsMax = 1_000;
export const bucketsUsual = 50;

const facetInputs = z
  .array(
    z.object({
      name: z.string().min(1, 'must not be empty').max(100, 'must have at most 100 characters').nullish(),
      first: z.int().min(1, 'must be at least 1').max(bucketsMax, `must be at most ${bucketsMax}`).nullish(),
    }),
  )
  .max(20, 'must have at most 20 facets');

/** Counts the runs of a filter by several fields, and all of them, in one aggregation. */
export async function computeRunFacets(
  context: Context,
  filter: RunFilter,
  inputs: readonly RunFacetInput[],
): Promise<{ total: number; facets: RunFacet[] }> {
  authorize(context.principal, 'readRuns');
  parseInput(z.object({ facets: facetInputs }), { facets: inputs });
  const requests = inputs.map(({ name, field, first, excludeOwnFilter }) => ({
    name: name ?? formatFieldName(field),
    field,
    first: first ?? bucketsUsual,
    excludeOwnFilter: excludeOwnFilter ?? false,
  }));
  checkNames(requests.map(({ name }) => name));
  return context.store.runs.computeFacets(filter, requests);
}

/** The values that a field has among the runs of a filter, with what people call them, largest first. */
export async function listRunFilterOptions(
  context: Context,
  field: RunFacetField,
  filter: RunFilter,
): Promise<{ value: string | null; label: string; count: number }[]> {
  const { facets } = await computeRunFacets(context, filter, [{ field, first: bucketsMax, excludeOwnFilter: true }]);
  const buckets = facets.flatMap((facet) => facet.buckets);
  return Promise.all(
    buckets.map(async (bucket) => {
      const node = await findNodeOfBucket(context, field, bucket.value);
      const value = formatBucketValue(field, bucket.value);
      return { value, label: node?.record.name ?? value ?? 'none', count: bucket.count };
    }),
  );
}

/** A record of the bucket's value, with its kind. */
export type BucketNode =
  | { readonly kind: 'interaction'; readonly record: InteractionRecord }
  | { readonly kind: 'flow'; readonly record: FlowRecord }
  | { readonly kind: 'deployment'; readonly record: DeploymentRecord }
  | { readonly kind: 'environment'; readonly record: EnvironmentRecord };

/** The interaction (by its draft), the flow, the deployment or the environment that a bucket counts the runs of. */
export async function findNodeOfBucket(
  { principal, loaders }: Context,
  field: RunFacetField,
  value: RunFacetBucket['value'],
): Promise<BucketNode | null> {
  if (typeof value !== 'string') return null;
  if (field === 'interaction' && isAllowed(principal, 'readInteractions')) {
    const record = await loaders.interaction.load(value);
    return record && { kind: 'interaction', record };
  }
  if (field === 'environment' && isAllowed(principal, 'readEnvironments')) {
    const record = await loaders.environment.load(value);
    return record && { kind: 'environment', record };
  }
  if (field === 'flow' && isAllowed(principal, 'readFlows')) {
    const record = await loaders.flow.load(value);
    return record && { kind: 'flow', record };
  }
  if (field === 'deployment' && isAllowed(principal, 'readDeployments')) {
    const record = await loaders.deployment.load(value);
    return record && { kind: 'deployment', record };
  }
  return null;
}

/** A bucket's value as the filter takes it; enumerations are upper-case there. */
export function formatBucketValue(field: RunFacetField, value: RunFacetBucket['value']): string | null {
  if (value === null) return null;
  const isEnumeration = field === 'kind' || field === 'status' || field === 'source';
  return isEnumeration ? String(value).toUpperCase().replaceAll('-', '_') : String(value);
}

/** The field as GraphQL writes it. */
function formatFieldName(field: RunFacetField): string {
  return field.replace(/[A-Z]/g, '_$&').toUpperCase();
}

/** Clients key the answer by name; `total` stands beside the facets in REST. */
function checkNames(names: readonly string[]): void {
  const issues = names.flatMap((name, index) => {
    const path = `/facets/${index}/name`;
    if (name === 'total') return [{ path, message: 'must not be total' }];
    return names.indexOf(name) < index ? [{ path, message: `${name} is the name of another facet too` }] : [];
  });
  if (issues.length > 0) throw new ValidationError(issues);
}
