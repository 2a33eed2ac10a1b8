import type { FastifyReply, FastifyRequest } from 'fastify';
import { GatewayError, RateLimitedError, UnauthenticatedError } from './errors.ts';
import { notJson } from './schema/http-refusal.ts';

/** Everything that goes wrong outside of GraphQL's own execution, in the shape of a GraphQL answer. */
export function sendError(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  if (error instanceof UnauthenticatedError) reply.header('www-authenticate', 'Bearer realm="trivium"');
  if (error instanceof RateLimitedError) reply.header('retry-after', String(Math.ceil(error.retryAfterMs / 1000)));
  if (error instanceof GatewayError) return reply.status(error.status).send(describeProblem(error));
  if (isClientError(error)) {
    const { statusCode: status } = error;
    const message = describeClientError(status, error.message, request);
    return reply.status(status).send(describeProblem(new GatewayError(message, { code: 'BAD_REQUEST', status })));
  }
  request.log.error({ err: error }, 'A request failed for a reason of our own');
  const hidden = new GatewayError('Something went wrong in the gateway', {
    code: 'INTERNAL_SERVER_ERROR',
    status: 500,
  });
  return reply.status(500).send(describeProblem(hidden));
}

export function describeProblem(error: GatewayError): object {
  const { message, code } = error;
  const wait = error instanceof RateLimitedError ? { retryAfterMs: error.retryAfterMs } : {};
  return { errors: [{ message, extensions: { code, ...wait } }] };
}

/** Fastify's words, but where it does not say what is allowed. */
function describeClientError(status: number, message: string, { routeOptions }: FastifyRequest): string {
  if (status === 415) return notJson;
  return status === 413 ? `The body is too large: at most ${routeOptions.bodyLimit} bytes are allowed` : message;
}

/** Fastify's own refusals: a body that is no JSON, too large, or of another type. */
function isClientError(error: unknown): error is Error & { statusCode: number } {
  return (
    error instanceof Error && 'statusCode' in error && typeof error.statusCode === 'number' && error.statusCode < 500
  );
}
