import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createSlidingWindow } from '../../src/engine/sliding-window.ts';
import { createTraffic } from '../../src/engine/traffic.ts';
import { RunFailure } from '../../src/errors.ts';
import type { EnvironmentPolicy, EnvironmentRecord } from '../../src/store/environment.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const environmentWith = (policy: EnvironmentPolicy): EnvironmentRecord => ({
  id: 'e',
  project: 'p',
  externalId: null,
  name: 'busy',
  description: null,
  provider: 'test',
  endpoint: null,
  credentials: null,
  defaultModel: null,
  enabledModels: [],
  policy,
  createdAt: new Date(),
  updatedAt: new Date(),
});

test('a window holds the last minute, to the moment', () => {
  const window = createSlidingWindow();
  window.add(3);
  vi.advanceTimersByTime(20_000);
  window.add(4);
  expect(window.untilBelow(8)).toBe(0);
  expect(window.untilBelow(7)).toBe(40_000);
  expect(window.untilBelow(4)).toBe(60_000);
  vi.advanceTimersByTime(40_000);
  expect(window.untilBelow(5)).toBe(0);
  expect(window.isEmpty()).toBe(false);
  vi.advanceTimersByTime(20_000);
  expect(window.isEmpty()).toBe(true);
});

test('calls wait in their order for their turn, and go as soon as it comes', async () => {
  const traffic = createTraffic();
  const environment = environmentWith({ requestsPerMinute: 2 });
  const { signal } = new AbortController();
  const begun: number[] = [];
  const enter = async (name: number) => {
    const passage = await traffic.enter(environment, performance.now() + 600_000, signal);
    begun.push(name);
    passage.leave(0);
  };
  await enter(1);
  await vi.advanceTimersByTimeAsync(10_000);
  await enter(2);
  const others = [enter(3), enter(4), enter(5)];
  await vi.advanceTimersByTimeAsync(49_000);
  expect(begun).toEqual([1, 2]);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(begun).toEqual([1, 2, 3]);
  await vi.advanceTimersByTimeAsync(10_000);
  expect(begun).toEqual([1, 2, 3, 4]);
  await vi.advanceTimersByTimeAsync(50_000);
  expect(begun).toEqual([1, 2, 3, 4, 5]);
  await Promise.all(others);
});

test('whoever leaves the queue holds nobody up', async () => {
  const traffic = createTraffic();
  const environment = environmentWith({ concurrency: 1 });
  const until = performance.now() + 60_000;
  const { signal } = new AbortController();
  const passage = await traffic.enter(environment, until, signal);
  const leaving = new AbortController();
  const second = traffic.enter(environment, until, leaving.signal);
  const third = traffic.enter(environment, until, signal);
  const reason = new RunFailure('cancelled', 'gone');
  leaving.abort(reason);
  await expect(second).rejects.toBe(reason);
  passage.leave(0);
  (await third).leave(0);
  await expect(traffic.enter(environment, until, leaving.signal)).rejects.toBe(reason);
});

test('tokens count when the call is over', async () => {
  const traffic = createTraffic();
  const environment = environmentWith({ tokensPerMinute: 100 });
  const { signal } = new AbortController();
  (await traffic.enter(environment, 0, signal)).leave(150);
  const refused = await traffic.enter(environment, performance.now() + 1_000, signal).catch((error: unknown) => error);
  expect(refused).toMatchObject({ code: 'rate_limited', retryAfterMs: 60_000 });
});
