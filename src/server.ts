import cors from '@fastify/cors';
import helmet from '@fastify/helmet';
import Fastify, { type FastifyBaseLogger, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { createYoga, type GraphQLParams, type Plugin } from 'graphql-yoga';
import { authorize } from './auth/permission.ts';
import type { Authenticator, Identity } from './authentication.ts';
import type { Config } from './config.ts';
import { type Context, createContext } from './context.ts';
import type { Engine } from './engine/engine.ts';
import type { RunFeed } from './engine/run-feed.ts';
import { GatewayError } from './errors.ts';
import { type EventStreams, isEventStream, readBody, readHead } from './event-stream/event-stream.ts';
import { createResultStreams } from './event-stream/result-stream.ts';
import { createSingleConnection } from './event-stream/single-connection.ts';
import type { Subscriptions } from './event-stream/subscription.ts';
import type { TextExtractor } from './extraction/text-extractor.ts';
import { type GraphiqlPage, isForBrowser } from './graphiql.ts';
import type { Metrics } from './metrics.ts';
import { monitoringRoutes } from './monitoring.ts';
import type { Outbound } from './providers/outbound.ts';
import type { RateLimiter } from './rate-limit.ts';
import type { RestSettings } from './rest/dependencies.ts';
import { createLeavingSignal } from './rest/leaving-signal.ts';
import { restRoutes, sendFrameworkError } from './rest/rest.ts';
import { maskGraphqlError } from './schema/errors.ts';
import { createSchema } from './schema/index.ts';
import type { PersistedOperations } from './schema/persisted-operations.ts';
import { type ProtectionOptions, protect } from './schema/protection.ts';
import { traceFields } from './schema/trace-fields.ts';
import { describeProblem, sendError } from './server-error.ts';
import type { Store } from './store/store.ts';
import { traceRequests } from './trace-requests.ts';
import { withGraphqlForm } from './upload/graphql-form.ts';
import { isForm } from './upload/receive-form.ts';

export interface ServerDependencies {
  readonly store: Store;
  readonly engine: Engine;
  readonly runFeed: RunFeed;
  readonly extractor: TextExtractor;
  readonly outbound: Outbound;
  readonly authenticator: Authenticator;
  readonly rateLimiter: RateLimiter;
  /** Null where it is not served. */
  readonly graphiql: GraphiqlPage | null;
  readonly persistedOperations: PersistedOperations | null;
  readonly metrics: Metrics;
  readonly logger: FastifyBaseLogger;
  readonly settings: ServerSettings;
  readonly subscriptions: Subscriptions;
  readonly streams: EventStreams;
}

export type ServerSettings = Pick<
  Config,
  'bodyMaxBytes' | 'pageMax' | 'trustProxy' | 'corsOrigins' | 'metricsToken' | 'uploads' | 'tracing'
> &
  ProtectionOptions &
  RestSettings;

const graphqlPath = '/graphql';

/** How long answers may still be read once the server closes. */
const lastAnswersMs = 2_000;

/** What a request brings to Yoga. */
interface YogaRequest {
  readonly identity: Identity;
  readonly clientIp: string;
  readonly signal: AbortSignal;
  /** What a form has brought; undefined: Yoga reads the body. */
  readonly parameters?: GraphQLParams;
}

/** Gives Yoga the operations of a form, whose body is read by then. It stands before the plugin that refuses what Yoga cannot read. */
const takeForm: Plugin<object, YogaRequest> = {
  onRequestParse({ serverContext: { parameters }, setRequestParser }) {
    if (parameters !== undefined) setRequestParser(() => parameters);
  },
};

/**
 * The HTTP server: GraphQL at `/graphql` (queries and mutations as JSON, subscriptions as server-sent events, GraphiQL for
 * browsers), single-connection event streams at `/graphql/stream`, `/healthz` and `/readyz`. It does no I/O until it is asked to listen.
 */
export function createServer(dependencies: ServerDependencies): FastifyInstance {
  const { authenticator, rateLimiter, graphiql, logger, settings, subscriptions, streams } = dependencies;
  const server = Fastify({
    loggerInstance: logger.child({}, { serializers: { req: describeRequest } }),
    bodyLimit: settings.bodyMaxBytes,
    trustProxy: settings.trustProxy,
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: 500 },
    frameworkErrors: (error, request, reply) => {
      if (!sendFrameworkError(error, request, reply)) sendError(error, request, reply);
    },
    // Idle connections must not hold the shutdown; busy ones may finish.
    forceCloseConnections: 'idle',
  });
  const isTraced = settings.tracing !== null;
  if (isTraced) traceRequests(server);
  // Credentials are only ever taken from a header, never a cookie: any origin may be answered.
  const origin = settings.corsOrigins === '*' ? '*' : [...settings.corsOrigins];
  server.register(cors, {
    origin,
    methods: ['GET', 'POST', 'PUT', 'DELETE', 'OPTIONS'],
    maxAge: 86_400,
    // Who asks without being a browser is answered all the same.
    strictPreflight: false,
    exposedHeaders: ['Retry-After'],
  });
  server.register(helmet, {
    contentSecurityPolicy: false,
    crossOriginResourcePolicy: false,
    // It is not for plain HTTP. Who ends TLS before the gateway knows which hosts it holds for.
    strictTransportSecurity: false,
  });
  server.addHook('onRequest', async ({ headers: { 'content-encoding': encoding } }) => {
    if (!encoding || encoding.toLowerCase() === 'identity') return;
    const message = `The content encoding must be identity, not ${encoding}: send the body as it is`;
    throw new GatewayError(message, { code: 'BAD_REQUEST', status: 415 });
  });

  server.setErrorHandler(sendError);
  server.setNotFoundHandler((request, reply) => {
    const message = `There is nothing at ${request.method} ${request.url.split('?', 1)[0]}; GraphQL is at ${graphqlPath}`;
    return reply.status(404).send(describeProblem(new GatewayError(message, { code: 'NOT_FOUND', status: 404 })));
  });

  server.register(monitoringRoutes, dependencies);

  server.register(restRoutes, dependencies);

  const logUnexpected = (error: unknown) => logger.error({ err: error }, 'A field failed for a reason of our own');
  const maskError = (error: unknown) => maskGraphqlError(error, logUnexpected);
  const resultStreams = createResultStreams();
  const { plugins, ...protection } = protect(settings, dependencies.persistedOperations);
  const yoga = createYoga<YogaRequest, Context>({
    schema: isTraced ? traceFields(createSchema()) : createSchema(),
    graphqlEndpoint: graphqlPath,
    // Yoga adds what Fastify knows to what this returns.
    context: ({ identity, clientIp, signal }) =>
      createContext({ ...dependencies, pageMax: settings.pageMax }, identity, { clientIp, signal }),
    graphiql: false,
    landingPage: false,
    cors: false,
    batching: false,
    multipart: false,
    healthCheckEndpoint: '/healthz',
    // What is masked is logged where it is masked.
    logging: false,
    ...protection,
    plugins: [takeForm, subscriptions.plugin, resultStreams.plugin, ...plugins],
    maskedErrors: { maskError },
  });

  const identities = new WeakMap<FastifyRequest, Identity>();
  const admit = async ({ headers, ip }: FastifyRequest) => {
    const { authorization, 'x-project-id': project } = headers;
    const credential = { authorization, project: Array.isArray(project) ? project[0] : project };
    const identity = await authenticator.authenticate({ ...credential, address: ip });
    await rateLimiter.takeRequest(identity.principal.id);
    return identity;
  };
  const answer = async (request: FastifyRequest, reply: FastifyReply, asker: YogaRequest) => {
    const response = await yoga.handleNodeRequestAndResponse(request, reply, asker);
    if (!isEventStream(response)) return response;
    const body = resultStreams.take(response) ?? readBody(response);
    await streams.send(reply, readHead(response), body, asker.identity.principal.id);
    return reply;
  };
  // A scope of its own: forms are for these routes only.
  server.register(async (scope) => {
    scope.addContentTypeParser('multipart/form-data', (_request, _body, done) => done(null));
    scope.route({
      url: graphqlPath,
      method: ['GET', 'POST'],
      // Before a byte of the body is read.
      onRequest: async (request) => {
        if (isForBrowser(request)) return;
        const identity = await admit(request);
        if (isForm(request.headers['content-type'])) authorize(identity.principal, 'uploadFiles');
        identities.set(request, identity);
      },
      handler: async (request, reply) => {
        const identity = identities.get(request);
        if (identity === undefined) return sendGraphiql(graphiql, request, reply);
        const asker = { identity, clientIp: request.ip, signal: createLeavingSignal(reply) };
        if (!isForm(request.headers['content-type'])) return answer(request, reply, asker);
        const { files } = dependencies.store.forProject(identity.project.id);
        const options = { files, limits: settings.uploads, fieldMaxBytes: settings.bodyMaxBytes, signal: asker.signal };
        return withGraphqlForm(request.raw, options, (parameters) => answer(request, reply, { ...asker, parameters }));
      },
    });
  });
  server.route({
    url: graphqlPath,
    method: ['PUT', 'PATCH', 'DELETE'],
    handler: ({ method }, reply) => {
      reply.header('allow', 'GET, POST');
      throw new GatewayError(`${method} has no meaning here; send GET or POST`, { code: 'BAD_REQUEST', status: 405 });
    },
  });

  const singleConnection = createSingleConnection({
    streams,
    async perform(params, { request, identity, signal }) {
      try {
        const headers = Object.entries(request.headers).map(([name, value]): [string, string] => [name, String(value)]);
        const about = new yoga.fetchAPI.Request(`http://localhost${graphqlPath}`, { method: request.method, headers });
        const asker = { identity, clientIp: request.ip, signal };
        return (await yoga.getResultForParams({ params, request: about }, asker)) ?? {};
      } catch (error) {
        return { errors: [maskError(error)] };
      }
    },
  });
  server.route({
    url: `${graphqlPath}/stream`,
    method: ['GET', 'POST', 'PUT', 'DELETE'],
    onRequest: async (request) => {
      identities.set(request, await admit(request));
    },
    handler: (request, reply) => {
      const identity = identities.get(request);
      if (identity === undefined) throw new Error('A request was not authenticated');
      return singleConnection.handle(request, reply, identity);
    },
  });
  server.addHook('preClose', () => singleConnection.close());
  return server;
}

/** Lets answers in progress end; who does not read them to the end is cut off. */
export async function closeServer(server: FastifyInstance): Promise<void> {
  const cut = setTimeout(() => server.server.closeAllConnections(), lastAnswersMs);
  // Those of streams are idle only once their last event is read.
  const sweep = setInterval(() => server.server.closeIdleConnections(), 50);
  await server.close();
  clearInterval(sweep);
  clearTimeout(cut);
}

/** What the log has of a request: no header and no query, where credentials may be. */
function describeRequest({ method, url, ip }: FastifyRequest): object {
  return { method, path: url.split('?', 1)[0], remoteAddress: ip };
}

async function sendGraphiql(
  graphiql: GraphiqlPage | null,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  if (graphiql === null) {
    const message = `GraphiQL is switched off here; send your operations to ${graphqlPath} with POST`;
    throw new GatewayError(message, { code: 'NOT_FOUND', status: 404 });
  }
  const page = await graphiql.render(request.headers['accept-encoding'] ?? '');
  reply
    .header('content-type', 'text/html; charset=utf-8')
    .header('cache-control', 'no-cache')
    .header('vary', 'accept, accept-encoding')
    .header('etag', page.etag)
    .header('content-security-policy', page.contentSecurityPolicy)
    .header('referrer-policy', 'no-referrer');
  if (request.headers['if-none-match'] === page.etag) return reply.status(304).send();
  if (page.encoding !== undefined) reply.header('content-encoding', page.encoding);
  return reply.send(page.bytes);
}
