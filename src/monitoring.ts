import { createHash, timingSafeEqual } from 'node:crypto';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Engine } from './engine/engine.ts';
import { GatewayError, UnauthenticatedError } from './errors.ts';
import type { Metrics } from './metrics.ts';
import type { Store } from './store/store.ts';

export interface MonitoringOptions {
  readonly store: Store;
  readonly engine: Engine;
  readonly metrics: Metrics;
  readonly settings: { readonly metricsToken: string | null };
}

/** What operators watch: `/healthz` (the process lives), `/readyz` (it can serve), `/metrics` (Prometheus). */
export async function monitoringRoutes(
  server: FastifyInstance,
  { store, engine, metrics, settings }: MonitoringOptions,
): Promise<void> {
  server.get('/healthz', { logLevel: 'warn' }, () => ({ status: 'ok' }));

  server.get('/readyz', { logLevel: 'warn' }, async (_request, reply) => {
    try {
      engine.checkAccepting();
      await store.ping();
      return { status: 'ok' };
    } catch (error) {
      if (!(error instanceof GatewayError)) throw error;
      return reply.status(503).send({ status: 'unavailable', message: error.message });
    }
  });

  server.get('/metrics', { logLevel: 'warn' }, async (request, reply) => {
    checkMetricsReader(request, settings.metricsToken);
    return reply.header('content-type', metrics.contentType).send(await metrics.render());
  });
}

/** Metrics name models and amounts, which are nobody's business but the operator's. */
function checkMetricsReader({ headers, socket }: FastifyRequest, token: string | null): void {
  if (token === null) {
    const isForwarded = 'x-forwarded-for' in headers || 'forwarded' in headers;
    const isLocal = /^(::ffff:)?127\.|^::1$/.test(socket.remoteAddress ?? '');
    if (isLocal && !isForwarded) return;
    throw new UnauthenticatedError('Metrics are for the same machine only, unless METRICS_TOKEN is set');
  }
  const given = /^bearer +(\S+)$/i.exec(headers.authorization ?? '')?.[1];
  if (given !== undefined && timingSafeEqual(digest(given), digest(token))) return;
  throw new UnauthenticatedError('Metrics take the METRICS_TOKEN as a bearer token');
}

/** Of equal length for all, as the comparison needs it. */
function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
