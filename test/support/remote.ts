import { graphql } from '../generated/gql.ts';
import { startTestGateway, type TestGateway } from './gateway.ts';
import type { RequestOptions } from './gateway-client.ts';
import { createOperations, expectType } from './operations.ts';

const importRemoteMutation = graphql(`
  mutation ImportRemote($environmentId: ID!, $externalIds: [String!]) {
    importRemote(environmentId: $environmentId, externalIds: $externalIds) {
      __typename
      ... on ImportedPayload {
        interactions {
          id externalId remoteId name status visibility version tags description inputSchema resultSchema
          draft { id }
          environment { id }
        }
        flows { id externalId remoteId name steps { name } resultType environment { id } }
        deployments { id externalId remoteId name isActive extractions { key } environment { id } }
        warnings
      }
      ... on Error { code message }
      ... on ValidationError { issues { path message } }
    }
  }
`);

/** An environment of a remote API, and what is done with it. */
export async function connectRemote(
  gateway: TestGateway,
  environment: { readonly provider: string; readonly endpoint: string; readonly credentials: string },
) {
  const operations = createOperations(gateway);
  const created = await operations.createEnvironment({ name: 'elsewhere', ...environment });
  const { id } = expectType(created, 'Environment');
  return {
    ...operations,
    environmentId: id,
    sendImport: (externalIds?: string[], options?: RequestOptions) =>
      gateway.send(importRemoteMutation, { environmentId: id, externalIds }, options),
    importRemote: async (externalIds?: string[], environmentId = id) =>
      (await gateway.query(importRemoteMutation, { environmentId, externalIds })).importRemote,
  };
}

/** Two gateways: one that executes, and one that stands before it. */
export async function startTwoGateways() {
  const remote = await startTestGateway();
  const local = await startTestGateway();
  return {
    remote,
    local,
    async [Symbol.asyncDispose]() {
      await local[Symbol.asyncDispose]();
      await remote[Symbol.asyncDispose]();
    },
  };
}
