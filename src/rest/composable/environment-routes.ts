import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { Context } from '../../context.ts';
import { NotFoundError } from '../../errors.ts';
import { embedTexts } from '../../resolvers/embedding.ts';
import {
  createEnvironment,
  deleteEnvironment,
  findEnvironment,
  listEnvironments,
  listModels,
  updateEnvironment,
} from '../../resolvers/environment.ts';
import { findOwnId } from '../../resolvers/own-id.ts';
import type { EnvironmentRecord } from '../../store/environment.ts';
import { convertEmbeddings, embeddingListSchema, embeddingSchema, embeddingsPayload } from './embedding-shape.ts';
import {
  convertEnabledModels,
  convertEnvironment,
  convertEnvironmentPayload,
  environmentChanges,
  environmentConfigPayload,
  environmentPayload,
  environmentSchema,
  offeredModelSchema,
} from './environment-shape.ts';
import { problemSchema } from './error.ts';
import { idParams, problems, removed } from './field.ts';
import { contextOf } from './request-context.ts';
import { convertConfig } from './virtual-config.ts';

const tags = ['Composable: environments'];

/** Where interactions are executed. */
export const environmentRoutes: FastifyPluginAsyncZod = async (server) => {
  const answer = { 200: environmentSchema, ...problems };

  server.get(
    '/environments',
    {
      schema: {
        tags,
        summary: 'The environments, by name',
        querystring: z.object({ all: z.string().optional().describe('Changes nothing: a project sees its own.') }),
        response: { 200: z.array(environmentSchema), ...problems },
      },
    },
    async (request) => {
      const context = contextOf(request);
      return (await listEnvironments(context)).map((environment) => convertEnvironment(environment, context.project));
    },
  );
  server.post(
    '/environments',
    { schema: { tags, summary: 'Make an environment', body: environmentPayload, response: answer } },
    async (request) => {
      const context = contextOf(request);
      return convertEnvironment(
        await createEnvironment(context, convertEnvironmentPayload(request.body)),
        context.project,
      );
    },
  );
  server.get(
    '/environments/:id',
    { schema: { tags, summary: 'An environment', params: idParams, response: answer } },
    async (request) => {
      const context = contextOf(request);
      return convertEnvironment(await requireEnvironment(context, request.params.id), context.project);
    },
  );
  server.put(
    '/environments/:id',
    {
      schema: {
        tags,
        summary: 'Change what is given; another provider or endpoint clears the credentials unless they come along',
        params: idParams,
        body: environmentChanges,
        response: answer,
      },
    },
    async (request) => {
      const context = contextOf(request);
      const id = await findOwnId(context, 'environments', request.params.id);
      const changes = convertEnvironmentPayload(request.body);
      return convertEnvironment(await updateEnvironment(context, id, changes), context.project);
    },
  );
  server.delete(
    '/environments/:id',
    {
      schema: {
        tags,
        summary: 'Remove an environment that no interaction uses',
        params: idParams,
        response: { 200: removed, ...problems },
      },
    },
    async (request) => {
      const context = contextOf(request);
      return deleteEnvironment(context, await findOwnId(context, 'environments', request.params.id));
    },
  );
  server.put(
    '/environments/:id/config',
    {
      schema: {
        tags,
        summary: 'Change enabled models and settings; what is not given stays',
        params: idParams,
        body: environmentConfigPayload,
        response: answer,
      },
    },
    async (request) => {
      const context = contextOf(request);
      const current = await requireEnvironment(context, request.params.id);
      const { enabled_models: models, config } = request.body;
      const changes = {
        ...(models !== undefined && { enabledModels: convertEnabledModels(models) }),
        ...(config !== undefined && { policy: { ...current.policy, ...convertConfig(config) } }),
      };
      return convertEnvironment(await updateEnvironment(context, current.id, changes), context.project);
    },
  );
  server.get(
    '/environments/:id/models',
    {
      schema: {
        tags,
        summary: 'The models that the provider offers there',
        params: idParams,
        querystring: z.object({ text: z.string().optional().describe('What the name or id contains.') }),
        response: { 200: z.array(offeredModelSchema), ...problems },
      },
    },
    async (request) => {
      const context = contextOf(request);
      const models = await listModels(context, await requireEnvironment(context, request.params.id));
      const text = request.query.text?.toLowerCase() ?? '';
      return models
        .filter(({ id, name }) => `${id} ${name}`.toLowerCase().includes(text))
        .map(({ id, name, provider, streams, readsImages }) => ({
          id,
          name,
          provider,
          can_stream: streams,
          is_multimodal: readsImages,
        }));
    },
  );

  server.post(
    '/environments/:id/embeddings',
    {
      schema: {
        tags,
        summary: 'Vectors of texts, by a model of the environment',
        params: idParams,
        body: embeddingsPayload,
        response: { 200: z.union([embeddingSchema, embeddingListSchema]), ...problems, 502: problemSchema },
      },
    },
    async (request) => {
      const context = contextOf(request);
      const id = await findOwnId(context, 'environments', request.params.id);
      const { content, text = content, inputs, model } = request.body;
      const texts = inputs?.map((input) => input.text) ?? (text === undefined ? [] : [text]);
      return convertEmbeddings(await embedTexts(context, id, { model, texts }), inputs !== undefined);
    },
  );
};

async function requireEnvironment(context: Context, reference: string): Promise<EnvironmentRecord> {
  const environment = await findEnvironment(context, await findOwnId(context, 'environments', reference));
  if (environment === null) throw new NotFoundError(`There is no environment ${reference}`);
  return environment;
}
