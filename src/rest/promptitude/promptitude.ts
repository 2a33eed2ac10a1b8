import type { FastifyInstance } from 'fastify';
import { acceptJson } from '../accept-json.ts';
import type { RestDependencies } from '../dependencies.ts';
import { contentRoutes } from './content-routes.ts';
import { createRefusal, sendError } from './error.ts';
import { generateRoutes } from './generate-routes.ts';
import { createBodyHook, createHeaderHook } from './request-context.ts';

export const promptitudePrefix = '/v1';

/** The API of Promptitude, as its documentation has it. */
export async function promptitudeRoutes(server: FastifyInstance, dependencies: RestDependencies): Promise<void> {
  acceptJson(server);
  // Forms are read from the socket, by the routes that take them.
  server.addContentTypeParser('multipart/form-data', (_request, _body, done) => done(null, undefined));
  server.setErrorHandler(sendError);
  await server.register(
    async (api) => {
      api.addHook('onRequest', createHeaderHook(dependencies));
      api.addHook('preValidation', createBodyHook(dependencies));
      api.setNotFoundHandler((request, reply) => {
        const message = `There is nothing at ${request.method} ${request.url.split('?', 1)[0]}`;
        return reply.status(404).send(createRefusal(404, message));
      });
      for (const routes of [generateRoutes, contentRoutes]) await api.register(routes, dependencies);
    },
    { prefix: promptitudePrefix },
  );
}
