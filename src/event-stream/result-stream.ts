import { type ExecutionResult, GraphQLError } from 'graphql';
import { isAsyncIterable, type Plugin } from 'graphql-yoga';
import type { EventStreamBody } from './event-stream.ts';

/** The results of subscriptions on their way through Yoga, which knows answers only. */
export interface ResultStreams {
  readonly plugin: Plugin;
  /** What goes to the reader of an answer; undefined where it is no stream of results. */
  take(response: Response): EventStreamBody | undefined;
}

const headers = { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-cache, no-transform' };

/**
 * Writes the results of a subscription as events of graphql-sse's distinct connections mode, one piece an event. Yoga's own way there
 * takes two pieces and two web streams.
 */
export function createResultStreams(): ResultStreams {
  const bodies = new WeakMap<Response, EventStreamBody>();
  return {
    take: (response) => bodies.get(response),
    plugin: {
      onResultProcess({ result, resultProcessor, setResultProcessor }) {
        // Where the caller does not take event streams there is no processor, and Yoga says so.
        if (!isAsyncIterable(result) || resultProcessor === undefined) return;
        setResultProcessor((_result, { Response }) => {
          const response = new Response(null, { headers });
          bodies.set(response, writeResults(result));
          return response;
        }, 'text/event-stream');
      },
    },
  };
}

function writeResults(results: AsyncIterable<ExecutionResult>): EventStreamBody {
  const iterator = results[Symbol.asyncIterator]();
  let isComplete = false;
  return {
    async next() {
      if (isComplete) return { done: true };
      const { done, value } = await iterator.next();
      if (!done) return { value: `event: next\ndata: ${JSON.stringify(withoutInternals(value))}\n\n` };
      isComplete = true;
      return { value: 'event: complete\ndata:\n\n' };
    },
    return: async () => iterator.return?.(),
  };
}

/** What an error says to the HTTP server is not for clients. */
export function withoutInternals(result: ExecutionResult): ExecutionResult {
  if (result.errors === undefined) return result;
  const errors = result.errors.map((error) => {
    const { http: _http, ...extensions } = error.extensions;
    const { nodes, source, positions, path } = error;
    return new GraphQLError(error.message, { nodes, source, positions, path, extensions });
  });
  return { ...result, errors };
}
