import type { TypedDocumentNode } from '@graphql-typed-document-node/core';
import { print } from 'graphql';
import { createClient } from 'graphql-sse';

/** What GraphQL answers with over HTTP. */
export interface Answer<Data> {
  readonly status: number;
  readonly headers: Headers;
  readonly data: Data | null | undefined;
  readonly errors: readonly {
    readonly message: string;
    readonly path?: readonly (string | number)[];
    readonly extensions?: Record<string, unknown>;
  }[];
}

export interface RequestOptions {
  /** Another key than the client's own; null sends none. */
  readonly key?: string | null;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Asks a gateway that listens somewhere. */
export interface GatewayClient {
  /** Sends one operation. */
  send<Data, Variables>(
    document: TypedDocumentNode<Data, Variables>,
    variables: Variables,
    options?: RequestOptions,
  ): Promise<Answer<Data>>;
  /** Sends one operation that must succeed, and answers with its data. */
  query<Data, Variables>(
    document: TypedDocumentNode<Data, Variables>,
    variables: Variables,
    options?: RequestOptions,
  ): Promise<Data>;
  /** The events of a subscription through graphql-sse's own client, with distinct connections. */
  subscribe<Data, Variables extends Record<string, unknown>>(
    document: TypedDocumentNode<Data, Variables>,
    variables: Variables,
    options?: RequestOptions,
  ): AsyncIterableIterator<Data>;
}

export function createGatewayClient(gatewayUrl: string, defaultKey: string): GatewayClient {
  const url = `${gatewayUrl}/graphql`;
  const makeHeaders = ({ key = defaultKey, headers }: RequestOptions) => ({
    ...(key !== null && { authorization: `Bearer ${key}` }),
    ...headers,
  });
  const send: GatewayClient['send'] = async (document, variables, requestOptions = {}) => {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/json', ...makeHeaders(requestOptions) },
      body: JSON.stringify({ query: print(document), variables }),
    });
    // The tests' own documents say what the data is.
    const body = (await response.json()) as { data?: never; errors?: never[] };
    return { status: response.status, headers: response.headers, data: body.data, errors: body.errors ?? [] };
  };
  return {
    send,
    async query(document, variables, requestOptions) {
      const { data, errors } = await send(document, variables, requestOptions);
      if (errors.length > 0 || data == null) throw new Error(`GraphQL answered with errors: ${JSON.stringify(errors)}`);
      return data;
    },
    async *subscribe(document, variables, requestOptions = {}) {
      const client = createClient({ url, headers: makeHeaders(requestOptions), retryAttempts: 0 });
      try {
        for await (const result of client.iterate<never>({ query: print(document), variables })) {
          if (result.errors !== undefined)
            throw new Error(`GraphQL answered with errors: ${JSON.stringify(result.errors)}`);
          if (result.data != null) yield result.data;
        }
      } finally {
        client.dispose();
      }
    },
  };
}
