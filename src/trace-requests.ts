import { type Context, context, propagation, ROOT_CONTEXT, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import type { FastifyInstance, FastifyRequest } from 'fastify';

/** What asks often, and nobody wants to read of. */
const unwatched = new Set(['/healthz', '/readyz', '/metrics']);

/**
 * Makes a span of each request by the semantic conventions of HTTP, beneath the one that `traceparent` names. What is done for the request
 * lies beneath it. There is no query in it, where credentials may be.
 */
export function traceRequests(server: FastifyInstance): void {
  const contexts = new WeakMap<FastifyRequest, Context>();
  server.addHook('onRequest', (request, reply, done) => {
    const { method, url, protocol, headers, routeOptions } = request;
    const path = url.split('?', 1)[0] ?? '';
    if (unwatched.has(path)) return done();
    const route = routeOptions.url;
    const span = trace.getTracer('trivium').startSpan(
      route === undefined ? method : `${method} ${route}`,
      {
        kind: SpanKind.SERVER,
        attributes: {
          'http.request.method': method,
          'url.path': path,
          'url.scheme': protocol,
          ...(route !== undefined && { 'http.route': route }),
        },
      },
      propagation.extract(ROOT_CONTEXT, headers),
    );
    // Also where the client leaves before the end.
    reply.raw.once('close', () => {
      const { statusCode } = reply.raw;
      span.setAttribute('http.response.status_code', statusCode);
      if (statusCode >= 500) {
        span.setAttribute('error.type', String(statusCode));
        span.setStatus({ code: SpanStatusCode.ERROR });
      }
      span.end();
    });
    const traced = trace.setSpan(context.active(), span);
    contexts.set(request, traced);
    context.with(traced, done);
  });
  // Reading a body ends in the socket's context, not the request's.
  server.addHook('preValidation', (request, _reply, done) => {
    context.with(contexts.get(request) ?? context.active(), done);
  });
}
