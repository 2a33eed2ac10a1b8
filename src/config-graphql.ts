import { z } from 'zod';
import { readInteger } from './config-value.ts';
import { describe, flag, integer, text } from './config-variable.ts';

/** The part of the configuration that makes GraphQL safe to be called by strangers. */

/** A limit on what a GraphQL operation may be. */
function limit(options: { description: string; default: number; max?: number }) {
  return integer({ min: 1, max: 100_000, ...options });
}

/** A limit a minute and process. */
function perMinute({ description, default: standard }: { description: string; default: number }) {
  const schema = text((value) => readInteger(value, 0, 10_000_000)).default(standard);
  return describe(schema, { description, allowed: 'a whole number from 0 to 10000000; `0` is no limit' });
}

export const graphqlVariables = {
  QUERY_MAX_TOKENS: limit({
    description: 'The most words and punctuation marks of a GraphQL document.',
    default: 5000,
  }),
  QUERY_MAX_DEPTH: limit({ description: 'How deep fields may lie in each other.', default: 16, max: 100 }),
  QUERY_MAX_FIELDS: limit({
    description: 'The most fields of a GraphQL document, those of a fragment counted wherever it is spread.',
    default: 1000,
  }),
  QUERY_MAX_ALIASES: limit({ description: 'The most aliases of a GraphQL document.', default: 50 }),
  QUERY_MAX_DIRECTIVES: limit({ description: 'The most directives of a GraphQL document.', default: 100 }),
  QUERY_MAX_OPERATIONS: limit({ description: 'The most operations of a GraphQL document.', default: 20 }),
  QUERY_MAX_INPUT_DEPTH: limit({
    description: 'How deep lists and objects may lie in each other, in the variables and within the document.',
    default: 64,
    max: 500,
  }),
  QUERY_MAX_INPUT_VALUES: limit({
    description: 'The most values that the variables may have, those within lists and objects too.',
    default: 50_000,
    max: 10_000_000,
  }),
  QUERY_MAX_COST: limit({
    description: 'The most that an operation may cost; the README has the table.',
    default: 20_000,
    max: 100_000_000,
  }),
  INTROSPECTION: describe(flag().default(true), {
    description:
      'Whether the schema may be read by queries. Without it errors suggest no names, and GraphiQL is not served.',
    allowed: '`true` or `false`',
  }),
  PERSISTED_OPERATIONS: describe(z.string().optional(), {
    description: 'The manifest of the operations that may be called by their hash, as graphql-codegen writes it.',
    allowed: 'a JSON file with an object of hashes and documents',
  }),
  PERSISTED_OPERATIONS_ONLY: describe(flag().default(false), {
    description: 'Whether the operations of the manifest are the only ones; GraphiQL is not served then.',
    allowed: '`true` or `false`; `true` requires PERSISTED_OPERATIONS',
  }),
  RATE_LIMIT_REQUESTS: perMinute({ description: 'The most requests a minute of one API key.', default: 0 }),
  RATE_LIMIT_EXECUTIONS: perMinute({ description: 'The most executions a minute of one API key.', default: 0 }),
  RATE_LIMIT_WRONG_KEYS: perMinute({
    description: 'The most requests a minute with a wrong API key from one address.',
    default: 60,
  }),
};

const schema = z.object(graphqlVariables);

/** What the rest of the program reads of it. */
export function deriveGraphqlConfig(values: z.output<typeof schema>) {
  return {
    queryLimits: {
      tokens: values.QUERY_MAX_TOKENS,
      depth: values.QUERY_MAX_DEPTH,
      fields: values.QUERY_MAX_FIELDS,
      aliases: values.QUERY_MAX_ALIASES,
      directives: values.QUERY_MAX_DIRECTIVES,
      operations: values.QUERY_MAX_OPERATIONS,
      inputDepth: values.QUERY_MAX_INPUT_DEPTH,
      inputValues: values.QUERY_MAX_INPUT_VALUES,
      cost: values.QUERY_MAX_COST,
    },
    introspection: values.INTROSPECTION,
    /** The path of the manifest. */
    persistedOperations: values.PERSISTED_OPERATIONS ?? null,
    persistedOperationsOnly: values.PERSISTED_OPERATIONS_ONLY,
    /** Whether the page is served: it lives on the schema, and on operations that its user writes. */
    graphiql: values.INTROSPECTION && !values.PERSISTED_OPERATIONS_ONLY,
    /** Each a minute; 0 is no limit. */
    rateLimits: {
      requests: values.RATE_LIMIT_REQUESTS,
      executions: values.RATE_LIMIT_EXECUTIONS,
      wrongKeys: values.RATE_LIMIT_WRONG_KEYS,
    },
  };
}
