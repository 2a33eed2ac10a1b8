import { print } from 'graphql';
import { graphql } from '../generated/gql.ts';
import type {
  DeploymentInput,
  DeploymentRunPartsFragment,
  RunFilesInput,
  RunFilesMutation,
} from '../generated/graphql.ts';
import { createGraphqlForm } from './form.ts';
import type { GatewayClient, RequestOptions } from './gateway-client.ts';

/** What tests do with deployments, and the short way to do it. */

const createDeploymentMutation = graphql(`
  mutation CreateDeployment($input: DeploymentInput!) {
    createDeployment(input: $input) {
      __typename
      ... on Deployment {
        id externalId organization name displayName description isActive endpoint version model webhookUrl
        extractions { key prompt type }
        interaction { id }
        environment { id }
      }
      ... on Error { code message }
      ... on ValidationError { issues { path message } }
    }
  }
`);

const updateDeploymentMutation = graphql(`
  mutation UpdateDeployment($id: ID!, $input: DeploymentInput!) {
    updateDeployment(id: $id, input: $input) {
      __typename
      ... on Deployment { id name displayName version isActive model extractions { key type } interaction { id } }
      ... on Error { code message }
      ... on ValidationError { issues { path message } }
    }
  }
`);

const deleteDeploymentMutation = graphql(`
  mutation DeleteDeployment($id: ID!) {
    deleteDeployment(id: $id) { __typename ... on DeletedPayload { id } ... on Error { code message } }
  }
`);

const activateDeploymentMutation = graphql(`
  mutation ActivateDeployment($id: ID!) {
    activateDeployment(id: $id) { __typename ... on Deployment { id isActive version } ... on Error { code message } }
  }
`);

const deactivateDeploymentMutation = graphql(`
  mutation DeactivateDeployment($id: ID!) {
    deactivateDeployment(id: $id) { __typename ... on Deployment { id isActive version } ... on Error { code message } }
  }
`);

const rotateWebhookSecretMutation = graphql(`
  mutation RotateWebhookSecret($id: ID!) {
    rotateWebhookSecret(id: $id) { __typename ... on WebhookSecret { secret } ... on Error { code message } }
  }
`);

const deploymentQuery = graphql(`
  query ReadDeployment($id: ID, $organization: String, $name: String) {
    deployment(id: $id, organization: $organization, name: $name) { id name isActive version runs { totalCount } }
  }
`);

const deploymentsQuery = graphql(`
  query ListDeployments($first: Int, $after: String) {
    deployments(first: $first, after: $after) { totalCount nodes { id name } }
  }
`);

export function createDeploymentOperations({ query }: GatewayClient) {
  return {
    createDeployment: async (input: DeploymentInput, options?: RequestOptions) =>
      (await query(createDeploymentMutation, { input }, options)).createDeployment,
    updateDeployment: async (id: string, input: DeploymentInput, options?: RequestOptions) =>
      (await query(updateDeploymentMutation, { id, input }, options)).updateDeployment,
    deleteDeployment: async (id: string, options?: RequestOptions) =>
      (await query(deleteDeploymentMutation, { id }, options)).deleteDeployment,
    activateDeployment: async (id: string, options?: RequestOptions) =>
      (await query(activateDeploymentMutation, { id }, options)).activateDeployment,
    deactivateDeployment: async (id: string, options?: RequestOptions) =>
      (await query(deactivateDeploymentMutation, { id }, options)).deactivateDeployment,
    rotateWebhookSecret: async (id: string, options?: RequestOptions) =>
      (await query(rotateWebhookSecretMutation, { id }, options)).rotateWebhookSecret,
    findDeployment: async (
      reference: { id?: string; organization?: string; name?: string },
      options?: RequestOptions,
    ) => (await query(deploymentQuery, reference, options)).deployment,
    listDeployments: async (page: { first?: number; after?: string } = {}, options?: RequestOptions) =>
      (await query(deploymentsQuery, page, options)).deployments,
  };
}

const runFilesMutation = graphql(`
  mutation RunFiles($input: RunFilesInput!) {
    runFiles(input: $input) {
      __typename
      ... on DeploymentRun { ...DeploymentRunParts }
      ... on RateLimitedError { retryAfterMs }
      ... on Error { code message }
      ... on ValidationError { issues { path message } }
    }
  }
`);

graphql(`
  fragment DeploymentRunParts on DeploymentRun {
    id kind name status executionId tags result warnings input executionTimeMs
    deployment { id name }
    tokenUse { total }
    attempts { model }
    error { code message }
    files {
      id name type size sha256 status result pages fromHistory extractedText executionTimeMs metadata
      error { code message }
      tokenUse { total }
    }
  }
`);

const deploymentRunQuery = graphql(`
  query ReadDeploymentRun($id: ID!) {
    run(id: $id) { __typename ... on DeploymentRun { ...DeploymentRunParts } }
  }
`);

export type DeploymentRunParts = DeploymentRunPartsFragment;

/** Sends files to a deployment by GraphQL's multipart request, and reads what becomes of them. */
export function createFileOperations(gateway: GatewayClient & { readonly url: string; readonly key: string }) {
  return {
    async runFiles(
      input: Omit<RunFilesInput, 'files'>,
      files: readonly File[],
      { key = gateway.key }: { readonly key?: string } = {},
    ) {
      const operations = {
        query: print(runFilesMutation),
        variables: { input: { ...input, files: files.map(() => null) } },
      };
      const parts = Object.fromEntries(files.map((file, index) => [`variables.input.files.${index}`, file]));
      const response = await fetch(`${gateway.url}/graphql`, {
        method: 'POST',
        body: createGraphqlForm(operations, parts),
        headers: { authorization: `Bearer ${key}`, accept: 'application/json' },
      });
      // The document says what the data is.
      const { data, errors } = (await response.json()) as { data?: RunFilesMutation; errors?: unknown };
      if (data == null) throw new Error(JSON.stringify(errors));
      return data.runFiles;
    },
    async findDeploymentRun(id: string): Promise<DeploymentRunParts> {
      const { run } = await gateway.query(deploymentRunQuery, { id });
      if (run?.__typename !== 'DeploymentRun') throw new Error(`There is no run ${id} of a deployment`);
      return run;
    },
  };
}
