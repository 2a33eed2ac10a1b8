import { defaultExtractPersistedOperationId, usePersistedOperations } from '@graphql-yoga/plugin-persisted-operations';
import { createGraphQLError, type GraphQLParams, type Plugin } from 'graphql-yoga';

/** The texts of the operations that may be called by their hash: `readHash` of the name that they have in the manifest. */
export type PersistedOperations = ReadonlyMap<string, string>;

/** The parameter of the GraphQL over HTTP specification's appendix on persisted documents. */
export const documentIdParameter = 'documentId';

/** The hash in an id: the specification writes its kind in front of it, Apollo's clients do not. */
export function readHash(id: string): string {
  return id.replace(/^sha256:/, '');
}

/**
 * Lets clients send the hash of an operation for its text: as `extensions.persistedQuery.sha256Hash`, which Apollo's clients
 * send, or as `documentId`. With `isOnly`, an operation that is not among them is refused, on every road into GraphQL.
 */
export function servePersistedOperations(operations: PersistedOperations, isOnly: boolean): Plugin[] {
  const texts = new Set(operations.values());
  const byHash = usePersistedOperations({
    // By its text an operation of the list is as good as by its hash, so it is the text that is checked below.
    allowArbitraryOperations: true,
    extractPersistedOperationId: (params, request) =>
      readDocumentId(params, request) ?? defaultExtractPersistedOperationId(params, request, {}),
    getPersistedOperation: (id) => operations.get(readHash(id)) ?? null,
    customErrors: {
      // Apollo's clients read this code, and send the text next.
      notFound: describe('PERSISTED_QUERY_NOT_FOUND', 'No persisted operation has this hash'),
      keyNotFound: describe('BAD_REQUEST', 'Must provide query string, or the hash of a persisted operation.'),
    },
  });
  const onlyThese: Plugin = {
    onParse({ params: { source } }) {
      if (texts.has(typeof source === 'string' ? source : source.body)) return;
      const { message, ...options } = describe(
        'PERSISTED_OPERATIONS_ONLY',
        'Only persisted operations are allowed here: send the hash of one',
      );
      throw createGraphQLError(message, options);
    },
  };
  return isOnly ? [byHash, onlyThese] : [byHash];
}

function readDocumentId(params: GraphQLParams, request: Request): string | null {
  // Yoga reads the parameters that it knows out of a URL, but the whole of a body.
  if (request.method === 'GET') return new URL(request.url).searchParams.get(documentIdParameter);
  const id: unknown = documentIdParameter in params ? params[documentIdParameter] : null;
  return typeof id === 'string' ? id : null;
}

function describe(code: string, message: string) {
  return { message, extensions: { code, http: { status: 400, spec: true } } };
}
