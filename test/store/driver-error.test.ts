import { once } from 'node:events';
import { MongoClient } from 'mongodb';
import { afterAll, beforeAll, expect, test } from 'vitest';
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
