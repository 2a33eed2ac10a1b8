import { STATUS_CODES } from 'node:http';
import type { FastifyInstance } from 'fastify';
import { acceptJson } from '../accept-json.ts';
import type { RestDependencies } from '../dependencies.ts';
import { accountRoutes } from './account-routes.ts';
import { apiKeyRoutes } from './api-key-routes.ts';
import { environmentRoutes } from './environment-routes.ts';
import { sendError } from './error.ts';
import { executeRoutes } from './execute-routes.ts';
import { generationRoutes } from './generation-routes.ts';
import { interactionListRoutes } from './interaction-list-routes.ts';
import { interactionRoutes } from './interaction-routes.ts';
import { promptRoutes } from './prompt-routes.ts';
import { createContextHook } from './request-context.ts';
import { runRoutes } from './run-routes.ts';
import { runSearchRoutes } from './run-search-routes.ts';
import { runStreamRoutes } from './run-stream-routes.ts';
import { tokenRoutes } from './token-routes.ts';

export const composablePrefix = '/api/v1';

/** The API of Composable, as its documentation has it and its published clients use it. */
export async function composableRoutes(server: FastifyInstance, dependencies: RestDependencies): Promise<void> {
  acceptJson(server);
  server.setErrorHandler(sendError);
  await server.register(tokenRoutes, dependencies);
  await server.register(
    async (api) => {
      api.addHook('onRequest', createContextHook(dependencies));
      // Within the prefix what is not there is answered as everything else here is.
      api.setNotFoundHandler((request, reply) => {
        const message = `There is nothing at ${request.method} ${request.url.split('?', 1)[0]}`;
        return reply.status(404).send({ error: STATUS_CODES[404], status: 404, message });
      });
      for (const routes of [
        executeRoutes,
        runRoutes,
        runSearchRoutes,
        runStreamRoutes,
        interactionListRoutes,
        interactionRoutes,
        generationRoutes,
        promptRoutes,
        environmentRoutes,
        apiKeyRoutes,
        accountRoutes,
      ]) {
        await api.register(routes, dependencies);
      }
    },
    { prefix: composablePrefix },
  );
}
