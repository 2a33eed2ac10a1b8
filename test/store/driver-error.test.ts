import { once } from 'node:events';
import { MongoClient } from 'mongodb';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { UnavailableError } from '../../src/errors.ts';
import { translateDriverErrors } from '../../src/store/driver-error.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';

let database: TestDatabase;

beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database[Symbol.asyncDispose]());

test('what a shutdown interrupts, or comes after it, is told that the database is away', async () => {
  const client = await new MongoClient(database.uri, { monitorCommands: true }).connect();
  const runs = client.db(database.databaseName).collection('runs');
  await runs.insertMany(Array.from({ length: 2_000 }, () => ({ text: '~'.repeat(10_000) })));
  const started = once(client, 'commandStarted');
  const interrupted = translateDriverErrors(runs.countDocuments({ text: { $regex: 'nothing' } }));
  const refused = expect(interrupted).rejects.toBeInstanceOf(UnavailableError);
  await started;
  await client.close();
  await refused;
  const later = translateDriverErrors(runs.findOne({}));
  await expect(later).rejects.toBeInstanceOf(UnavailableError);
});

describe('an answer that never comes', () => {
  afterEach(() => vi.useRealTimers());
  const never = new Promise<never>(() => undefined);

  test('means that the database is away', async () => {
    vi.useFakeTimers();
    const refused = expect(translateDriverErrors(never)).rejects.toThrow(UnavailableError);
    await vi.advanceTimersByTimeAsync(30_000);
    await refused;
  });

  test('is waited for where it may take any time', async () => {
    vi.useFakeTimers();
    const answered = translateDriverErrors(
      Promise.race([never, new Promise((resolve) => setTimeout(resolve, 3e6, 5))]),
      null,
    );
    await vi.runAllTimersAsync();
    expect(await answered).toBe(5);
  });
});
