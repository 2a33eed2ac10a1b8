import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import {
  GatewayError,
  RateLimitedError,
  UnauthenticatedError,
  ValidationError,
  type ValidationIssue,
} from '../../errors.ts';
import { describeRefusal, isClientError, readSchemaIssues } from '../refusal.ts';

/** What every refusal looks like. */
export const refusalSchema = z
  .object({
    code: z.int().describe('The HTTP status.'),
    message: z.string().describe('What is wrong, and where.'),
    error: z.literal(true),
    results: z.unknown().optional().describe('The logId, where an execution failed.'),
  })
  .meta({ id: 'PromptitudeError' });

type Refusal = z.input<typeof refusalSchema>;

export function createRefusal(code: number, message: string, results?: unknown): Refusal {
  return { code, message, error: true, ...(results !== undefined && { results }) };
}

/** Answers with whatever was thrown, in the envelope of this API. */
export function sendError(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  if (error instanceof UnauthenticatedError) reply.header('www-authenticate', 'Bearer realm="trivium"');
  if (error instanceof RateLimitedError) reply.header('retry-after', Math.ceil(error.retryAfterMs / 1000));
  const refusal = convertError(error, request);
  if (refusal.code === 500) request.log.error({ err: error }, 'A request failed for a reason of our own');
  return reply.status(refusal.code).send(refusal);
}

function convertError(error: unknown, request: FastifyRequest): Refusal {
  const issues = error instanceof ValidationError ? error.issues : readSchemaIssues(error);
  if (issues !== null) return createRefusal(400, issues.map(describeIssue).join('; '));
  if (error instanceof GatewayError) return createRefusal(error.status, error.message);
  if (isClientError(error)) return createRefusal(error.statusCode, describeRefusal(error, request));
  return createRefusal(500, 'Something went wrong in the gateway');
}

/** As the clients' languages write it: `flow.inputs.name`. */
function describeIssue({ path, message }: ValidationIssue): string {
  return path === '' ? message : `${path.slice(1).replaceAll('/', '.')}: ${message}`;
}

/** The same error with the names of this API: the first pattern that matches the place of an issue is replaced. */
export function renameIssues(error: unknown, names: readonly (readonly [RegExp, string])[]): unknown {
  if (!(error instanceof ValidationError)) return error;
  const issues = error.issues.map(({ path, message }) => {
    const [pattern, name] = names.find(([before]) => before.test(path)) ?? [];
    return { path: pattern === undefined || name === undefined ? path : path.replace(pattern, () => name), message };
  });
  return new ValidationError(issues, error);
}
