import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startEmbeddedDatabase } from '../../src/embedded/embedded.ts';
import { compareUnderLoad, createPoster, printComparison } from './measure.ts';
import type { BenchOptions } from './run.ts';
import { createWorld, writeExecution } from './world.ts';

const query = `{ runs(first: 20) { nodes { id name status model createdAt result environment { name } ... on InteractionRun { interaction { name } } } } }`;

/** (a) A page of twenty runs with interaction and environment, against the same rows by the bare driver and JSON.stringify. */
export async function benchPage({ isQuick }: BenchOptions): Promise<void> {
  const folder = await mkdtemp(path.join(tmpdir(), 'trivium-bench-db-'));
  const database = await startEmbeddedDatabase({ dataDir: folder, port: 0 });
  try {
    await using world = await createWorld({
      MONGODB_URI: database.uri,
      SECRET_KEY: 'a secret key that only the bench has',
      BOOTSTRAP_KEY: 'sk-bench-key-of-the-first-project',
      SEED_DEMO: 'true',
      OUTBOUND_ALLOW: 'loopback',
    });
    const headers = { authorization: `Bearer ${world.key}` };
    const execute = createPoster(`${world.url}/graphql`, headers, (text) => text.includes('COMPLETED'));
    for (let count = 0; count < 100; count += 1) await execute.post(writeExecution(world));
    const rows = await world.start('rows-process.ts', database.uri, 'trivium');
    const bare = createPoster(`http://127.0.0.1:${rows.port}/`, {}, (text) => text.includes('TellStory'));
    const ours = createPoster(`${world.url}/graphql`, headers, (text) => text.includes('TellStory'));
    const samples = await compareUnderLoad(
      [
        { name: 'three finds by the bare driver, JSON.stringify', pid: rows.pid, ask: () => bare.post({}) },
        { name: 'through GraphQL', pid: world.pid, ask: () => ours.post({ query }) },
      ],
      { concurrency: 16, rounds: isQuick ? 1 : 5, seconds: isQuick ? 1 : 3 },
    );
    printComparison('A page of twenty runs with interaction and environment, 16 at a time', samples);
    await Promise.all([execute.close(), bare.close(), ours.close()]);
  } finally {
    await database.close();
    await rm(folder, { recursive: true, force: true });
  }
}
