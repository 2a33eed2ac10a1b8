import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { createJsonSchemaTransform, jsonSchemaTransformObject, validatorCompiler } from 'fastify-type-provider-zod';
import { composablePrefix, composableRoutes } from './composable/composable.ts';
import { sendError as sendComposableError } from './composable/error.ts';
import type { RestDependencies } from './dependencies.ts';
import { sendError as sendPromptitudeError } from './promptitude/error.ts';
import { promptitudePrefix, promptitudeRoutes } from './promptitude/promptitude.ts';
import { sendError as sendUnstractError } from './unstract/error.ts';
import { unstractPrefix, unstractRoutes } from './unstract/unstract.ts';

const description = `Routes for clients of other services, who change the host name and nothing else. What they do, GraphQL at
\`/graphql\` does too, on the same runs.`;

/** Everything that the page loads comes from here; it styles itself inline. */
const documentationPolicy =
  "default-src 'none'; connect-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; " +
  "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** The APIs that clients of other services know, `/openapi.json`, which documents them, and `/docs`, where people read it. */
export async function restRoutes(server: FastifyInstance, dependencies: RestDependencies): Promise<void> {
  // The schemas that document a route are those that validate what is sent to it.
  server.setValidatorCompiler(validatorCompiler);
  server.setSerializerCompiler(() => (answer) => JSON.stringify(answer));
  await server.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'Trivium', description, version: '1' },
      components: {
        securitySchemes: {
          key: { type: 'http', scheme: 'bearer', description: 'An API key (`sk-…`, `pk-…`), or a token made of one.' },
          accessToken: { type: 'apiKey', in: 'query', name: 'access_token', description: 'The same, for streams.' },
        },
      },
      security: [{ key: [] }],
    },
    transform: createJsonSchemaTransform({ zodToJsonConfig: { unrepresentable: 'any' } }),
    transformObject: jsonSchemaTransformObject,
  });
  await server.register(swaggerUi, {
    routePrefix: '/docs',
    staticCSP: documentationPolicy,
    theme: { title: 'Trivium: REST APIs' },
    uiConfig: { docExpansion: 'list', layout: 'BaseLayout', tryItOutEnabled: true, validatorUrl: null },
  });
  server.get('/openapi.json', { schema: { hide: true } }, () => server.swagger());
  await server.register(composableRoutes, dependencies);
  await server.register(promptitudeRoutes, dependencies);
  await server.register(unstractRoutes, dependencies);
}

/**
 * Answers for what is wrong with a request before there is a route, in the shape of the API that it is for. False: it is for
 * none of these.
 */
export function sendFrameworkError(error: unknown, request: FastifyRequest, reply: FastifyReply): boolean {
  const prefixes = [
    [`${composablePrefix}/`, sendComposableError],
    [`${promptitudePrefix}/`, sendPromptitudeError],
    [`${unstractPrefix}/`, sendUnstractError],
  ] as const;
  const [, send] = prefixes.find(([prefix]) => request.url.startsWith(prefix)) ?? [];
  send?.(error, request, reply);
  return send !== undefined;
}
