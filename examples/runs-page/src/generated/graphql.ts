/* eslint-disable */
/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
import type { DocumentTypeDecoration } from '@graphql-typed-document-node/core';
/** A span of time. */
export type DateTimeRange = {
  /** Its beginning, included. */
  from?: string | null | undefined;
  /** Its end, not included. */
  to?: string | null | undefined;
};

/** What runs can be counted by. */
export type RunFacetField =
  /** The day on which they were recorded, in UTC. */
  | 'DAY'
  /** The deployment. */
  | 'DEPLOYMENT'
  /** The end user. */
  | 'END_USER'
  /** Where they ran. */
  | 'ENVIRONMENT'
  /** The code of the error. */
  | 'ERROR_CODE'
  /** The flow. */
  | 'FLOW'
  /** The interaction, by the id of its draft. */
  | 'INTERACTION'
  /** What was executed. */
  | 'KIND'
  /** The model. */
  | 'MODEL'
  /** The rating. */
  | 'RATING'
  /** What asked for them. */
  | 'SOURCE'
  /** Where they stand. */
  | 'STATUS'
  /** Each of their tags: a run with two counts in both. */
  | 'TAGS';

/** A facet to be computed. */
export type RunFacetInput = {
  /** Whether to count as if the filter had no say on this field: what a list of choices needs. */
  excludeOwnFilter?: boolean | null | undefined;
  /** What to count by. */
  field: RunFacetField;
  /** How many buckets, 1 to 1,000. */
  first?: number | null | undefined;
  /** What it is called in the answer; the field's name unless given; never total. */
  name?: string | null | undefined;
};

/** Which runs: fields narrow together; a list means any of, null no restriction, an empty list nothing. */
export type RunFilter = {
  /** When they were recorded. */
  createdAt?: DateTimeRange | null | undefined;
  /** The deployments that were executed. */
  deployment?: Array<string> | null | undefined;
  /** The end users that they were made for. */
  endUser?: Array<string> | null | undefined;
  /** Where they ran. */
  environment?: Array<string> | null | undefined;
  /** The execution ids of executions of deployments. */
  executionId?: Array<string> | null | undefined;
  /** The flows that were executed. */
  flow?: Array<string> | null | undefined;
  /** Their ids. */
  ids?: Array<string> | null | undefined;
  /** The interactions that were executed; a draft's id covers its versions. */
  interaction?: Array<string> | null | undefined;
  /** The interaction's name, to the letter. */
  interactionName?: string | null | undefined;
  /** Whether they are no part of another run. */
  isRoot?: boolean | null | undefined;
  /** What was executed. */
  kind?: Array<RunKind> | null | undefined;
  /** The models. */
  model?: Array<string> | null | undefined;
  /** The objects that they are about. */
  object?: Array<string> | null | undefined;
  /** The runs that they are part of. */
  parent?: Array<string> | null | undefined;
  /** Their ratings. */
  rating?: Array<number> | null | undefined;
  /** What asked for them. */
  source?: Array<RunSourceType> | null | undefined;
  /** Where they stand. */
  status?: Array<RunStatus> | null | undefined;
  /** Their tags. */
  tags?: TagFilter | null | undefined;
};

/** What was executed. */
export type RunKind =
  /** A deployment on files. */
  | 'DEPLOYMENT'
  /** A flow of steps. */
  | 'FLOW'
  /** An interaction. */
  | 'INTERACTION';

/** What asked for a run. */
export type RunSourceType =
  /** A program. */
  | 'API'
  /** A command line. */
  | 'CLI'
  /** The gateway itself. */
  | 'SYSTEM'
  /** The generation of test data. */
  | 'TEST_DATA'
  /** A person at a page. */
  | 'UI'
  /** A webhook. */
  | 'WEBHOOK';

/** Where a run stands. */
export type RunStatus =
  /** It was ended before it was done. */
  | 'CANCELLED'
  /** It has a result. */
  | 'COMPLETED'
  /** It is recorded, and waits for the first reader of its stream. */
  | 'CREATED'
  /** It has an error. */
  | 'FAILED'
  /** It is executed. */
  | 'PROCESSING';

/** Which tags. */
export type TagFilter = {
  /** All of these. */
  all?: Array<string> | null | undefined;
  /** At least one of these. */
  any?: Array<string> | null | undefined;
  /** None of these. */
  none?: Array<string> | null | undefined;
};

export type RunsPageQueryVariables = Exact<{
  filter?: RunFilter | null | undefined;
  search?: string | null | undefined;
  after?: string | null | undefined;
}>;


export type RunsPageQuery = { runs: { totalCount: number, nodes: Array<
      | { id: string, name: string, status: RunStatus, model: string | null, executionTimeMs: number | null, result: unknown, error: { message: string } | null }
      | { id: string, name: string, status: RunStatus, model: string | null, executionTimeMs: number | null, result: unknown, error: { message: string } | null }
      | { id: string, name: string, status: RunStatus, model: string | null, executionTimeMs: number | null, result: unknown, error: { message: string } | null }
    >, pageInfo: { hasNextPage: boolean, endCursor: string | null } } };

export type RunFacetsQueryVariables = Exact<{
  filter?: RunFilter | null | undefined;
  search?: string | null | undefined;
  facets: Array<RunFacetInput> | RunFacetInput;
}>;


export type RunFacetsQuery = { runFacets: { facets: Array<{ name: string, field: RunFacetField, buckets: Array<{ value: string | null, count: number }> }> } };

export type TellStoryMutationVariables = Exact<{
  topic: string;
}>;


export type TellStoryMutation = { execute:
    | { __typename: 'ConflictError', message: string }
    | { __typename: 'ForbiddenError', message: string }
    | { __typename: 'InteractionRun', id: string }
    | { __typename: 'NotFoundError', message: string }
    | { __typename: 'RateLimitedError', message: string }
    | { __typename: 'ValidationError', message: string }
   };

export type StoryStreamSubscriptionVariables = Exact<{
  id: string;
  after?: string | null | undefined;
}>;


export type StoryStreamSubscription = { runStream:
    | { __typename: 'RunChunk', id: string, text: string }
    | { __typename: 'RunClosed', id: string, run:
        | { status: RunStatus, error: { message: string } | null }
        | { status: RunStatus, error: { message: string } | null }
        | { status: RunStatus, error: { message: string } | null }
       }
    | { __typename: 'RunProgress' }
   };

export class TypedDocumentString<TResult, TVariables>
  extends String
  implements DocumentTypeDecoration<TResult, TVariables>
{
  __apiType?: NonNullable<DocumentTypeDecoration<TResult, TVariables>['__apiType']>;
  private value: string;
  public __meta__?: Record<string, any> | undefined;

  constructor(value: string, __meta__?: Record<string, any> | undefined) {
    super(value);
    this.value = value;
    this.__meta__ = __meta__;
  }

  override toString(): string & DocumentTypeDecoration<TResult, TVariables> {
    return this.value;
  }
}

export const RunsPageDocument = new TypedDocumentString(`
    query RunsPage($filter: RunFilter, $search: String, $after: String) {
  runs(filter: $filter, search: $search, first: 20, after: $after) {
    totalCount
    nodes {
      id
      name
      status
      model
      executionTimeMs
      result
      error {
        message
      }
    }
    pageInfo {
      hasNextPage
      endCursor
    }
  }
}
    `) as unknown as TypedDocumentString<RunsPageQuery, RunsPageQueryVariables>;
export const RunFacetsDocument = new TypedDocumentString(`
    query RunFacets($filter: RunFilter, $search: String, $facets: [RunFacetInput!]!) {
  runFacets(filter: $filter, search: $search, facets: $facets) {
    facets {
      name
      field
      buckets {
        value
        count
      }
    }
  }
}
    `) as unknown as TypedDocumentString<RunFacetsQuery, RunFacetsQueryVariables>;
export const TellStoryDocument = new TypedDocumentString(`
    mutation TellStory($topic: String!) {
  execute(
    input: { specifier: "TellStory", data: { topic: $topic }, stream: true }
  ) {
    __typename
    ... on InteractionRun {
      id
    }
    ... on Error {
      message
    }
  }
}
    `) as unknown as TypedDocumentString<TellStoryMutation, TellStoryMutationVariables>;
export const StoryStreamDocument = new TypedDocumentString(`
    subscription StoryStream($id: ID!, $after: String) {
  runStream(id: $id, after: $after) {
    __typename
    ... on RunChunk {
      id
      text
    }
    ... on RunClosed {
      id
      run {
        status
        error {
          message
        }
      }
    }
  }
}
    `) as unknown as TypedDocumentString<StoryStreamSubscription, StoryStreamSubscriptionVariables>;