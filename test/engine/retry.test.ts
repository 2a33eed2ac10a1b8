import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { retryWhileUnavailable } from '../../src/engine/retry.ts';
import { UnavailableError } from '../../src/errors.ts';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

const away = new UnavailableError('away');

it('calls again while the database is away', async () => {
  const call = vi
    .fn<() => Promise<string>>()
    .mockRejectedValueOnce(away)
    .mockRejectedValueOnce(away)
    .mockResolvedValueOnce('done');
  const answer = retryWhileUnavailable(call, new AbortController().signal);
  await vi.runAllTimersAsync();
  expect(await answer).toBe('done');
  expect(call).toHaveBeenCalledTimes(3);
});

it('passes on at once what no patience mends', async () => {
  const call = vi.fn<() => Promise<string>>().mockRejectedValue(new RangeError('wrong'));
  await expect(retryWhileUnavailable(call, new AbortController().signal)).rejects.toThrow(RangeError);
  expect(call).toHaveBeenCalledTimes(1);
});

it('gives up once its signal aborts', async () => {
  const call = vi.fn<() => Promise<string>>().mockRejectedValue(away);
  await expect(retryWhileUnavailable(call, AbortSignal.abort())).rejects.toThrow(UnavailableError);
  expect(call).toHaveBeenCalledTimes(1);
});
