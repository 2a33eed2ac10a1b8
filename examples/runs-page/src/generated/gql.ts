/* eslint-disable */
import * as types from './graphql.ts';



/**
 * Map of all GraphQL operations in the project.
 *
 * This map has several performance disadvantages:
 * 1. It is not tree-shakeable, so it will include all operations in the project.
 * 2. It is not minifiable, so the string of a GraphQL query will be multiple times inside the bundle.
 * 3. It does not support dead code elimination, so it will add unused operations.
 *
 * Therefore it is highly recommended to use the babel or swc plugin for production.
 * Learn more about it here: https://the-guild.dev/graphql/codegen/plugins/presets/preset-client#reducing-bundle-size
 */
type Documents = {
    "\n  query RunsPage($filter: RunFilter, $search: String, $after: String) {\n    runs(filter: $filter, search: $search, first: 20, after: $after) {\n      totalCount\n      nodes { id name status model executionTimeMs result error { message } }\n      pageInfo { hasNextPage endCursor }\n    }\n  }\n": typeof types.RunsPageDocument,
    "\n  query RunFacets($filter: RunFilter, $search: String, $facets: [RunFacetInput!]!) {\n    runFacets(filter: $filter, search: $search, facets: $facets) {\n      facets { name field buckets { value count } }\n    }\n  }\n": typeof types.RunFacetsDocument,
    "\n  mutation TellStory($topic: String!) {\n    execute(input: { specifier: \"TellStory\", data: { topic: $topic }, stream: true }) {\n      __typename\n      ... on InteractionRun { id }\n      ... on Error { message }\n    }\n  }\n": typeof types.TellStoryDocument,
    "\n  subscription StoryStream($id: ID!, $after: String) {\n    runStream(id: $id, after: $after) {\n      __typename\n      ... on RunChunk { id text }\n      ... on RunClosed { id run { status error { message } } }\n    }\n  }\n": typeof types.StoryStreamDocument,
};
const documents: Documents = {
    "\n  query RunsPage($filter: RunFilter, $search: String, $after: String) {\n    runs(filter: $filter, search: $search, first: 20, after: $after) {\n      totalCount\n      nodes { id name status model executionTimeMs result error { message } }\n      pageInfo { hasNextPage endCursor }\n    }\n  }\n": types.RunsPageDocument,
    "\n  query RunFacets($filter: RunFilter, $search: String, $facets: [RunFacetInput!]!) {\n    runFacets(filter: $filter, search: $search, facets: $facets) {\n      facets { name field buckets { value count } }\n    }\n  }\n": types.RunFacetsDocument,
    "\n  mutation TellStory($topic: String!) {\n    execute(input: { specifier: \"TellStory\", data: { topic: $topic }, stream: true }) {\n      __typename\n      ... on InteractionRun { id }\n      ... on Error { message }\n    }\n  }\n": types.TellStoryDocument,
    "\n  subscription StoryStream($id: ID!, $after: String) {\n    runStream(id: $id, after: $after) {\n      __typename\n      ... on RunChunk { id text }\n      ... on RunClosed { id run { status error { message } } }\n    }\n  }\n": types.StoryStreamDocument,
};

/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query RunsPage($filter: RunFilter, $search: String, $after: String) {\n    runs(filter: $filter, search: $search, first: 20, after: $after) {\n      totalCount\n      nodes { id name status model executionTimeMs result error { message } }\n      pageInfo { hasNextPage endCursor }\n    }\n  }\n"): typeof import('./graphql.ts').RunsPageDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query RunFacets($filter: RunFilter, $search: String, $facets: [RunFacetInput!]!) {\n    runFacets(filter: $filter, search: $search, facets: $facets) {\n      facets { name field buckets { value count } }\n    }\n  }\n"): typeof import('./graphql.ts').RunFacetsDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation TellStory($topic: String!) {\n    execute(input: { specifier: \"TellStory\", data: { topic: $topic }, stream: true }) {\n      __typename\n      ... on InteractionRun { id }\n      ... on Error { message }\n    }\n  }\n"): typeof import('./graphql.ts').TellStoryDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  subscription StoryStream($id: ID!, $after: String) {\n    runStream(id: $id, after: $after) {\n      __typename\n      ... on RunChunk { id text }\n      ... on RunClosed { id run { status error { message } } }\n    }\n  }\n"): typeof import('./graphql.ts').StoryStreamDocument;


export function graphql(source: string) {
  return (documents as any)[source] ?? {};
}
