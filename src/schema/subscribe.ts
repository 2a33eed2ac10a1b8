import {
  createSourceEventStream,
  type ExecutionArgs,
  type ExecutionResult,
  executeSubscriptionEvent,
  mapSourceToResponseEvent,
  validateSubscriptionArgs,
} from 'graphql';
import { type Context, renewLoaders } from '../context.ts';

/** GraphQL's own `subscribe`, but each event is executed with loaders of its own. */
export async function subscribe(
  args: ExecutionArgs,
): Promise<AsyncGenerator<ExecutionResult, void, void> | ExecutionResult> {
  const validated = validateSubscriptionArgs(args);
  if (!('schema' in validated)) return { errors: validated };
  const source = await createSourceEventStream(validated);
  if (!(Symbol.asyncIterator in source)) return source;
  return mapSourceToResponseEvent(validated, source, (event) =>
    // Yoga made the context with our own function.
    executeSubscriptionEvent({ ...event, contextValue: renewLoaders(event.contextValue as Context) }),
  );
}
