import type { FastifyRequest } from 'fastify';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { listRuns } from '../../resolvers/run.ts';
import { cancelRun, deleteRun, tagRun } from '../../resolvers/run-change.ts';
import { computeRunFacets, listRunFilterOptions } from '../../resolvers/run-facet.ts';
import type { RunRecord } from '../../store/run-record.ts';
import type { RestDependencies } from '../dependencies.ts';
import { bodyList, idParams, problems, removed, usualLimit } from './field.ts';
import { contextOf, isNewerClient } from './request-context.ts';
import {
  bucketsSchema,
  convertBuckets,
  convertFacetField,
  facetFieldSchema,
  isEnumeration,
  mergeBuckets,
} from './run-facet.ts';
import { convertRunQuery, runListQuery, runSearchQuery } from './run-query.ts';
import { convertRun, convertRunReference, runReferenceSchema, runSchema } from './run-shape.ts';
import { findReferences, requireRun, viewRun } from './run-view.ts';

const tags = ['Composable: runs'];

const facetPayload = z.object({
  facets: z.array(z.object({ name: z.string(), field: facetFieldSchema })),
  query: runSearchQuery.nullish(),
});

const filterOption = z.object({ id: z.string(), name: z.string(), count: z.int() });

/** Runs that were, and are. */
export const runRoutes: FastifyPluginAsyncZod<RestDependencies> = async (server, { settings }) => {
  const answer = { 200: runSchema, ...problems };
  const describe = async (request: FastifyRequest, run: RunRecord) => {
    const context = contextOf(request);
    const options = { ttlSeconds: settings.runTtlSeconds, isTyped: isNewerClient(request) };
    return convertRun(await viewRun(context, run, options), await findReferences(context, run));
  };

  server.get(
    '/runs',
    {
      schema: {
        tags,
        summary: 'Runs, last changed first',
        querystring: runListQuery,
        response: { 200: z.array(runReferenceSchema), ...problems },
      },
    },
    async (request) => {
      const context = contextOf(request);
      const { limit = usualLimit, offset, ...query } = request.query;
      const filter = await convertRunQuery(context, query);
      const order = { field: 'updatedAt', direction: 'descending' } as const;
      const { items } = await listRuns(context, filter, { first: limit, offset }, order);
      return Promise.all(items.map(async (run) => convertRunReference(run, await findReferences(context, run))));
    },
  );
  server.get('/runs/:id', { schema: { tags, summary: 'A run', params: idParams, response: answer } }, async (request) =>
    describe(request, await requireRun(contextOf(request), request.params.id)),
  );
  server.put(
    '/runs/:id',
    {
      schema: {
        tags,
        summary: 'Change the tags of a run',
        params: idParams,
        body: z.object({ tags: bodyList }),
        response: answer,
      },
    },
    async (request) => {
      const context = contextOf(request);
      const run = await requireRun(context, request.params.id);
      const wanted = request.body.tags ?? run.tags;
      const remove = run.tags.filter((tag) => !wanted.includes(tag));
      return describe(request, await tagRun(context, run.id, { add: wanted, remove }));
    },
  );
  server.delete(
    '/runs/:id',
    { schema: { tags, summary: 'Remove a run', params: idParams, response: { 200: removed, ...problems } } },
    async (request) => {
      const context = contextOf(request);
      return deleteRun(context, (await requireRun(context, request.params.id)).id);
    },
  );
  server.post(
    '/runs/:id/cancel',
    { schema: { tags, summary: 'End a run that is created or processing', params: idParams, response: answer } },
    async (request) => {
      const context = contextOf(request);
      return describe(request, await cancelRun(context, (await requireRun(context, request.params.id)).id));
    },
  );
  server.post(
    '/runs/facets',
    {
      schema: {
        tags,
        summary: 'Runs counted by fields',
        body: facetPayload,
        response: { 200: bucketsSchema, ...problems },
      },
    },
    async (request) => {
      const context = contextOf(request);
      const { facets, query } = request.body;
      const filter = await convertRunQuery(context, query ?? {});
      const inputs = facets.map(({ name, field }) => ({ name, field: convertFacetField(field) }));
      const counted = await computeRunFacets(context, filter, inputs);
      return convertBuckets({
        ...counted,
        facets: counted.facets.map(({ name, field, buckets }) => ({ name, buckets: mergeBuckets(field, buckets) })),
      });
    },
  );
  server.get(
    '/runs/filter-options/:field',
    {
      schema: {
        tags,
        summary: 'The values that a field has among the runs, and how often',
        params: z.object({ field: facetFieldSchema }),
        querystring: runListQuery,
        response: { 200: z.array(filterOption), ...problems },
      },
    },
    async (request) => {
      const context = contextOf(request);
      const field = convertFacetField(request.params.field);
      const options = await listRunFilterOptions(context, field, await convertRunQuery(context, request.query));
      if (!isEnumeration(field)) {
        return options.flatMap(({ value, label, count }) =>
          value === null ? [] : [{ id: value, name: label, count }],
        );
      }
      return mergeBuckets(field, options).flatMap(({ value, count }) =>
        value === null ? [] : [{ id: String(value), name: String(value), count }],
      );
    },
  );
};
