import type { Client } from 'graphql-sse';
import relay, { type GraphQLResponse, type INetwork } from 'relay-runtime';
import { subscribeAndResume } from './resume.ts';

const { Network, Observable } = relay;

/** A network layer for Relay whose subscriptions go through a client of graphql-sse. */
export function createRelayNetwork(url: string, headers: Record<string, string>, sse: Client): INetwork {
  return Network.create(
    async ({ text: query, name: operationName }, variables) => {
      const response = await fetch(url, {
        method: 'POST',
        headers: { ...headers, 'content-type': 'application/json' },
        body: JSON.stringify({ query, variables, operationName }),
      });
      return response.json();
    },
    ({ text, name: operationName }, variables) =>
      Observable.create<GraphQLResponse>((sink) =>
        subscribeAndResume(sse, { query: text ?? '', variables, operationName }, sink),
      ),
  );
}
