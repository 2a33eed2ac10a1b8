import type { FastifyReply, FastifyRequest } from 'fastify';
import { isAllowed, type Operation } from '../../auth/permission.ts';
import { type Context, createContext } from '../../context.ts';
import { ForbiddenError, UnauthenticatedError } from '../../errors.ts';
import { locateDeployment } from '../../resolvers/deployment.ts';
import type { DeploymentRecord } from '../../store/deployment.ts';
import type { RestDependencies } from '../dependencies.ts';
import { createLeavingSignal } from '../leaving-signal.ts';
import { readHops } from '../read-hops.ts';
import { refuse } from './error.ts';

/** What a request of a deployment is served with. */
export interface DeploymentContext {
  readonly context: Context;
  readonly deployment: DeploymentRecord;
}

const contexts = new WeakMap<FastifyRequest, DeploymentContext>();

/** This API has no pages. */
const pageMax = 100;

/** What a method takes. */
const operations: Readonly<Record<string, readonly Operation[]>> = {
  GET: ['readRuns'],
  POST: ['runFiles', 'uploadFiles'],
};

/** Checks a request before its body is read, in the order that its clients know, and makes what it is served with. */
export function createDeploymentHook(dependencies: RestDependencies) {
  return async (request: FastifyRequest, reply: FastifyReply): Promise<void> => {
    const needed = operations[request.method];
    if (needed === undefined) {
      reply.header('allow', 'GET, POST');
      throw refuse(405, `Method "${request.method}" not allowed.`, 'method_not_allowed');
    }
    const { authorization } = request.headers;
    if (!/^Bearer +\S+ *$/i.test(authorization ?? '')) throw refuse(403, 'Missing API key');
    const { organization, name } = request.params as { organization: string; name: string }; // The route has both.
    const located = await locateDeployment(dependencies.store, organization, name);
    if (located === null) throw refuse(404, 'API not found');
    const { project, deployment } = located;
    if (!deployment.isActive) {
      throw refuse(422, `Pipeline '${deployment.name}' is inactive, please activate the pipeline`);
    }
    const credential = { authorization, project: undefined, address: request.ip };
    const identity = await dependencies.authenticator.authenticate(credential).catch((error: unknown) => {
      throw error instanceof UnauthenticatedError || error instanceof ForbiddenError
        ? refuse(401, 'Unauthorized')
        : error;
    });
    const { principal } = identity;
    const isFor = principal.deployment === null || principal.deployment === deployment.id;
    if (principal.project !== project.id || !isFor || !needed.every((operation) => isAllowed(principal, operation))) {
      throw refuse(401, 'Unauthorized');
    }
    await dependencies.rateLimiter.takeRequest(principal.id);
    const signal = createLeavingSignal(reply);
    const context = createContext({ ...dependencies, pageMax }, identity, {
      clientIp: request.ip,
      signal,
      hops: readHops(request),
    });
    contexts.set(request, { context, deployment });
  };
}

export function contextOf(request: FastifyRequest): DeploymentContext {
  const context = contexts.get(request);
  if (context === undefined) throw new Error(`${request.method} ${request.routeOptions.url} has no hook`);
  return context;
}
