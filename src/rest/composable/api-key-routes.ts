import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { ConflictError, NotFoundError, ValidationError } from '../../errors.ts';
import {
  createApiKey,
  deleteApiKey,
  findApiKey,
  listApiKeys,
  revokeApiKey,
  updateApiKey,
} from '../../resolvers/api-key.ts';
import { apiKeySchema, convertApiKey, convertToRole, roleSchema } from './api-key-shape.ts';
import { dateTime, idParams, problems, removed } from './field.ts';
import { contextOf, isNewerClient } from './request-context.ts';

const tags = ['Composable: API keys'];

const withValue = apiKeySchema.extend({ value: z.string().describe('Shown this once.') });

const changes = z.object({
  name: z.string().optional(),
  role: roleSchema.optional(),
  enabled: z.boolean().optional(),
  expires_at: dateTime.nullish(),
});

const usualTtlSeconds = 3_600;

/** The keys of the project. */
export const apiKeyRoutes: FastifyPluginAsyncZod = async (server) => {
  server.get(
    '/apikeys',
    {
      schema: {
        tags,
        summary: 'The keys, without their values',
        response: { 200: z.array(apiKeySchema), ...problems },
      },
    },
    async (request) => {
      const context = contextOf(request);
      const isNewer = isNewerClient(request);
      return (await listApiKeys(context)).map((key) => convertApiKey(key, context.project, isNewer));
    },
  );
  server.post(
    '/apikeys',
    {
      schema: {
        tags,
        summary: 'Make a key',
        body: z.object({
          name: z.string(),
          type: z.enum(['sk', 'pk']).optional(),
          role: roleSchema.optional(),
          expires_at: dateTime.nullish(),
          value: z.string().optional().describe("A key of the caller's own, at least 20 characters."),
        }),
        response: { 200: withValue, ...problems },
      },
    },
    async (request) => {
      const context = contextOf(request);
      const { name, type, role, expires_at: expiresAt, value } = request.body;
      const { apiKey, secret } = await createApiKey(context, {
        name,
        kind: type === 'pk' ? 'public' : 'secret',
        role: convertToRole(role ?? 'executor'),
        expiresAt: expiresAt == null ? null : new Date(expiresAt),
        value,
      });
      return { ...convertApiKey(apiKey, context.project, isNewerClient(request)), value: secret };
    },
  );
  server.get(
    '/apikeys/pk',
    {
      schema: {
        tags,
        summary: "Make a browser's key that lives a while",
        querystring: z.object({
          name: z.string().optional(),
          projectId: z.string().optional().describe("Only the request's own project; x-project-id chooses it."),
          ttl: z.coerce.number().int().min(1).max(31_536_000).optional().describe('Seconds; an hour unless given.'),
        }),
        response: { 200: z.string().describe('The key.'), ...problems },
      },
    },
    async (request, reply) => {
      const context = contextOf(request);
      const { name, projectId, ttl = usualTtlSeconds } = request.query;
      if (projectId !== undefined && projectId !== context.project.id) {
        const message = `must be the project of the request, ${context.project.id}; x-project-id chooses another`;
        throw new ValidationError([{ path: '/querystring/projectId', message }]);
      }
      const { secret } = await createApiKey(context, {
        name: name ?? 'Browser',
        kind: 'public',
        role: 'executor',
        expiresAt: new Date(Date.now() + ttl * 1000),
      });
      // Fastify sends texts as they are; this is one in JSON.
      return reply.type('application/json').send(JSON.stringify(secret));
    },
  );
  server.get(
    '/apikeys/:id',
    {
      schema: {
        tags,
        summary: 'A key, without its value',
        params: idParams,
        querystring: z.object({ withValue: z.enum(['true', 'false']).optional() }),
        response: { 200: apiKeySchema, ...problems },
      },
    },
    async (request) => {
      const context = contextOf(request);
      const { id } = request.params;
      const key = await findApiKey(context, id);
      if (key === null) throw new NotFoundError(`There is no API key ${id}`);
      if (request.query.withValue === 'true') {
        throw new ConflictError('The value of a key is kept as a hash only, and shown once, when the key is made');
      }
      return convertApiKey(key, context.project, isNewerClient(request));
    },
  );
  server.put(
    '/apikeys/:id',
    {
      schema: {
        tags,
        summary: 'Change a key, or end it for good with enabled: false',
        params: idParams,
        body: changes,
        response: { 200: apiKeySchema, ...problems },
      },
    },
    async (request) => {
      const context = contextOf(request);
      const { id } = request.params;
      const { name, role, enabled, expires_at: expiresAt } = request.body;
      let key = await updateApiKey(context, id, {
        name,
        role: role === undefined ? undefined : convertToRole(role),
        expiresAt: expiresAt == null ? expiresAt : new Date(expiresAt),
      });
      if (enabled === true && key.revokedAt !== null) {
        throw new ConflictError('A key that was disabled stays so; make a new one');
      }
      if (enabled === false) key = await revokeApiKey(context, id);
      return convertApiKey(key, context.project, isNewerClient(request));
    },
  );
  server.delete(
    '/apikeys/:id',
    { schema: { tags, summary: 'Remove a key', params: idParams, response: { 200: removed, ...problems } } },
    (request) => deleteApiKey(contextOf(request), request.params.id),
  );
};
