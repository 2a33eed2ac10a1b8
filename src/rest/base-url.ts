import type { FastifyRequest } from 'fastify';
import type { RestSettings } from './dependencies.ts';

/** Where callers reach this server, without a slash at the end: as configured, or as this one did. */
export function readBaseUrl({ protocol, host }: FastifyRequest, { publicUrl }: RestSettings): string {
  return publicUrl ?? `${protocol}://${host}`;
}
