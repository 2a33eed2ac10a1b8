import type { FastifyError, FastifyRequest } from 'fastify';
import { hasZodFastifySchemaValidationErrors } from 'fastify-type-provider-zod';
import type { ValidationIssue } from '../errors.ts';

/** What is wrong with a request before a resolver sees it, in words; each API has its own shape for it. */

/** What a route's schemas refuse, with JSON pointers; null for another error. */
export function readSchemaIssues(error: unknown): ValidationIssue[] | null {
  if (!hasZodFastifySchemaValidationErrors(error)) return null;
  // The place of a field in the body is its name; that of one elsewhere begins with where that is.
  const place = error.validationContext === 'body' ? '' : `/${error.validationContext}`;
  return error.validation.map((issue) => ({
    path: place + (issue.instancePath === '/' ? '' : issue.instancePath),
    message: describeIssue(issue),
  }));
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

const lowerFirst = (text: string) => text.charAt(0).toLowerCase() + text.slice(1);

/** Fastify's words, but where it does not say what is allowed. */
export function describeRefusal({ code, message }: FastifyError, { routeOptions }: FastifyRequest): string {
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
export function isClientError(error: unknown): error is FastifyError & { statusCode: number } {
  return (
    error instanceof Error && 'statusCode' in error && typeof error.statusCode === 'number' && error.statusCode < 500
  );
}
