import { graphql } from '../generated/gql.ts';
import type { ContentInput, FlowDefinition, GenerateInput } from '../generated/graphql.ts';
import type { GatewayClient, RequestOptions } from './gateway-client.ts';
import { createOperations, expectType } from './operations.ts';

/** What can be done with flows and contents, and the short way to do it. */

const createFlowMutation = graphql(`
  mutation CreateFlow($input: FlowDefinition!) {
    createFlow(input: $input) {
      __typename
      ... on Flow {
        id externalId name description resultType
        inputs { name type required description default }
        steps {
          key name inputs model temperature maxTokens
          prompt { id name }
          environment { id }
          context { folders { id name } tags maxTokens }
        }
      }
      ... on Error { code message }
      ... on ValidationError { issues { path message } }
    }
  }
`);

const updateFlowMutation = graphql(`
  mutation UpdateFlow($id: ID!, $input: FlowDefinition!) {
    updateFlow(id: $id, input: $input) {
      __typename
      ... on Flow { id name description resultType inputs { name } steps { key } }
      ... on Error { code message }
      ... on ValidationError { issues { path message } }
    }
  }
`);

const createFolderMutation = graphql(`
  mutation CreateFolder($name: String) {
    createFolder(input: { name: $name }) {
      __typename
      ... on Folder { id name description contentsCount }
      ... on Error { code message }
    }
  }
`);

const createTagMutation = graphql(`
  mutation CreateTag($name: String) {
    createTag(input: { name: $name }) { __typename ... on Tag { id name contentsCount } ... on Error { code message } }
  }
`);

const createContentMutation = graphql(`
  mutation CreateContent($input: ContentInput!) {
    createContent(input: $input) {
      __typename
      ... on Content {
        id externalId name tags size type url status text
        folder { id name }
        error { code message isRetryable }
      }
      ... on Error { code message }
      ... on ValidationError { issues { path message } }
    }
  }
`);

const updateContentMutation = graphql(`
  mutation UpdateContent($id: ID!, $input: ContentInput!) {
    updateContent(id: $id, input: $input) {
      __typename
      ... on Content { id name tags size type url status text folder { id } error { code message } }
      ... on Error { code message }
      ... on ValidationError { issues { path message } }
    }
  }
`);

const generateMutation = graphql(`
  mutation Generate($input: GenerateInput!) {
    generate(input: $input) {
      __typename
      ... on FlowRun {
        id kind name status tags model input result executionTimeMs warnings endUser
        environment { id }
        flow { id name }
        tokenUse { prompt result total }
        error { code message isRetryable path }
        attempts { model tokenUse { total } error { code } }
        steps {
          key status output model executionTimeMs
          prompt { role content }
          environment { id }
          tokenUse { total }
          error { code message }
          passages { score text content { id name } }
        }
      }
      ... on Error { code message }
      ... on ValidationError { issues { path message } }
    }
  }
`);

const flowRunQuery = graphql(`
  query FlowRun($id: ID!) {
    run(id: $id) {
      id status result
      error { code message }
      retryOf { id }
      attempts { model }
      ... on FlowRun {
        flow { id }
        steps { key status output executionTimeMs error { code } prompt { content } passages { text score content { name } } }
      }
    }
  }
`);

const followFlowSubscription = graphql(`
  subscription FollowFlow($id: ID!, $after: String) {
    runStream(id: $id, after: $after) {
      __typename
      ... on RunChunk { id text }
      ... on RunProgress { id step file status message }
      ... on RunClosed { id run { id status result error { code message } } }
    }
  }
`);

/** Sends one of the operations and answers with its union. */
export function createFlowOperations(gateway: GatewayClient) {
  const operations = {
    createFlow: async (input: FlowDefinition, options?: RequestOptions) =>
      (await gateway.query(createFlowMutation, { input }, options)).createFlow,
    updateFlow: async (id: string, input: FlowDefinition) =>
      (await gateway.query(updateFlowMutation, { id, input })).updateFlow,
    createFolder: async (name: string) => (await gateway.query(createFolderMutation, { name })).createFolder,
    createTag: async (name: string) => (await gateway.query(createTagMutation, { name })).createTag,
    createContent: async (input: ContentInput, options?: RequestOptions) =>
      (await gateway.query(createContentMutation, { input }, options)).createContent,
    updateContent: async (id: string, input: ContentInput) =>
      (await gateway.query(updateContentMutation, { id, input })).updateContent,
    generate: async (input: GenerateInput, options?: RequestOptions) =>
      (await gateway.query(generateMutation, { input }, options)).generate,
    findFlowRun: async (id: string) => (await gateway.query(flowRunQuery, { id })).run,
    async *followFlow(id: string, after?: string) {
      for await (const { runStream } of gateway.subscribe(followFlowSubscription, { id, after })) yield runStream;
    },
  };
  return {
    ...operations,
    /** The id of a new prompt. */
    makePrompt: async (content: string, name = 'prompt') =>
      expectType(await createOperations(gateway).createPrompt({ name, content }), 'Prompt').id,
    makeFolder: async (name: string) => expectType(await operations.createFolder(name), 'Folder').id,
    makeContent: async (input: ContentInput) => expectType(await operations.createContent(input), 'Content').id,
    makeFlow: async (input: FlowDefinition) => expectType(await operations.createFlow(input), 'Flow').id,
  };
}
