import { graphql } from '../generated/gql.ts';
import type { DeploymentInput } from '../generated/graphql.ts';
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
    findDeployment: async (
      reference: { id?: string; organization?: string; name?: string },
      options?: RequestOptions,
    ) => (await query(deploymentQuery, reference, options)).deployment,
    listDeployments: async (page: { first?: number; after?: string } = {}, options?: RequestOptions) =>
      (await query(deploymentsQuery, page, options)).deployments,
  };
}
