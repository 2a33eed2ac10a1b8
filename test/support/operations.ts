import { graphql } from '../generated/gql.ts';
import type {
  ApiKeyInput,
  EnvironmentInput,
  ExecuteInput,
  InteractionInput,
  PromptInput,
} from '../generated/graphql.ts';
import type { GatewayClient, RequestOptions } from './gateway-client.ts';

/** Operations that most tests need, and the short way to send them. */

const createEnvironmentMutation = graphql(`
  mutation CreateEnvironment($input: EnvironmentInput!) {
    createEnvironment(input: $input) {
      __typename
      ... on Environment { id name provider endpoint hasCredentials defaultModel enabledModels policy }
      ... on Error { code message }
      ... on ValidationError { issues { path message } }
    }
  }
`);

const createPromptMutation = graphql(`
  mutation CreatePrompt($input: PromptInput!) {
    createPrompt(input: $input) {
      __typename
      ... on Prompt { id name role contentType content version inputSchema }
      ... on Error { code message }
      ... on ValidationError { issues { path message } }
    }
  }
`);

const createInteractionMutation = graphql(`
  mutation CreateInteraction($input: InteractionInput!) {
    createInteraction(input: $input) {
      __typename
      ... on Interaction { id name endpoint status version tags visibility cachePolicy }
      ... on Error { code message }
      ... on ValidationError { issues { path message } }
    }
  }
`);

const publishInteractionMutation = graphql(`
  mutation PublishInteraction($id: ID!, $tags: [String!]) {
    publishInteraction(id: $id, tags: $tags) {
      __typename
      ... on Interaction { id name status version tags draft { id version } prompts { id version content } }
      ... on Error { code message }
      ... on ValidationError { issues { path message } }
    }
  }
`);

const executeMutation = graphql(`
  mutation Execute($input: ExecuteInput!) {
    execute(input: $input) {
      __typename
      ... on InteractionRun {
        id kind name status tags model config input result resultSchema executionTimeMs warnings endUser object
        interaction { id name version }
        environment { id name }
        parent { id }
        source { type label principalType principalId clientIp }
        prompt { role content }
        tokenUse { prompt result total }
        error { code message isRetryable path }
        attempts { provider model executionTimeMs tokenUse { total } error { code } environment { id } }
        createdAt startedAt finishedAt
      }
      ... on Error { code message }
      ... on ValidationError { issues { path message } }
    }
  }
`);

const createApiKeyMutation = graphql(`
  mutation CreateApiKey($input: ApiKeyInput!) {
    createApiKey(input: $input) {
      __typename
      ... on CreatedApiKey { secret apiKey { id name kind role prefix } }
      ... on Error { code message }
      ... on ValidationError { issues { path message } }
    }
  }
`);

const runQuery = graphql(`
  query Run($id: ID!) {
    run(id: $id) {
      __typename id status result input model executionTimeMs finishedAt
      error { code message isRetryable path }
      ... on InteractionRun { prompt { role content } interaction { id } }
    }
  }
`);

/** Sends one of the operations and answers with its union. */
export function createOperations(gateway: GatewayClient) {
  return {
    createEnvironment: async (input: EnvironmentInput, options?: RequestOptions) =>
      (await gateway.query(createEnvironmentMutation, { input }, options)).createEnvironment,
    createPrompt: async (input: PromptInput, options?: RequestOptions) =>
      (await gateway.query(createPromptMutation, { input }, options)).createPrompt,
    createInteraction: async (input: InteractionInput, options?: RequestOptions) =>
      (await gateway.query(createInteractionMutation, { input }, options)).createInteraction,
    publishInteraction: async (id: string, tags?: string[], options?: RequestOptions) =>
      (await gateway.query(publishInteractionMutation, { id, tags }, options)).publishInteraction,
    execute: async (input: ExecuteInput, options?: RequestOptions) =>
      (await gateway.query(executeMutation, { input }, options)).execute,
    createApiKey: async (input: ApiKeyInput, options?: RequestOptions) =>
      (await gateway.query(createApiKeyMutation, { input }, options)).createApiKey,
    findRun: async (id: string, options?: RequestOptions) => (await gateway.query(runQuery, { id }, options)).run,
  };
}

/** The member of a result's union that is expected; fails with what came instead. */
export function expectType<Union extends { readonly __typename?: string }, Name extends Union['__typename'] & string>(
  result: Union,
  name: Name,
): Extract<Union, { readonly __typename?: Name }> {
  if (result.__typename !== name) throw new Error(`Expected ${name}, got ${JSON.stringify(result)}`);
  return result as Extract<Union, { readonly __typename?: Name }>; // Just tested.
}

/** An environment of the test provider with one interaction of one prompt, which most tests begin with. */
export async function createWorld(
  gateway: GatewayClient,
  options: {
    readonly environment?: EnvironmentInput;
    readonly prompt?: PromptInput;
    readonly interaction?: InteractionInput;
  } = {},
) {
  const operations = createOperations(gateway);
  const environment = expectType(
    await operations.createEnvironment({
      name: 'test',
      provider: 'test',
      defaultModel: 'test-echo',
      ...options.environment,
    }),
    'Environment',
  );
  const prompt = expectType(
    await operations.createPrompt({
      name: 'Color',
      content: 'What color is the {{ object }}?',
      inputSchema: { type: 'object', properties: { object: { type: 'string' } }, required: ['object'] },
      ...options.prompt,
    }),
    'Prompt',
  );
  const interaction = expectType(
    await operations.createInteraction({
      name: 'Color',
      promptIds: [prompt.id],
      environmentId: environment.id,
      ...options.interaction,
    }),
    'Interaction',
  );
  return { ...operations, environment, prompt, interaction };
}
