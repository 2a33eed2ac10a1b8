import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Document } from 'mongodb';
import { startEmbeddedDatabase } from '../../src/embedded/embedded.ts';

/** A server to test against, and the name of a database on it that nobody else uses. */
export interface TestDatabase {
  readonly uri: string;
  readonly databaseName: string;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Starts the embedded database in a temporary folder, or takes the server at `MONGODB_TEST_URI` where that is set. */
export async function createTestDatabase(): Promise<TestDatabase> {
  const databaseName = `test_${randomUUID().replaceAll('-', '')}`;
  const uri = process.env.MONGODB_TEST_URI;
  if (uri) return { uri, databaseName, [Symbol.asyncDispose]: async () => undefined };
  const dataDir = await mkdtemp(join(tmpdir(), 'trivium-test-'));
  const embedded = await startEmbeddedDatabase({ dataDir });
  return {
    uri: embedded.uri,
    databaseName,
    [Symbol.asyncDispose]: async () => {
      await embedded.close();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

/** Whether a command is of a project: what processes ask for themselves, such as who waits in the queue, is of none. */
export function isOfProject(command: Document): boolean {
  return /"project":"[0-9a-f]{24}"/.test(JSON.stringify(command));
}
