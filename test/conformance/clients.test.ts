import { readFileSync } from 'node:fs';
import { gql } from '@apollo/client';
import { type Client, createClient } from 'graphql-sse';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createApolloClient } from '../../examples/clients/apollo.ts';
import { followRun } from '../../examples/clients/graphql-sse.ts';
import { createRelayNetwork } from '../../examples/clients/relay.ts';
import { subscribeAndResume } from '../../examples/clients/resume.ts';
import { createUrqlClient } from '../../examples/clients/urql.ts';
import { type CuttingProxy, startCuttingProxy } from '../support/cutting-proxy.ts';
import { startTestGateway, type TestGateway } from '../support/gateway.ts';
import { createWorld } from '../support/operations.ts';

/** The clients that people use, each through a connection that is cut again and again in the middle of an event. */

const execute = `mutation ExecuteStreamed($input: ExecuteInput!) {
  execute(input: $input) { __typename ... on InteractionRun { id } }
}`;
const follow = `subscription FollowStreamed($id: ID!, $after: String) {
  runStream(id: $id, after: $after) {
    __typename
    ... on RunChunk { id text }
    ... on RunClosed { id run { id status result } }
  }
}`;

interface Event {
  readonly __typename: string;
  readonly id: string;
  readonly text?: string;
  readonly run?: { readonly status: string; readonly result: string };
}
interface Executed {
  readonly execute: { readonly id: string };
}
interface Streamed {
  readonly runStream: Event;
}

let gateway: TestGateway;
let proxy: CuttingProxy;
let headers: Record<string, string>;
let input: Record<string, unknown>;

beforeAll(async () => {
  gateway = await startTestGateway();
  proxy = await startCuttingProxy(gateway.url, 4);
  headers = { authorization: `Bearer ${gateway.key}` };
  const { interaction } = await createWorld(gateway);
  const config = { options: { chunkDelayMs: 10 } };
  input = { interactionId: interaction.id, data: { object: 'car' }, stream: true, config };
});
afterAll(async () => {
  await proxy[Symbol.asyncDispose]();
  await gateway[Symbol.asyncDispose]();
});

/** A client of graphql-sse as the examples take it, but one that does not wait before it tries again. */
const createSse = (singleConnection: boolean): Client<boolean> => {
  const retry = () => Promise.resolve();
  return singleConnection
    ? createClient({ url: `${proxy.url}/graphql/stream`, singleConnection, headers: () => ({ ...headers }), retry })
    : createClient({ url: `${proxy.url}/graphql`, headers, retry });
};

/** What each client makes of the two operations: executes, then follows to the end. */
type Reading = (sse: Client, onEvent: (event: Event) => void) => Promise<void>;

const readings: Readonly<Record<string, Reading>> = {
  'graphql-sse': async (sse, onEvent) => {
    const { value } = await sse.iterate<Executed>({ query: execute, variables: { input } }).next();
    const id = value.data.execute.id;
    await new Promise<void>((resolve, reject) => {
      const next = ({ data }: { data: Streamed }) => onEvent(data.runStream);
      subscribeAndResume(sse, { query: follow, variables: { id } }, { next, error: reject, complete: resolve });
    });
  },
  'Apollo Client': async (sse, onEvent) => {
    const apollo = createApolloClient(`${proxy.url}/graphql`, headers, sse);
    const { data } = await apollo.mutate<Executed>({ mutation: gql(execute), variables: { input } });
    await new Promise<void>((resolve, reject) => {
      // Events are no entities: the cache would keep every one of them.
      const options = { query: gql(follow), variables: { id: data?.execute.id }, fetchPolicy: 'no-cache' as const };
      apollo.subscribe<Streamed>(options).subscribe({
        next: (result) => (result.data ? onEvent(result.data.runStream) : reject(result.error)),
        error: reject,
        complete: resolve,
      });
    });
    apollo.stop();
  },
  urql: async (sse, onEvent) => {
    const urql = createUrqlClient(`${proxy.url}/graphql`, headers, sse);
    const { data } = await urql.mutation<Executed>(execute, { input });
    await new Promise<void>((resolve, reject) => {
      const { unsubscribe } = urql
        .subscription<Streamed>(follow, { id: data?.execute.id })
        .subscribe(({ data: streamed, error }) => {
          if (streamed === undefined) return reject(error);
          onEvent(streamed.runStream);
          if (streamed.runStream.run === undefined) return;
          queueMicrotask(() => unsubscribe());
          resolve();
        });
    });
  },
  "Relay's network layer": async (sse, onEvent) => {
    const network = createRelayNetwork(`${proxy.url}/graphql`, headers, sse);
    const ask = (operationKind: 'mutation' | 'subscription', text: string, variables: object) =>
      network.execute(
        { id: null, cacheID: text, metadata: {}, name: /\w+(?=\()/.exec(text)?.[0] ?? '', operationKind, text },
        variables,
        {},
      );
    const answer = (await ask('mutation', execute, { input }).toPromise()) as { data: Executed };
    await new Promise<void>((resolve, reject) => {
      ask('subscription', follow, { id: answer.data.execute.id }).subscribe({
        next: (result) => onEvent((result as unknown as { data: Streamed }).data.runStream),
        error: reject,
        complete: resolve,
      });
    });
  },
};

describe.each([
  ['distinct connections', false],
  ['a single connection', true],
])('with %s', (_name, singleConnection) => {
  test.each(Object.entries(readings))('%s gets every chunk once, then the end', async (_client, read) => {
    const cutBefore = proxy.cuts();
    const sse = createSse(singleConnection);
    const events: Event[] = [];
    await read(sse, (event) => events.push(event));
    sse.dispose();

    const chunks = events.slice(0, -1);
    expect(chunks.length).toBeGreaterThan(8);
    const [run] = (events[0]?.id ?? '').split(':');
    expect(events.map(({ id }) => id)).toEqual(events.map((_event, index) => `${run}:1:${index + 1}`));
    expect(events.at(-1)).toMatchObject({
      __typename: 'RunClosed',
      run: { status: 'COMPLETED', result: chunks.map(({ text }) => text).join('') },
    });
    expect(proxy.cuts() - cutBefore).toBeGreaterThan(1);
  });
});

test('the shortest example gets the text and the status', async () => {
  const sse = createSse(false);
  const { value } = await sse.iterate<Executed>({ query: execute, variables: { input } }).next();
  let text = '';
  const status = await followRun(sse, value.data.execute.id, (piece) => {
    text += piece;
  });
  expect(status).toBe('COMPLETED');
  expect(text).toMatch(/\w+ \w+ \w+/);
  sse.dispose();
});

test('a connection that is lost together with an event is resumed, too', async () => {
  let losses = 0;
  const client = createClient({
    url: `${gateway.url}/graphql`,
    headers,
    retry: () => Promise.resolve(),
    fetchFn: async (url: string, init: RequestInit) => {
      const response = await fetch(url, init);
      if (losses >= 3 || response.body === null) return response;
      return new Response(loseAfterOneEvent(response.body, () => (losses += 1)));
    },
  });
  const { value } = await createSse(false).iterate<Executed>({ query: execute, variables: { input } }).next();
  const ids: string[] = [];
  await new Promise<void>((resolve, reject) => {
    const next = ({ data }: { data: Streamed }) => void ids.push(data.runStream.id);
    const variables = { id: value.data.execute.id };
    subscribeAndResume(client, { query: follow, variables }, { next, error: reject, complete: resolve });
  });
  expect(ids).toEqual(ids.map((_id, index) => `${value.data.execute.id}:1:${index + 1}`));
  expect(losses).toBe(3);
});

test('runUpdates goes on where it was, too', async () => {
  const cutBefore = proxy.cuts();
  const sse = createSse(false);
  const query = 'subscription($since: DateTime) { runUpdates(since: $since) { id status updatedAt } }';
  const finished = new Set<string>();
  const variables = { since: new Date().toISOString() };
  const stop = subscribeAndResume<{ data: { runUpdates: { id: string; status: string } } }>(
    sse,
    { query, variables },
    {
      next: ({ data: { runUpdates } }) => void (runUpdates.status === 'COMPLETED' && finished.add(runUpdates.id)),
      error: (error) => expect.unreachable(String(error)),
      complete: () => undefined,
    },
  );
  const ids: string[] = [];
  for (let count = 0; count < 12; count += 1) {
    const blocking = { input: { ...input, stream: false, config: null } };
    const { value } = await sse.iterate<Executed>({ query: execute, variables: blocking }).next();
    ids.push(value.data.execute.id);
  }
  await expect.poll(() => ids.filter((id) => !finished.has(id)), { timeout: 10_000 }).toEqual([]);
  expect(proxy.cuts() - cutBefore).toBeGreaterThan(1);
  stop();
  sse.dispose();
});

test('the README shows what is tested here', () => {
  const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
  const [helper = ''] = /export function.*?\n}\n/s.exec(read('examples/clients/resume.ts')) ?? [];
  expect(helper).not.toBe('');
  expect(read('README.md')).toContain(helper);
});

/** The body up to the end of its first event, which it breaks behind without a pause. */
function loseAfterOneEvent(body: ReadableStream<Uint8Array>, onLoss: () => void): ReadableStream<Uint8Array> {
  const reader = body.getReader();
  const isEvent = /data: .*\n\n/;
  let text = '';
  return new ReadableStream(
    {
      async pull(controller) {
        if (isEvent.test(text)) {
          onLoss();
          controller.error(new TypeError('terminated'));
          return reader.cancel();
        }
        while (!isEvent.test(text)) text += new TextDecoder().decode((await reader.read()).value);
        controller.enqueue(new TextEncoder().encode(text));
      },
    },
    { highWaterMark: 0 },
  );
}
