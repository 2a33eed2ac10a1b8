/** Says how a call ended: whether it worked, or null where that says nothing of the one who was called. */
type Report = (isOk: boolean | null) => void;

/** Knows which of those that are called are well: a circuit breaker for each. Every process looks for itself. */
export interface Health {
  /**
   * Whether to call: yes, while there were fewer than `unhealthyAfter` failures in a row. After that not for `probeAfterMs`, then one
   * call at a time is let through, until one works.
   */
  isWell(name: string, rules: HealthRules): boolean;
  /** Begins a call, whether it is well or not. The answer must be called once, when the call is over. */
  begin(name: string, rules: HealthRules): Report;
}

export interface HealthRules {
  readonly unhealthyAfter: number;
  readonly probeAfterMs: number;
}

interface State {
  /** In a row, up to now. */
  failures: number;
  failedAt: number;
  isProbed: boolean;
}

export function createHealth(): Health {
  /** Of those whose last call failed. */
  const states = new Map<string, State>();
  return {
    isWell(name, { unhealthyAfter, probeAfterMs }) {
      const state = states.get(name);
      if (state === undefined || state.failures < unhealthyAfter) return true;
      return !state.isProbed && performance.now() >= state.failedAt + probeAfterMs;
    },
    begin(name, { unhealthyAfter }) {
      const before = states.get(name);
      const isProbe = before !== undefined && before.failures >= unhealthyAfter && !before.isProbed;
      if (isProbe) before.isProbed = true;
      return (isOk) => {
        if (isProbe) before.isProbed = false;
        if (isOk === true) states.delete(name);
        if (isOk !== false) return;
        const state = states.get(name) ?? { failures: 0, failedAt: 0, isProbed: false };
        state.failures += 1;
        state.failedAt = performance.now();
        states.set(name, state);
      };
    },
  };
}
