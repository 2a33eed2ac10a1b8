import { randomUUID } from 'node:crypto';
import type { ExecutionResult } from 'graphql';
import type { RunStreamEvent } from '../engine/run-stream.ts';

type Chunk = Extract<RunStreamEvent, { type: 'chunk' }>;
type Execute = (event: unknown) => Promise<ExecutionResult> | ExecutionResult;

/** A chunk whose values are nobody else's, so that they are found again in what is made of it. */
const standIn: Chunk = { type: 'chunk', id: randomUUID(), text: randomUUID() };

/**
 * Executes the events of one subscription. What an operation makes of the chunks of a text differs in their id and text only, so it is
 * executed for the first one, and the results of all of them are written like that one.
 */
export function writeChunksAlike(execute: Execute): Execute {
  let pattern: NonNullable<ExecutionResult['data']> | undefined;
  return async (event) => {
    if (!isChunk(event)) return execute(event);
    if (pattern === undefined) {
      const { data, errors } = await execute(standIn);
      if (data == null || errors !== undefined) return execute(event);
      pattern = data;
    }
    // A copy of an object is an object.
    return { data: fill(pattern, event) as typeof pattern };
  };
}

/** Of what subscriptions are told, nothing but the events of a run's stream has a type. */
function isChunk(event: unknown): event is Chunk {
  return typeof event === 'object' && event !== null && 'type' in event && event.type === 'chunk';
}

function fill(value: unknown, chunk: Chunk): unknown {
  if (value === standIn.id) return chunk.id;
  if (value === standIn.text) return chunk.text;
  if (typeof value !== 'object' || value === null) return value;
  // Without a prototype, as GraphQL makes them: any name may be asked for.
  const copy: Record<string, unknown> = Object.create(null);
  for (const [name, field] of Object.entries(value)) copy[name] = fill(field, chunk);
  return copy;
}
