import { GraphQLError } from 'graphql';
import {
  ConflictError,
  ForbiddenError,
  GatewayError,
  NotFoundError,
  RateLimitedError,
  UnavailableError,
  ValidationError,
  type ValidationIssue,
} from '../errors.ts';
import { builder } from './builder.ts';

const ErrorInterface = builder.interfaceRef<GatewayError>('Error').implement({
  description:
    'Why a mutation did not do what it was asked. Queries and subscriptions raise the same codes in `extensions.code`.',
  fields: (t) => ({
    code: t.exposeString('code', { description: 'What happened, for programs.' }),
    message: t.exposeString('message', { description: 'What happened, for people.' }),
  }),
});

const ValidationIssueType = builder.objectRef<ValidationIssue>('ValidationIssue').implement({
  description: 'One thing that is wrong with an input.',
  fields: (t) => ({
    path: t.exposeString('path', { description: 'JSON pointer into the input; empty for the whole.' }),
    message: t.exposeString('message', { description: 'What is wrong there, and what is allowed.' }),
  }),
});

builder.objectType(ValidationError, {
  name: 'ValidationError',
  description: 'The input is wrong.',
  interfaces: [ErrorInterface],
  fields: (t) => ({
    issues: t.expose('issues', { type: [ValidationIssueType], description: 'Everything that is wrong, at once.' }),
  }),
});
builder.objectType(NotFoundError, {
  name: 'NotFoundError',
  description: 'What is named does not exist in this project.',
  interfaces: [ErrorInterface],
});
builder.objectType(ForbiddenError, {
  name: 'ForbiddenError',
  description: "The key's role does not suffice.",
  interfaces: [ErrorInterface],
});
builder.objectType(ConflictError, {
  name: 'ConflictError',
  description: 'It contradicts what is on record.',
  interfaces: [ErrorInterface],
});
builder.objectType(RateLimitedError, {
  name: 'RateLimitedError',
  description: 'Too much at once.',
  interfaces: [ErrorInterface],
  fields: (t) => ({
    retryAfterMs: t.exposeInt('retryAfterMs', { description: 'How long to wait, in milliseconds.' }),
  }),
});

/** The options that make a mutation's answer a union of its type and the typed errors. */
export const resultOrErrors = {
  types: [ValidationError, NotFoundError, ForbiddenError, ConflictError, RateLimitedError],
  directResult: true as const,
};

/**
 * What callers see of an error: GraphQL's own errors (syntax, validation, variables) as they are, a GatewayError with its
 * code, and of everything else only that it happened; that goes to `logUnexpected`. An error that concerns the whole
 * request, not a field, says so by the HTTP status too.
 */
export function maskGraphqlError(error: unknown, logUnexpected: (error: unknown) => void): GraphQLError {
  const cause = findCause(error);
  if (error instanceof GraphQLError && cause instanceof GraphQLError) return error;
  const place = error instanceof GraphQLError ? { nodes: error.nodes, source: error.source, path: error.path } : {};
  if (!(cause instanceof GatewayError)) {
    logUnexpected(cause);
    const extensions = { code: 'INTERNAL_SERVER_ERROR' };
    return new GraphQLError('Something went wrong in the gateway', { ...place, extensions });
  }
  return new GraphQLError(cause.message, {
    ...place,
    originalError: cause,
    extensions: {
      code: cause.code,
      ...(cause instanceof ValidationError && { issues: cause.issues }),
      ...(cause instanceof RateLimitedError && { retryAfterMs: cause.retryAfterMs }),
      ...(cause instanceof UnavailableError && { http: { status: cause.status } }),
    },
  });
}

function findCause(error: unknown): unknown {
  return error instanceof GraphQLError && error.originalError ? findCause(error.originalError) : error;
}
