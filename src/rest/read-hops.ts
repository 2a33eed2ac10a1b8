import type { FastifyRequest } from 'fastify';
import { hopsHeader } from '../providers/remote.ts';

/** Through how many gateways a request says that it came; what is no number is none. */
export function readHops({ headers }: FastifyRequest): number {
  const value = headers[hopsHeader];
  return typeof value === 'string' && /^\d{1,4}$/.test(value) ? Number(value) : 0;
}
