import type { Client, RequestParams, Sink } from 'graphql-sse';

/**
 * Follows `runStream` or `runUpdates` to the end, through lost connections: each attempt begins behind the last event that
 * was seen. Select `id` of each event of `runStream`, and `updatedAt` of the runs of `runUpdates`.
 */
export function subscribeAndResume<Result>(client: Client, request: RequestParams, sink: Sink<Result>): () => void {
  // graphql-sse sends them anew at every attempt.
  const variables: Record<string, unknown> = { ...request.variables };
  let isOver = false;
  let stop = () => {};
  const start = () => {
    stop = client.subscribe<Followed>(
      { ...request, variables },
      {
        next(result) {
          const { runStream, runUpdates } = result.data ?? {};
          if (runStream) variables.after = runStream.id;
          if (runUpdates) variables.since = runUpdates.updatedAt;
          if (result.errors || (runStream && 'run' in runStream)) isOver = true;
          sink.next(result as Result); // Each library has a type of its own for the same thing.
        },
        // graphql-sse tries again by itself, unless fetch fails in the moment in which an event arrives.
        error: (error) => (error instanceof TypeError && !isOver ? start() : sink.error(error)),
        // A server that is shut down completes what it can: another one goes on.
        complete: () => (isOver ? sink.complete() : start()),
      },
    );
  };
  start();
  return () => {
    isOver = true;
    stop();
  };
}

interface Followed extends Record<string, unknown> {
  readonly runStream?: { readonly id: string; readonly run?: unknown };
  readonly runUpdates?: { readonly updatedAt: string };
}
