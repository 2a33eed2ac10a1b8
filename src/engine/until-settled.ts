import { setTimeout as delay } from 'node:timers/promises';

/** Waits for whichever is first; leaves no listener behind. */
export async function untilSettledOrAborted(promise: Promise<void>, signal: AbortSignal): Promise<void> {
  const aborted = Promise.withResolvers<void>();
  const onAbort = () => aborted.resolve();
  signal.addEventListener('abort', onAbort, { once: true });
  await Promise.race([promise, aborted.promise]);
  signal.removeEventListener('abort', onAbort);
}

/** Waits for a promise, but no longer than that. */
export async function settledWithin(promise: Promise<unknown>, ms: number): Promise<void> {
  const settled = new AbortController();
  await Promise.race([promise, delay(ms, undefined, { signal: settled.signal }).catch(() => undefined)]);
  settled.abort();
}
