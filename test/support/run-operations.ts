import { graphql } from '../generated/gql.ts';
import type { RunFilter } from '../generated/graphql.ts';
import type { GatewayClient, RequestOptions } from './gateway-client.ts';

/** What can be done with runs, and the short way to do it. */

const cancelRunMutation = graphql(`
  mutation CancelRun($id: ID!) {
    cancelRun(id: $id) {
      __typename
      ... on RunPayload { run { id status finishedAt error { code message isRetryable } } }
      ... on Error { code message }
    }
  }
`);

const tagRunMutation = graphql(`
  mutation TagRun($id: ID!, $add: [String!], $remove: [String!]) {
    tagRun(id: $id, add: $add, remove: $remove) {
      __typename
      ... on RunPayload { run { id tags } }
      ... on Error { code message }
      ... on ValidationError { issues { path message } }
    }
  }
`);

const rateRunMutation = graphql(`
  mutation RateRun($id: ID!, $rating: Int) {
    rateRun(id: $id, rating: $rating) {
      __typename
      ... on RunPayload { run { id rating } }
      ... on Error { code message }
      ... on ValidationError { issues { path message } }
    }
  }
`);

const retryRunMutation = graphql(`
  mutation RetryRun($id: ID!, $stream: Boolean) {
    retryRun(id: $id, stream: $stream) {
      __typename
      ... on RunPayload {
        run {
          id status result tags input model endUser
          retryOf { id }
          parent { id }
          ... on InteractionRun { prompt { role content } }
        }
      }
      ... on Error { code message }
    }
  }
`);

const deleteRunMutation = graphql(`
  mutation DeleteRun($id: ID!) {
    deleteRun(id: $id) {
      __typename
      ... on DeletedPayload { id }
      ... on Error { code message }
    }
  }
`);

const deleteRunsMutation = graphql(`
  mutation DeleteRuns($filter: RunFilter!) {
    deleteRuns(filter: $filter) {
      __typename
      ... on DeletedRunsPayload { count }
      ... on Error { code message }
      ... on ValidationError { issues { path message } }
    }
  }
`);

const followRunSubscription = graphql(`
  subscription FollowRun($id: ID!, $after: String) {
    runStream(id: $id, after: $after) {
      __typename
      ... on RunChunk { id text }
      ... on RunProgress { id file progress: status }
      ... on RunClosed { id run { id status result error { code message } } }
    }
  }
`);

const listRunsQuery = graphql(`
  query ListRuns($filter: RunFilter, $first: Int) {
    runs(filter: $filter, first: $first) { totalCount nodes { id status name tags rating } }
  }
`);

/** Sends one of the operations and answers with its union. */
export function createRunOperations(gateway: GatewayClient) {
  return {
    cancelRun: async (id: string, options?: RequestOptions) =>
      (await gateway.query(cancelRunMutation, { id }, options)).cancelRun,
    tagRun: async (id: string, tags: { add?: string[]; remove?: string[] }, options?: RequestOptions) =>
      (await gateway.query(tagRunMutation, { id, ...tags }, options)).tagRun,
    rateRun: async (id: string, rating: number | null, options?: RequestOptions) =>
      (await gateway.query(rateRunMutation, { id, rating }, options)).rateRun,
    retryRun: async (id: string, stream = false, options?: RequestOptions) =>
      (await gateway.query(retryRunMutation, { id, stream }, options)).retryRun,
    deleteRun: async (id: string, options?: RequestOptions) =>
      (await gateway.query(deleteRunMutation, { id }, options)).deleteRun,
    deleteRuns: async (filter: RunFilter, options?: RequestOptions) =>
      (await gateway.query(deleteRunsMutation, { filter }, options)).deleteRuns,
    listRuns: async (filter?: RunFilter, first = 20, options?: RequestOptions) =>
      (await gateway.query(listRunsQuery, { filter, first }, options)).runs,
    /** The events of a run, one at a time; `return()` closes the connection. */
    async *followRun(id: string, after?: string, options?: RequestOptions) {
      for await (const { runStream } of gateway.subscribe(followRunSubscription, { id, after }, options))
        yield runStream;
    },
  };
}
