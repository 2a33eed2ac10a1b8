import type { FastifyRequest } from 'fastify';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { Context } from '../../context.ts';
import { UnauthenticatedError } from '../../errors.ts';
import type { JsonObject } from '../../json.ts';
import { readViewer } from '../../resolvers/project.ts';
import { readBaseUrl } from '../base-url.ts';
import type { RestDependencies, RestSettings } from '../dependencies.ts';
import { findAccount } from './account-shape.ts';
import { convertRole } from './api-key-shape.ts';
import { problems } from './field.ts';
import { createRequestContext, readHeader } from './request-context.ts';

const tags = ['Composable: tokens'];

const refusals = { 400: problems[400], 401: problems[401], 403: problems[403], 429: problems[429] };

/** Both exchanges of a key for a token: that of the older client, and that of the newer one. */
export const tokenRoutes: FastifyPluginAsyncZod<RestDependencies> = async (server, dependencies) => {
  const { authenticator, settings } = dependencies;
  const openContext = async (
    key: string | undefined,
    request: FastifyRequest,
    reply: Parameters<typeof createRequestContext>[3],
  ) => {
    if (key === undefined) throw new UnauthenticatedError('There is no API key; send it as token or as a Bearer');
    // A token for a token would live for ever.
    if (/^eyJ[^.]*\.[^.]*\.[^.]*$/.test(key))
      throw new UnauthenticatedError('A token is made of an API key, not of a token');
    const identity = await authenticator.authenticate({
      authorization: `Bearer ${key}`,
      project: readHeader(request, 'x-project-id'),
      address: request.ip,
    });
    await dependencies.rateLimiter.takeRequest(identity.principal.id);
    return createRequestContext(dependencies, identity, request, reply);
  };
  const issue = async (context: Context, request: FastifyRequest) => {
    readViewer(context);
    return authenticator.issueToken(context, await describeHolder(context, request, settings));
  };

  server.get(
    '/auth/token',
    {
      schema: {
        tags,
        summary: 'Exchange a key for a token',
        security: [{ key: [] }, {}],
        querystring: z.object({ token: z.string().optional().describe('The key; or send it as a Bearer.') }),
        response: { 200: z.object({ token: z.string() }), ...refusals },
      },
    },
    async (request, reply) => {
      const context = await openContext(request.query.token ?? readBearer(request), request, reply);
      const { token } = await issue(context, request);
      return { token };
    },
  );

  server.post(
    '/token/issue',
    {
      schema: {
        tags,
        summary: 'Exchange a key for a token',
        security: [{ key: [] }, {}],
        body: z
          .object({ type: z.literal('apikey').optional(), key: z.string().optional() })
          .nullish()
          .describe('The key; or send it as a Bearer, and no body.'),
        response: {
          200: z.object({
            token: z.string(),
            token_type: z.literal('Bearer'),
            expires_in: z.int().describe('Seconds.'),
          }),
          ...refusals,
        },
      },
    },
    async (request, reply) => {
      const context = await openContext(request.body?.key ?? readBearer(request), request, reply);
      const { token, expiresAt } = await issue(context, request);
      const lifetimeMs = expiresAt.getTime() - Date.now();
      return { token, token_type: 'Bearer' as const, expires_in: Math.round(lifetimeMs / 1000) };
    },
  );
};

/** The older client sends the word "undefined" as its credential: that is none. */
function readBearer({ headers }: FastifyRequest): string | undefined {
  return /^Bearer +(\S+) *$/i.exec(headers.authorization ?? '')?.[1];
}

/** What clients read of their token. */
async function describeHolder(context: Context, request: FastifyRequest, settings: RestSettings): Promise<JsonObject> {
  const { principal, project } = context;
  const account = await findAccount(context);
  const url = readBaseUrl(request, settings);
  const roles = [convertRole(principal.role)];
  return {
    iss: url,
    name: principal.name,
    type: principal.type,
    account: { ...account },
    account_roles: roles,
    accounts: [{ ...account }],
    project: { id: project.id, name: project.name, account: project.account },
    project_roles: roles,
    apps: [],
    endpoints: { studio: url, store: url, token: url },
  };
}
