import ipaddr from 'ipaddr.js';
import { RateLimiterMemory } from 'rate-limiter-flexible';
import { RateLimitedError } from './errors.ts';

/** How often something may happen within a minute; 0 is no limit. */
export interface RateLimits {
  /** Requests of a key. */
  readonly requests: number;
  /** Executions of a key, whichever API asks for them. */
  readonly executions: number;
  /** Requests with a wrong key from an address. */
  readonly wrongKeys: number;
}

/** Counts what happens, each process for itself. */
export interface RateLimiter {
  /** Counts a request of a key; throws a RateLimitedError where there were too many. */
  takeRequest(keyId: string): Promise<void>;
  /** Counts an execution of a key; throws a RateLimitedError where there were too many. */
  takeExecution(keyId: string): Promise<void>;
  /** Throws a RateLimitedError where too many wrong keys came from an address. */
  checkWrongKeys(address: string): Promise<void>;
  countWrongKey(address: string): Promise<void>;
}

const windowSeconds = 60;

export function createRateLimiter(limits: RateLimits): RateLimiter {
  const requests = createCounter(limits.requests, 'requests');
  const executions = createCounter(limits.executions, 'executions');
  const wrongKeys = createCounter(limits.wrongKeys, 'requests with a wrong API key from this address');
  return {
    takeRequest: (keyId) => requests.take(keyId),
    takeExecution: (keyId) => executions.take(keyId),
    checkWrongKeys: (address) => wrongKeys.check(nameNetwork(address)),
    countWrongKey: (address) => wrongKeys.count(nameNetwork(address)),
  };
}

function createCounter(limit: number, noun: string) {
  const counter = limit === 0 ? null : new RateLimiterMemory({ points: limit, duration: windowSeconds });
  const refuse = (waitMs: number) => {
    const message = `Too many ${noun}: ${limit} a minute are allowed; try again in ${Math.ceil(waitMs / 1000)} s`;
    return new RateLimitedError(message, waitMs);
  };
  return {
    count: async (name: string) => void (await counter?.penalty(name)),
    async take(name: string) {
      const state = await counter?.penalty(name);
      if (state !== undefined && state.consumedPoints > limit) throw refuse(state.msBeforeNext);
    },
    async check(name: string) {
      const state = await counter?.get(name);
      if (state != null && state.consumedPoints >= limit) throw refuse(state.msBeforeNext);
    },
  };
}

/** An address as it is counted. Who has an IPv6 address has all of its /64. */
function nameNetwork(address: string): string {
  if (!ipaddr.isValid(address)) return address;
  const ip = ipaddr.process(address);
  return ip instanceof ipaddr.IPv6 ? ip.parts.slice(0, 4).join(':') : ip.toString();
}
