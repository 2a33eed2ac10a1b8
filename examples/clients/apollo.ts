import { ApolloClient, ApolloLink, HttpLink, InMemoryCache, Observable } from '@apollo/client';
import { print } from 'graphql';
import type { Client } from 'graphql-sse';
import { subscribeAndResume } from './resume.ts';

/** Apollo Client whose subscriptions go through a client of graphql-sse. */
export function createApolloClient(url: string, headers: Record<string, string>, sse: Client): ApolloClient {
  const subscriptions = new ApolloLink(
    ({ query, variables, operationName = '' }) =>
      new Observable((sink) => subscribeAndResume(sse, { query: print(query), variables, operationName }, sink)),
  );
  const link = ApolloLink.split(
    ({ operationType }) => operationType === 'subscription',
    subscriptions,
    new HttpLink({ uri: url, headers }),
  );
  return new ApolloClient({ link, cache: new InMemoryCache({ possibleTypes: { Run: ['InteractionRun'] } }) });
}
