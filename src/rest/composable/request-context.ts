import type { FastifyReply, FastifyRequest } from 'fastify';
import { type Context, createContext } from '../../context.ts';
import type { RestDependencies } from '../dependencies.ts';
import { createLeavingSignal } from '../leaving-signal.ts';
import { readHops } from '../read-hops.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Whether the credential may stand in the address: browsers' event sources cannot send headers. */
    readonly takesAccessToken?: boolean;
  }
}

/** The most that one page may have; these clients count what they have seen, and know no cursor. */
export const pageMax = 1_000;

const contexts = new WeakMap<FastifyRequest, Context>();

/** Authenticates a request before its body is read, and makes what it is served with. */
export function createContextHook(dependencies: RestDependencies) {
  return async (request: FastifyRequest, reply: FastifyReply): Promise<void> => {
    const authorization = readCredential(request);
    const project = readHeader(request, 'x-project-id');
    const identity = await dependencies.authenticator.authenticate({ authorization, project, address: request.ip });
    await dependencies.rateLimiter.takeRequest(identity.principal.id);
    contexts.set(request, createRequestContext(dependencies, identity, request, reply));
  };
}

export function createRequestContext(
  dependencies: RestDependencies,
  identity: Parameters<typeof createContext>[1],
  request: FastifyRequest,
  reply: FastifyReply,
): Context {
  const signal = createLeavingSignal(reply);
  return createContext({ ...dependencies, pageMax }, identity, {
    clientIp: request.ip,
    signal,
    hops: readHops(request),
  });
}

/** What the request is served with. */
export function contextOf(request: FastifyRequest): Context {
  const context = contexts.get(request);
  if (context === undefined) throw new Error(`${request.method} ${request.routeOptions.url} has no context hook`);
  return context;
}

/** A header that is given once. */
export function readHeader({ headers }: FastifyRequest, name: string): string | undefined {
  const value = headers[name];
  return Array.isArray(value) ? value[0] : value;
}

/** From this version of their API on, clients expect results as lists of typed parts, and some references as objects. */
const typedResultsVersion = 20_250_925;

/** Whether a client asks for the newer shapes. */
export function isNewerClient(request: FastifyRequest): boolean {
  return Number(readHeader(request, 'x-api-version') ?? 0) >= typedResultsVersion;
}

function readCredential(request: FastifyRequest): string | undefined {
  const { authorization } = request.headers;
  if (authorization !== undefined || request.routeOptions.config.takesAccessToken !== true) return authorization;
  const { access_token: token } = request.query as { readonly access_token?: unknown }; // What Fastify made of the URL.
  return typeof token === 'string' ? `Bearer ${token}` : undefined;
}
