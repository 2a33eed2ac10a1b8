import type { ExecutionResult } from 'graphql';
import { isAsyncIterable, type Plugin } from 'graphql-yoga';
import type { Context } from '../context.ts';
import { subscribe } from '../schema/subscribe.ts';

/** How subscriptions are executed, and how many are at the moment. */
export interface Subscriptions {
  readonly plugin: Plugin<Context>;
  /** The subscriptions whose source has not ended. */
  count(): number;
}

export function createSubscriptions(): Subscriptions {
  let open = 0;
  const plugin: Subscriptions['plugin'] = {
    onSubscribe({ args, setSubscribeFn }) {
      setSubscribeFn(subscribe);
      return {
        onSubscribeResult({ result, setResult }) {
          if (!isAsyncIterable(result)) return setResult(once(result));
          open += 1;
          const { signal } = args.contextValue;
          const events = onEnd(result, () => {
            open -= 1;
            signal.removeEventListener('abort', leave);
          });
          // Yoga ends it only once its answer has begun. What breaks then, nobody is left to be told.
          const leave = () => void events.return().catch(() => undefined);
          if (signal.aborted) leave();
          else signal.addEventListener('abort', leave, { once: true });
          setResult(events);
        },
      };
    },
  };
  return { plugin, count: () => open };
}

/**
 * A subscription that cannot begin is told so by an event, as graphql-sse's protocol has it: clients of event streams do not
 * read the body of an answer with another status.
 */
async function* once(refusal: ExecutionResult): AsyncGenerator<ExecutionResult> {
  yield refusal;
}

/** The same events; calls back once when there will be no more and their source has ended. */
function onEnd(events: AsyncIterable<ExecutionResult>, callback: () => void) {
  const iterator = events[Symbol.asyncIterator]();
  let hasEnded = false;
  const end = () => {
    if (!hasEnded) callback();
    hasEnded = true;
  };
  return {
    async next() {
      try {
        const result = await iterator.next();
        if (result.done) end();
        return result;
      } catch (error) {
        end();
        throw error;
      }
    },
    async return() {
      await iterator.return?.();
      end();
      return { done: true as const, value: undefined };
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
