import {
  createSourceEventStream,
  type ExecutionArgs,
  type ExecutionResult,
  executeSubscriptionEvent,
  validateSubscriptionArgs,
} from 'graphql';
import { type Context, renewLoaders } from '../context.ts';
import { writeChunksAlike } from './chunk-result.ts';

type Execute = (event: unknown) => Promise<ExecutionResult> | ExecutionResult;

/** GraphQL's own `subscribe`, but each event is executed with loaders of its own, and the chunks of a stream are executed once. */
export async function subscribe(
  args: ExecutionArgs,
): Promise<AsyncIterableIterator<ExecutionResult> | ExecutionResult> {
  const validated = validateSubscriptionArgs(args);
  if (!('schema' in validated)) return { errors: validated };
  const source = await createSourceEventStream(validated);
  if (!(Symbol.asyncIterator in source)) return source;
  const execute: Execute = (rootValue) =>
    // Yoga made the context with our own function.
    executeSubscriptionEvent({
      ...validated,
      rootValue,
      contextValue: renewLoaders(validated.contextValue as Context),
    });
  return mapEvents(source, writeChunksAlike(execute));
}

/** The result of each event, when it is asked for. `return()` settles a pending `next()` where the source's does. */
function mapEvents(source: AsyncIterable<unknown>, execute: Execute): AsyncIterableIterator<ExecutionResult> {
  const iterator = source[Symbol.asyncIterator]();
  return {
    async next() {
      const { done, value } = await iterator.next();
      return done ? { done, value: undefined } : { done: false, value: await execute(value) };
    },
    async return() {
      await iterator.return?.();
      return { done: true, value: undefined };
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
