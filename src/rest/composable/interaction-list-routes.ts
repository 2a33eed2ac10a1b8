import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { Context } from '../../context.ts';
import { listInteractions, listPromptsOfInteraction } from '../../resolvers/interaction.ts';
import { computeInteractionFacets } from '../../resolvers/interaction-facet.ts';
import { findOwnId } from '../../resolvers/own-id.ts';
import type { InteractionFilter, InteractionRecord } from '../../store/interaction.ts';
import { bodyList, pageQuery, problems, queryList, wholeParameter } from './field.ts';
import {
  convertExportedInteraction,
  convertInteractionReference,
  exportedInteractionSchema,
  interactionReferenceSchema,
} from './interaction-shape.ts';
import { contextOf, pageMax } from './request-context.ts';
import { bucketsSchema, convertBuckets } from './run-facet.ts';

const tags = ['Composable: interactions'];

const everyStatus = ['draft', 'published', 'archived'];

type Status = InteractionRecord['status'];

const listQuery = z.object({
  ...pageQuery,
  name: z.string().optional(),
  status: queryList,
  tags: queryList,
  prompt: z.string().optional(),
  version: wholeParameter(1_000_000_000),
});

const exportPayload = z.object({
  name: z.string().optional(),
  tags: z.array(z.string()).optional(),
  versions: z
    .array(z.union([z.int(), z.literal(['draft', 'latest'])], 'must be a number, draft or latest'))
    .optional()
    .describe('All, unless given.'),
});

const facetPayload = z.object({
  facets: z.array(z.object({ name: z.string(), field: z.enum(['tags', 'status', 'visibility']) })),
  query: z
    .object({ name: z.string().optional(), status: bodyList, tags: bodyList, prompt: z.string().optional() })
    .optional(),
});

/** Many interactions. */
export const interactionListRoutes: FastifyPluginAsyncZod = async (server) => {
  server.get(
    '/interactions',
    {
      schema: {
        tags,
        summary: 'Interactions, newest first: the drafts, unless status or version ask for others',
        querystring: listQuery,
        response: { 200: z.array(interactionReferenceSchema), ...problems },
      },
    },
    async (request) => {
      const context = contextOf(request);
      const { limit = pageMax, offset, ...query } = request.query;
      const { items } = await listInteractions(context, await convertQuery(context, query), { first: limit, offset });
      return describeInteractions(context, items);
    },
  );
  server.get(
    '/interactions/names',
    {
      schema: {
        tags,
        summary: 'What the interactions are called',
        response: { 200: z.array(z.object({ id: z.string(), name: z.string() })), ...problems },
      },
    },
    async (request) => (await listAll(contextOf(request), {})).map(({ id, name }) => ({ id, name })),
  );
  server.post(
    '/interactions/export',
    {
      schema: {
        tags,
        summary: 'Interactions and their versions with all schemas',
        body: exportPayload.nullish(),
        response: { 200: z.array(exportedInteractionSchema), ...problems },
      },
    },
    async (request) => {
      const context = contextOf(request);
      const { name, tags: wanted, versions } = request.body ?? {};
      const all = await listAll(context, { name, tags: wanted, status: ['draft', 'published'] });
      const chosen = versions === undefined ? all : chooseVersions(all, versions);
      return Promise.all(
        chosen.map(async (interaction) =>
          convertExportedInteraction(interaction, await listPromptsOfInteraction(context, interaction)),
        ),
      );
    },
  );
  server.post(
    '/interactions/facets',
    {
      schema: {
        tags,
        summary: 'Interactions counted by fields',
        body: facetPayload,
        response: { 200: bucketsSchema, ...problems },
      },
    },
    async (request) => {
      const context = contextOf(request);
      const { facets, query = {} } = request.body;
      const filter = await convertQuery(context, { ...query, status: query.status ?? everyStatus });
      return convertBuckets(await computeInteractionFacets(context, filter, facets));
    },
  );
};

/** Interactions as a list shows them. Their prompts are read together. */
export function describeInteractions(context: Context, interactions: readonly InteractionRecord[]) {
  return Promise.all(
    interactions.map(async (interaction) =>
      convertInteractionReference(interaction, await listPromptsOfInteraction(context, interaction)),
    ),
  );
}

interface InteractionQuery {
  readonly name?: string | undefined;
  readonly status?: readonly string[] | null | undefined;
  readonly tags?: readonly string[] | null | undefined;
  readonly prompt?: string | undefined;
  readonly version?: number | undefined;
}

async function convertQuery(
  context: Context,
  { prompt, version, status, ...filter }: InteractionQuery,
): Promise<InteractionFilter> {
  return {
    name: filter.name || null,
    // To these clients an empty list is no restriction.
    tags: filter.tags?.length === 0 ? null : filter.tags,
    prompt: prompt === undefined ? null : await findOwnId(context, 'prompts', prompt),
    version,
    // A status that there is not matches nothing.
    status: ((status?.length === 0 ? null : status) ?? (version === undefined ? null : ['published'])) as
      | Status[]
      | null,
  };
}

async function listAll(context: Context, filter: InteractionFilter): Promise<InteractionRecord[]> {
  const all: InteractionRecord[] = [];
  for (;;) {
    const { items, hasNextPage } = await listInteractions(context, filter, { first: pageMax, offset: all.length });
    all.push(...items);
    if (!hasNextPage) return all;
  }
}

/** Of each interaction the versions that are asked for; the latest is the one with the highest number. */
function chooseVersions(
  interactions: readonly InteractionRecord[],
  versions: readonly (number | 'draft' | 'latest')[],
): InteractionRecord[] {
  const latest = new Map<string, number>();
  for (const { draft, version } of interactions) {
    if (draft !== null) latest.set(draft, Math.max(version, latest.get(draft) ?? 0));
  }
  return interactions.filter(({ draft, version }) =>
    draft === null
      ? versions.includes('draft')
      : versions.includes(version) || (versions.includes('latest') && latest.get(draft) === version),
  );
}
