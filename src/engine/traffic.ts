import { RunFailure } from '../errors.ts';
import type { EnvironmentPolicy, EnvironmentRecord } from '../store/environment.ts';
import { createSlidingWindow, type SlidingWindow } from './sliding-window.ts';

/** Leave to make a call. */
export interface Passage {
  /** Says that the call is over, and how many tokens it took. May be called once. */
  leave(tokens: number): void;
}

/** Holds the calls of this process to the limits of their environments; each process counts for itself. */
export interface Traffic {
  /**
   * Waits until a call may begin, in the order of asking. Throws a RunFailure `rate_limited` as soon as it is clear that this is
   * not before `until` (as `performance.now()` counts), or what the signal aborts with.
   */
  enter(environment: EnvironmentRecord, until: number, signal: AbortSignal): Promise<Passage>;
}

type Limits = Pick<EnvironmentPolicy, 'concurrency' | 'requestsPerMinute' | 'tokensPerMinute'>;

/** Whether calls in an environment have to ask. */
export function isLimited({ concurrency, requestsPerMinute, tokensPerMinute }: Limits): boolean {
  return concurrency !== undefined || requestsPerMinute !== undefined || tokensPerMinute !== undefined;
}

interface Waiter {
  readonly limits: Limits;
  readonly until: number;
  readonly start: () => void;
  readonly refuse: (failure: RunFailure) => void;
}

/** The calls of one environment. */
interface Lane {
  readonly name: string;
  active: number;
  readonly queue: Waiter[];
  readonly requests: SlidingWindow;
  readonly tokens: SlidingWindow;
  timer: NodeJS.Timeout | undefined;
}

export function createTraffic(): Traffic {
  const lanes = new Map<string, Lane>();

  const openLane = ({ id, name }: EnvironmentRecord): Lane => {
    const lane = lanes.get(id) ?? {
      name,
      active: 0,
      queue: [],
      requests: createSlidingWindow(),
      tokens: createSlidingWindow(),
      timer: undefined,
    };
    lanes.set(id, lane);
    return lane;
  };
  const forgetIdle = () => {
    for (const [id, { active, queue, requests, tokens }] of lanes) {
      if (active === 0 && queue.length === 0 && requests.isEmpty() && tokens.isEmpty()) lanes.delete(id);
    }
  };

  return {
    async enter(environment, until, signal) {
      signal.throwIfAborted();
      if (!lanes.has(environment.id)) forgetIdle();
      const lane = openLane(environment);
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      const waiter: Waiter = { limits: environment.policy ?? {}, until, start: resolve, refuse: reject };
      const leaveQueue = () => {
        const index = lane.queue.indexOf(waiter);
        // It may have been let in just now.
        if (index === -1) return;
        lane.queue.splice(index, 1);
        reject(signal.reason);
        advance(lane);
      };
      lane.queue.push(waiter);
      signal.addEventListener('abort', leaveQueue, { once: true });
      advance(lane);
      try {
        await promise;
      } finally {
        signal.removeEventListener('abort', leaveQueue);
      }
      return {
        leave(tokens) {
          lane.active -= 1;
          lane.tokens.add(tokens);
          advance(lane);
        },
      };
    },
  };
}

/** Lets those go who may, and comes back when the next one may. */
function advance(lane: Lane): void {
  clearTimeout(lane.timer);
  for (let first = lane.queue[0]; first !== undefined; first = lane.queue[0]) {
    const { limits, until } = first;
    const waitMs = Math.max(
      limits.requestsPerMinute === undefined ? 0 : lane.requests.untilBelow(limits.requestsPerMinute),
      limits.tokensPerMinute === undefined ? 0 : lane.tokens.untilBelow(limits.tokensPerMinute),
    );
    if (waitMs > 0) {
      if (performance.now() + waitMs <= until) {
        lane.timer = setTimeout(advance, waitMs, lane);
        return;
      }
      lane.queue.shift();
      const message = `The limit of environment ${lane.name} is reached for the next ${Math.ceil(waitMs / 1000)} s`;
      first.refuse(new RunFailure('rate_limited', message, { isRetryable: true, retryAfterMs: waitMs }));
    } else if (limits.concurrency !== undefined && lane.active >= limits.concurrency) {
      return;
    } else {
      lane.queue.shift();
      lane.active += 1;
      lane.requests.add(1);
      first.start();
    }
  }
}
