import { createClient } from 'graphql-sse';
import { subscribeAndResume } from '../../clients/resume.ts';
import type { TypedDocumentString } from './generated/graphql.ts';

export interface ClientOptions {
  /** Where the gateway is, without a path. */
  readonly url: string;
  readonly key: string;
}

/** A GraphQL client without a framework, typed by what graphql-codegen made of the documents. */
export interface Client {
  /** Sends a query or mutation. Throws what the gateway says is wrong. */
  request<Result, Variables>(document: TypedDocumentString<Result, Variables>, variables: Variables): Promise<Result>;
  /**
   * Calls back for each answer of a subscription to `runStream`, through lost connections; settles at its end. Throws what the
   * gateway says is wrong.
   */
  follow<Result, Variables extends Record<string, unknown>>(
    document: TypedDocumentString<Result, Variables>,
    variables: Variables,
    onAnswer: (answer: Result) => void,
  ): Promise<void>;
}

interface Answer<Result> {
  readonly data?: Result | null;
  readonly errors?: readonly { readonly message: string }[];
}

export function connect({ url, key }: ClientOptions): Client {
  const endpoint = `${url}/graphql`;
  const headers = { authorization: `Bearer ${key}` };
  const events = createClient({ url: endpoint, headers });
  return {
    async request<Result>(document: TypedDocumentString<Result, unknown>, variables: unknown) {
      const response = await fetch(endpoint, {
        method: 'POST',
        headers: { ...headers, 'content-type': 'application/json', accept: 'application/json' },
        body: JSON.stringify({ query: document, variables }),
      });
      return readAnswer<Result>(await response.json());
    },
    follow: (document, variables, onAnswer) =>
      new Promise((resolve, reject) => {
        const stop = subscribeAndResume<Answer<ReturnType<NonNullable<typeof document.__apiType>>>>(
          events,
          { query: String(document), variables },
          {
            next(answer) {
              try {
                onAnswer(readAnswer(answer));
              } catch (error) {
                stop();
                reject(error);
              }
            },
            error: reject,
            complete: resolve,
          },
        );
      }),
  };
}

function readAnswer<Result>({ data, errors }: Answer<Result>): Result {
  if (errors) throw new Error(errors.map(({ message }) => message).join('\n'));
  if (data == null) throw new Error('The answer has no data');
  return data;
}
