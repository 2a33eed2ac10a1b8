import { STATUS_CODES } from 'node:http';
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { hasZodFastifySchemaValidationErrors } from 'fastify-type-provider-zod';
import { z } from 'zod';
import {
  GatewayError,
  RateLimitedError,
  UnauthenticatedError,
  ValidationError,
  type ValidationIssue,
} from '../../errors.ts';

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
  if (hasZodFastifySchemaValidationErrors(error)) {
    // The place of a field in the body is its name; that of one elsewhere begins with where that is.
    const place = error.validationContext === 'body' ? '' : `/${error.validationContext}`;
    return describeIssues(
      error.validation.map((issue) => ({
        path: place + (issue.instancePath === '/' ? '' : issue.instancePath),
        message: describeIssue(issue),
      })),
    );
  }
  if (isClientError(error)) return createProblem(error.statusCode, describeRefusal(error, request));
  return createProblem(500, 'Something went wrong in the gateway');
}

function describeIssues(issues: readonly ValidationIssue[]): Problem {
  const lines = issues.map(({ path, message }) => `${path === '' ? 'the body' : formatPath(path)}: ${message}`);
  return createProblem(400, lines.join('; '), { details: issues });
}

const typeNames: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a JSON object',
  record: 'a JSON object',
};

interface SchemaIssue {
  readonly keyword: string;
  readonly message?: string;
  readonly params: Readonly<Record<string, unknown>>;
}

/** zod's own words, but for the commonest mistakes, which it tells in terms of JavaScript. */
function describeIssue({ keyword, message = 'is wrong', params }: SchemaIssue): string {
  if (keyword === 'invalid_type' && message.startsWith('Invalid input')) {
    if (message.endsWith('received undefined')) return 'is required';
    return `must be ${typeNames[String(params.expected)] ?? params.expected}`;
  }
  if (keyword === 'invalid_value' && Array.isArray(params.values) && message.startsWith('Invalid ')) {
    return `must be ${params.values.length > 1 ? 'one of ' : ''}${params.values.join(', ')}`;
  }
  if (keyword === 'too_small' && message.startsWith('Too small')) return `must be at least ${params.minimum}`;
  if (keyword === 'too_big' && message.startsWith('Too big')) return `must be at most ${params.maximum}`;
  if (keyword === 'invalid_union' && message === 'Invalid input') return 'is of a type that is not allowed here';
  return lowerFirst(message);
}

/** As the clients' languages write it: `config.temperature`. */
const formatPath = (pointer: string) => pointer.slice(1).replaceAll('/', '.');

const lowerFirst = (text: string) => text.charAt(0).toLowerCase() + text.slice(1);

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

/** Fastify's words, but where it does not say what is allowed. */
function describeRefusal({ code, message }: FastifyError, { routeOptions }: FastifyRequest): string {
  switch (code) {
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return 'The content type must be application/json';
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return `The body must have at most ${routeOptions.bodyLimit} bytes`;
    case 'FST_ERR_CTP_INVALID_JSON_BODY':
      return 'The body is not valid JSON, or has a key __proto__ or constructor.prototype, which are not taken';
    default:
      return message;
  }
}

/** Fastify's own refusals: a body that is no JSON, too large, or of another type. */
function isClientError(error: unknown): error is FastifyError & { statusCode: number } {
  return (
    error instanceof Error && 'statusCode' in error && typeof error.statusCode === 'number' && error.statusCode < 500
  );
}
