import type { FastifyReply, FastifyRequest } from 'fastify';
import { type Context, createContext } from '../../context.ts';
import { UnauthenticatedError } from '../../errors.ts';
import { isForm } from '../../upload/receive-form.ts';
import type { RestDependencies } from '../dependencies.ts';
import { createLeavingSignal } from '../leaving-signal.ts';
import { readHops } from '../read-hops.ts';

/** The most that one page may have. */
export const pageMax = 1_000;

const contexts = new WeakMap<FastifyRequest, Context>();

/** Authenticates a request by its header, before its body is read, and makes what it is served with. */
export function createHeaderHook(dependencies: RestDependencies) {
  return async (request: FastifyRequest, reply: FastifyReply): Promise<void> => {
    const { authorization, 'content-type': contentType } = request.headers;
    if (authorization !== undefined) return admit(dependencies, authorization, request, reply);
    // Only JSON may have the key in it.
    if (request.method !== 'POST' || isForm(contentType)) throw missingKey();
  };
}

/** The same for requests whose key is in the body, the deprecated way. */
export function createBodyHook(dependencies: RestDependencies) {
  return async (request: FastifyRequest, reply: FastifyReply): Promise<void> => {
    if (contexts.has(request)) return;
    const { body } = request;
    const key: unknown = typeof body === 'object' && body !== null && 'apiKey' in body ? body.apiKey : undefined;
    if (typeof key !== 'string' || key === '') throw missingKey();
    await admit(dependencies, `Bearer ${key}`, request, reply);
  };
}

async function admit(
  dependencies: RestDependencies,
  authorization: string,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<void> {
  const { 'x-project-id': wanted } = request.headers;
  const project = Array.isArray(wanted) ? wanted[0] : wanted;
  const identity = await dependencies.authenticator.authenticate({ authorization, project, address: request.ip });
  await dependencies.rateLimiter.takeRequest(identity.principal.id);
  const signal = createLeavingSignal(reply);
  contexts.set(
    request,
    createContext({ ...dependencies, pageMax }, identity, { clientIp: request.ip, signal, hops: readHops(request) }),
  );
}

function missingKey(): UnauthenticatedError {
  return new UnauthenticatedError('The API key is missing; send "Authorization: Bearer <API key>"');
}

/** What the request is served with. */
export function contextOf(request: FastifyRequest): Context {
  const context = contexts.get(request);
  if (context === undefined) throw new Error(`${request.method} ${request.routeOptions.url} has no context hook`);
  return context;
}
