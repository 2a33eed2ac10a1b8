import { graphql } from './generated/gql.ts';

/** What this page asks for. `npm run codegen` makes the types of variables and answers from these texts. */

export const runsPage = graphql(`
  query RunsPage($filter: RunFilter, $search: String, $after: String) {
    runs(filter: $filter, search: $search, first: 20, after: $after) {
      totalCount
      nodes { id name status model executionTimeMs result error { message } }
      pageInfo { hasNextPage endCursor }
    }
  }
`);

export const runFacets = graphql(`
  query RunFacets($filter: RunFilter, $search: String, $facets: [RunFacetInput!]!) {
    runFacets(filter: $filter, search: $search, facets: $facets) {
      facets { name field buckets { value count } }
    }
  }
`);

export const tellStory = graphql(`
  mutation TellStory($topic: String!) {
    execute(input: { specifier: "TellStory", data: { topic: $topic }, stream: true }) {
      __typename
      ... on InteractionRun { id }
      ... on Error { message }
    }
  }
`);

export const storyStream = graphql(`
  subscription StoryStream($id: ID!, $after: String) {
    runStream(id: $id, after: $after) {
      __typename
      ... on RunChunk { id text }
      ... on RunClosed { id run { status error { message } } }
    }
  }
`);
