import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { JsonObject } from '../../json.ts';
import { listRuns, readFindQuery } from '../../resolvers/run.ts';
import type { RestDependencies } from '../dependencies.ts';
import { jsonObject, problems, usualLimit } from './field.ts';
import { contextOf, isNewerClient } from './request-context.ts';
import { adaptCondition, runsOfInteractions } from './run-condition.ts';
import { convertRunQuery, runSearchQuery } from './run-query.ts';
import { selectFields } from './run-select.ts';
import { convertExecutedRun, convertRunReference, executedRunSchema, runReferenceSchema } from './run-shape.ts';
import { findReferences, viewRun } from './run-view.ts';

const tags = ['Composable: runs'];

const limit = z.int('must be a whole number').min(0, 'must be at least 0').max(1_000, 'must be at most 1000').nullish();
const offset = z.int('must be a whole number').min(0, 'must be at least 0').nullish();

/** Runs by what is in them. */
export const runSearchRoutes: FastifyPluginAsyncZod<RestDependencies> = async (server, { settings }) => {
  server.post(
    '/runs/search',
    {
      schema: {
        tags,
        summary: "Runs by a search in Lucene's syntax, newest first",
        body: z.object({ limit, offset, query: runSearchQuery.nullish() }).nullish(),
        response: { 200: z.array(runReferenceSchema), ...problems },
      },
    },
    async (request) => {
      const context = contextOf(request);
      const { query, ...page } = request.body ?? {};
      const filter = await convertRunQuery(context, query ?? {});
      const { items } = await listRuns(context, filter, {
        first: page.limit ?? query?.limit ?? usualLimit,
        offset: page.offset ?? query?.offset ?? 0,
      });
      return Promise.all(items.map(async (run) => convertRunReference(run, await findReferences(context, run))));
    },
  );
  server.post(
    '/runs/find',
    {
      schema: {
        tags,
        summary: 'Runs by a query of MongoDB, newest first',
        body: z.object({
          query: jsonObject
            .nullish()
            .describe('Without scripts; an unknown field is refused by a list of those that there are.'),
          limit,
          offset,
          select: z.string('must be a text of names, separated by spaces').nullish(),
        }),
        response: { 200: z.array(executedRunSchema.partial().required({ id: true })), ...problems },
      },
    },
    async (request) => {
      const context = contextOf(request);
      const { query, select, ...page } = request.body;
      // It came as JSON.
      const { condition } = readFindQuery((query ?? {}) as JsonObject);
      const filter = runsOfInteractions(await adaptCondition(context, condition ?? {}));
      const { items } = await listRuns(context, filter, { first: page.limit ?? usualLimit, offset: page.offset ?? 0 });
      const options = { ttlSeconds: settings.runTtlSeconds, isTyped: isNewerClient(request) };
      return Promise.all(
        items.map(async (run) => {
          const answer = convertExecutedRun(await viewRun(context, run, options));
          return { ...selectFields(answer, select), id: answer.id };
        }),
      );
    },
  );
};
