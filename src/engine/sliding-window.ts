/** What happened within the last minute, to the moment. */
export interface SlidingWindow {
  add(amount: number): void;
  /** How long it takes until the last minute had less than `limit`, in milliseconds; 0 where it has now. */
  untilBelow(limit: number): number;
  isEmpty(): boolean;
}

const windowMs = 60_000;

export function createSlidingWindow(): SlidingWindow {
  const entries: { readonly at: number; readonly amount: number }[] = [];
  /** Where the last minute begins; what lies before is cut off now and then. */
  let first = 0;
  let sum = 0;

  const forget = () => {
    const begin = performance.now() - windowMs;
    for (let entry = entries[first]; entry !== undefined && entry.at <= begin; entry = entries[first]) {
      sum -= entry.amount;
      first += 1;
    }
    if (first > 1000 || first === entries.length) {
      entries.splice(0, first);
      first = 0;
    }
  };

  return {
    add(amount) {
      if (amount === 0) return;
      entries.push({ at: performance.now(), amount });
      sum += amount;
    },
    untilBelow(limit) {
      forget();
      let rest = sum;
      for (let index = first; rest >= limit; index += 1) {
        const entry = entries[index];
        if (entry === undefined) break;
        rest -= entry.amount;
        if (rest < limit) return Math.max(1, Math.ceil(entry.at + windowMs - performance.now()));
      }
      return 0;
    },
    isEmpty() {
      forget();
      return entries.length === 0;
    },
  };
}
