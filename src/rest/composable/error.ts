import { STATUS_CODES } from 'node:http';
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
export const problemSchema = z
  .object({
    error: z.string().describe('The name of the HTTP status.'),
    status: z.int(),
    message: z.string().describe('What is wrong, and where.'),
    id: z.string().optional().describe('The run, where an execution failed.'),
    details: z.unknown().optional(),
  })
  .meta({ id: 'ComposableError' });

export type Problem = z.input<typeof problemSchema>;

export function createProblem(status: number, message: string, more: Pick<Problem, 'id' | 'details'> = {}): Problem {
  return { error: STATUS_CODES[status] ?? 'Error', status, message, ...more };
}

/** Answers with whatever was thrown, in the shape of this API. */
export function sendError(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  if (error instanceof UnauthenticatedError) reply.header('www-authenticate', 'Bearer realm="trivium"');
  if (error instanceof RateLimitedError) reply.header('retry-after', Math.ceil(error.retryAfterMs / 1000));
  const problem = convertError(error, request);
  if (problem.status === 500) request.log.error({ err: error }, 'A request failed for a reason of our own');
  return reply.status(problem.status).send(problem);
}

function convertError(error: unknown, request: FastifyRequest): Problem {
  if (error instanceof ValidationError) return describeIssues(error.issues.map(renameIssue));
  if (error instanceof GatewayError) return createProblem(error.status, error.message);
  const issues = readSchemaIssues(error);
  if (issues !== null) return describeIssues(issues);
  if (isClientError(error)) return createProblem(error.statusCode, describeRefusal(error, request));
  return createProblem(500, 'Something went wrong in the gateway');
}

function describeIssues(issues: readonly ValidationIssue[]): Problem {
  const lines = issues.map(({ path, message }) => `${path === '' ? 'the body' : formatPath(path)}: ${message}`);
  return createProblem(400, lines.join('; '), { details: issues });
}

/** As the clients' languages write it: `config.temperature`. */
const formatPath = (pointer: string) => pointer.slice(1).replaceAll('/', '.');

/** Our names of fields, and those of this API. What callers name themselves stands behind these, and stays. */
const fieldNames: readonly (readonly [RegExp, string])[] = [
  [/^\/config\/environmentId/, '/config/environment'],
  [/^\/config\/maxTokens/, '/config/max_tokens'],
  [/^\/config\/topP/, '/config/top_p'],
  [/^\/config\/validate/, '/config/do_validate'],
  [/^\/resultSchema/, '/result_schema'],
  [/^\/testData/, '/test_data'],
  [/^\/(interactionId|specifier)/, '/interaction'],
  [/^\/promptIds\/(\d+)/, '/prompts/$1/template'],
  [/^\/environmentId/, '/environment'],
  [/^\/texts/, '/inputs'],
  [/^\/externalId/, '/external_id'],
  [/^\/contentType/, '/content_type'],
  [/^\/maxTokens/, '/max_tokens'],
  [/^\/ttlSeconds/, '/cache_policy/ttl'],
  [/^\/endpoint/, '/endpoint_url'],
  [/^\/credentials/, '/apiKey'],
  [/^\/defaultModel/, '/default_model'],
  [/^\/enabledModels/, '/enabled_models'],
  [/^\/policy\/members/, '/config/entries'],
  [/^\/policy/, '/config'],
  [/^\/expiresAt/, '/expires_at'],
  [/^\/parentId/, '/parent'],
  [/^\/idempotencyKey/, '/idempotency-key'],
];

function renameIssue({ path, message }: ValidationIssue): ValidationIssue {
  const [pattern, name] = fieldNames.find(([before]) => before.test(path)) ?? [];
  return { path: pattern === undefined || name === undefined ? path : path.replace(pattern, name), message };
}
