import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { type Document, MongoClient } from 'mongodb';
import { afterAll, beforeAll, expect, test } from 'vitest';

/** `kill -9` at any moment, two hundred times, of a real process under writes. */

const kills = 200;
const writers = 6;

let dataDir: string;
let child: ChildProcess | undefined;

beforeAll(async () => {
  dataDir = await mkdtemp(path.join(tmpdir(), 'trivium-kill-'));
});
afterAll(async () => {
  child?.kill('SIGKILL');
  await rm(dataDir, { recursive: true, force: true });
});

interface Entry extends Document {
  readonly _id: string;
  readonly list: number[];
  /** How often it was written, and the same again in two more places. */
  readonly n: number;
  readonly again: { readonly n: number };
}

/** A process on the same folder; the one before has to be gone. */
async function start(): Promise<{ process: ChildProcess; client: MongoClient }> {
  const started = spawn(process.execPath, [path.join(import.meta.dirname, 'server-process.ts'), dataDir], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  child = started;
  const [uri] = (await once(createInterface(started.stdout), 'line')) as [string];
  return { process: started, client: new MongoClient(uri, { serverSelectionTimeoutMS: 20_000 }) };
}

test('every acknowledged write is there after a kill, and no half one', { timeout: 600_000 }, async () => {
  /** By writer: how often it was told that its document is written. */
  const acknowledged = Array.from({ length: writers }, () => 0);
  let kept = 0;
  for (let round = 0; round < kills; round += 1) {
    const { process: victim, client } = await start();
    const collection = client.db('d').collection<Entry>('c');
    if (round === 0) await collection.createIndexes([{ key: { n: 1 } }, { key: { list: 1, 'again.n': -1 } }]);

    const entries = await collection.find().sort({ _id: 1 }).toArray();
    const found = entries.map(({ _id }) => Number(_id));
    // One that is gone would be inserted anew by its writer, and be missed by nobody later.
    acknowledged.forEach((n, writer) => {
      if (n > 0) expect(found, `round ${round}`).toContain(writer);
    });
    for (const entry of entries) {
      const { _id, n, again, list } = entry;
      const known = acknowledged[Number(_id)] ?? 0;
      // One write may have been done and not yet acknowledged.
      expect([known, known + 1], `round ${round}, writer ${_id}`).toContain(n);
      expect({ again, list }).toEqual({ again: { n }, list: [n, n + 1] });
      acknowledged[Number(_id)] = n;
      // The indexes know what the document says, and nothing of what it said before.
      expect(await collection.find({ list: n + 1, 'again.n': n }).toArray()).toContainEqual(entry);
      expect(await collection.countDocuments({ _id, n: { $lt: n } }, { hint: { n: 1 } })).toBe(0);
    }
    kept = entries.length;
    expect(await collection.countDocuments({ n: { $gte: 0 } })).toBe(kept);

    const writing = acknowledged.map(async (_, writer) => {
      for (;;) {
        const n = (acknowledged[writer] ?? 0) + 1;
        const write = { $set: { n, again: { n }, list: [n, n + 1] } };
        await collection.updateOne({ _id: String(writer) }, write, { upsert: true });
        acknowledged[writer] = n;
      }
    });
    // The moment is another one each time, and none of a clock: after so many acknowledgements, with others under way.
    const goal = acknowledged.reduce((sum, n) => sum + n, 0) + 1 + ((round * 7) % 31);
    const watching = (async () => {
      while (acknowledged.reduce((sum, n) => sum + n, 0) < goal) await collection.findOne({ _id: '0' });
    })();
    const failed = Promise.allSettled(writing);
    await watching;
    // A client that has not noticed yet would say farewell to the dead, and the driver (7.9) then waits for ever: a write to
    // a socket that was destroyed without an error is never drained.
    const noticed = once(client, 'connectionPoolCleared');
    const exited = once(victim, 'exit');
    victim.kill('SIGKILL');
    await Promise.all([exited, noticed]);
    await client.close(true);
    await failed;
  }
  expect(kept).toBe(writers);
  expect(Math.min(...acknowledged)).toBeGreaterThan(100);
});
