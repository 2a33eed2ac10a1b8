import type { Client, ExecutionResult } from 'graphql-sse';
import { subscribeAndResume } from './resume.ts';

const query = `subscription ($id: ID!, $after: String) {
  runStream(id: $id, after: $after) {
    ... on RunChunk { id text }
    ... on RunClosed { id run { status } }
  }
}`;

/** Calls back for each piece of a run's text; settles with the status that it ended with. */
export function followRun(client: Client, id: string, onText: (text: string) => void): Promise<string> {
  return new Promise((resolve, reject) => {
    subscribeAndResume(
      client,
      { query, variables: { id } },
      {
        next({ data, errors }: ExecutionResult<{ runStream: { text?: string; run?: { status: string } } }>) {
          if (errors) reject(new Error(errors[0]?.message));
          if (data?.runStream.text) onText(data.runStream.text);
          if (data?.runStream.run) resolve(data.runStream.run.status);
        },
        error: reject,
        complete: () => {},
      },
    );
  });
}
