import type { TypedDocumentNode } from '@graphql-typed-document-node/core';
import { print } from 'graphql';
import { createClient } from 'graphql-sse';
import { pino } from 'pino';
import { loadConfig } from '../../src/config.ts';
import { type Gateway, startGateway } from '../../src/gateway.ts';
import type { StoreOptions } from '../../src/store/store.ts';
import { createTestDatabase, type TestDatabase } from './database.ts';

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
  /** Another key than the admin's; null sends none. */
  readonly key?: string | null;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A gateway on a real socket with a database of its own. */
export interface TestGateway extends Gateway {
  readonly database: TestDatabase;
  /** The admin's key. */
  readonly key: string;
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
  [Symbol.asyncDispose](): Promise<void>;
}

const adminKey = 'sk-test-admin-key-of-the-first-project';

export interface TestGatewayOptions extends Pick<StoreOptions, 'onCommand'> {
  /** Another gateway, whose database this one shares. */
  readonly beside?: TestGateway;
}

/** Starts a gateway without demo content; `environment` are variables of its configuration. */
export async function startTestGateway(
  environment: NodeJS.ProcessEnv = {},
  { beside, ...options }: TestGatewayOptions = {},
): Promise<TestGateway> {
  const database = beside?.database ?? (await createTestDatabase());
  const config = loadConfig({
    PORT: '0',
    MONGODB_URI: database.uri,
    SECRET_KEY: 'a secret key that only the tests have',
    BOOTSTRAP_KEY: adminKey,
    OUTBOUND_ALLOW: 'loopback',
    ...environment,
  });
  const logger = pino({ level: 'error' });
  const gateway = await startGateway(config, logger, { databaseName: database.databaseName, ...options });
  const makeHeaders = ({ key = adminKey, headers }: RequestOptions) => ({
    ...(key !== null && { authorization: `Bearer ${key}` }),
    ...headers,
  });

  const send: TestGateway['send'] = async (document, variables, requestOptions = {}) => {
    const response = await fetch(`${gateway.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/json', ...makeHeaders(requestOptions) },
      body: JSON.stringify({ query: print(document), variables }),
    });
    // The tests' own documents say what the data is.
    const body = (await response.json()) as { data?: never; errors?: never[] };
    return { status: response.status, headers: response.headers, data: body.data, errors: body.errors ?? [] };
  };

  return {
    ...gateway,
    database,
    key: adminKey,
    send,
    async query(document, variables, requestOptions) {
      const { data, errors } = await send(document, variables, requestOptions);
      if (errors.length > 0 || data == null) throw new Error(`GraphQL answered with errors: ${JSON.stringify(errors)}`);
      return data;
    },
    async *subscribe(document, variables, requestOptions = {}) {
      const client = createClient({
        url: `${gateway.url}/graphql`,
        headers: makeHeaders(requestOptions),
        retryAttempts: 0,
      });
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
    async [Symbol.asyncDispose]() {
      await gateway.close();
      if (beside === undefined) await database[Symbol.asyncDispose]();
    },
  };
}
