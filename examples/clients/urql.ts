import { cacheExchange, fetchExchange, subscriptionExchange, Client as UrqlClient } from '@urql/core';
import type { Client } from 'graphql-sse';
import { subscribeAndResume } from './resume.ts';

/** urql whose subscriptions go through a client of graphql-sse. */
export function createUrqlClient(url: string, headers: Record<string, string>, sse: Client): UrqlClient {
  return new UrqlClient({
    url,
    preferGetMethod: false,
    fetchOptions: { headers },
    exchanges: [
      cacheExchange,
      fetchExchange,
      subscriptionExchange({
        forwardSubscription: ({ query = '', variables = {} }) => ({
          subscribe: (sink) => ({ unsubscribe: subscribeAndResume(sse, { query, variables }, sink) }),
        }),
      }),
    ],
  });
}
