import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { Context } from '../../context.ts';
import { ValidationError } from '../../errors.ts';
import { orNotFound } from '../../resolvers/input.ts';
import {
  createInteraction,
  deleteInteraction,
  findInteraction,
  listPromptsOfInteraction,
  updateInteraction,
} from '../../resolvers/interaction.ts';
import { forkInteraction, listForks, listVersions, publishInteraction } from '../../resolvers/interaction-version.ts';
import { findOwnId } from '../../resolvers/own-id.ts';
import type { InteractionRecord } from '../../store/interaction.ts';
import { idParams, problems, removed } from './field.ts';
import { describeInteractions } from './interaction-list-routes.ts';
import {
  convertInteraction,
  convertInteractionPayload,
  interactionChanges,
  interactionPayload,
  interactionReferenceSchema,
  interactionSchema,
  visibilitySchema,
} from './interaction-shape.ts';
import { contextOf, pageMax, readHeader } from './request-context.ts';

const tags = ['Composable: interactions'];

const publishPayload = z.object({ visibility: visibilitySchema.optional(), tags: z.array(z.string()).optional() });

const forkPayload = z.object({
  name: z.string().optional(),
  keepTags: z.boolean().optional(),
  forkPrompts: z.boolean().optional().describe('Changes nothing: a fork always has prompts of its own.'),
  targetProject: z.string().optional().describe("Only the request's own project."),
});

/** One interaction. */
export const interactionRoutes: FastifyPluginAsyncZod = async (server) => {
  const answer = { 200: interactionSchema, ...problems };

  server.post(
    '/interactions',
    { schema: { tags, summary: 'Make an interaction', body: interactionPayload, response: answer } },
    async (request) => {
      const context = contextOf(request);
      const input = await convertInteractionPayload(context, request.body);
      return convertInteraction(await createInteraction(context, input), null);
    },
  );
  server.get(
    '/interactions/:id',
    { schema: { tags, summary: 'An interaction with its prompts', params: idParams, response: answer } },
    async (request) => {
      const context = contextOf(request);
      const interaction = await requireInteraction(
        context,
        request.params.id,
        readHeader(request, 'x-interaction-tag'),
      );
      return convertInteraction(interaction, await listPromptsOfInteraction(context, interaction));
    },
  );
  server.put(
    '/interactions/:id',
    {
      schema: {
        tags,
        summary: 'Change what is given of a draft; null clears',
        params: idParams,
        body: interactionChanges,
        response: answer,
      },
    },
    async (request) => {
      const context = contextOf(request);
      const id = await findOwnId(context, 'interactions', request.params.id);
      const input = await convertInteractionPayload(context, request.body);
      return convertInteraction(await updateInteraction(context, id, input), null);
    },
  );
  server.delete(
    '/interactions/:id',
    {
      schema: {
        tags,
        summary: 'Remove a draft with its versions, or one version; runs stay',
        params: idParams,
        response: { 200: removed, ...problems },
      },
    },
    async (request) => {
      const context = contextOf(request);
      return deleteInteraction(context, await findOwnId(context, 'interactions', request.params.id));
    },
  );
  server.post(
    '/interactions/:id/publish',
    {
      schema: {
        tags,
        summary: 'Make a version of the draft as it is now',
        params: idParams,
        body: publishPayload.nullish(),
        response: answer,
      },
    },
    async (request) => {
      const context = contextOf(request);
      const id = await findOwnId(context, 'interactions', request.params.id);
      return convertInteraction(await publishInteraction(context, id, request.body ?? {}), null);
    },
  );
  server.post(
    '/interactions/:id/fork',
    {
      schema: {
        tags,
        summary: 'Make a draft that begins as a copy, with prompts of its own',
        params: idParams,
        body: forkPayload.nullish(),
        response: answer,
      },
    },
    async (request) => {
      const context = contextOf(request);
      const { name, keepTags, targetProject } = request.body ?? {};
      if (targetProject !== undefined && targetProject !== context.project.id) {
        const message = `must be the project of the request, ${context.project.id}; forks stay in their project`;
        throw new ValidationError([{ path: '/targetProject', message }]);
      }
      const id = await findOwnId(context, 'interactions', request.params.id);
      return convertInteraction(await forkInteraction(context, id, { name, keepTags }), null);
    },
  );

  const list = { 200: z.array(interactionReferenceSchema), ...problems };
  server.get(
    '/interactions/:id/versions',
    { schema: { tags, summary: 'The published versions, newest first', params: idParams, response: list } },
    async (request) => {
      const context = contextOf(request);
      const interaction = await requireInteraction(context, request.params.id);
      const { items } = await listVersions(context, interaction, { first: pageMax });
      return describeInteractions(context, items);
    },
  );
  server.get(
    '/interactions/:id/forks',
    { schema: { tags, summary: 'The drafts that began as copies, newest first', params: idParams, response: list } },
    async (request) => {
      const context = contextOf(request);
      const interaction = await requireInteraction(context, request.params.id);
      const { items } = await listForks(context, interaction, { first: pageMax });
      return describeInteractions(context, items);
    },
  );
};

/** The interaction that an id means, and a tag where there is one. */
async function requireInteraction(context: Context, reference: string, tag?: string): Promise<InteractionRecord> {
  const id = await findOwnId(context, 'interactions', reference);
  const found = await findInteraction(context, { id, specifier: null, tag, idName: 'id' });
  return orNotFound(found, 'interaction', tag === undefined ? reference : `${reference}@${tag}`);
}
