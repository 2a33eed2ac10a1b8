import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type Document, MongoClient } from 'mongodb';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startEmbeddedDatabase } from '../../src/embedded/embedded.ts';

let dataDir: string;
let child: ChildProcess | undefined;

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'trivium-durability-'));
});

afterEach(async () => {
  child?.kill('SIGKILL');
  await rm(dataDir, { recursive: true, force: true });
});

/** Starts the database in a process of its own, which prints its URI. */
async function startElsewhere(): Promise<{ process: ChildProcess; uri: string }> {
  const started = spawn(process.execPath, [join(import.meta.dirname, 'server-process.ts'), dataDir], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  child = started;
  const [uri] = (await once(createInterface(started.stdout), 'line')) as [string];
  return { process: started, uri };
}

describe('data', () => {
  it('is there again after a close', async () => {
    const first = await startEmbeddedDatabase({ dataDir });
    {
      await using client = new MongoClient(first.uri);
      const collection = client.db('d').collection<Document>('c');
      await collection.createIndex({ n: 1 }, { unique: true });
      await collection.insertMany([{ n: 1 }, { n: [2, 3] }]);
    }
    await first.close();
    await first.close();
    const second = await startEmbeddedDatabase({ dataDir });
    await using client = new MongoClient(second.uri);
    const collection = client.db('d').collection<Document>('c');
    expect(
      await collection
        .find({ n: { $gte: 1 } })
        .sort({ n: 1 })
        .project({ _id: 0 })
        .toArray(),
    ).toEqual([{ n: 1 }, { n: [2, 3] }]);
    await expect(collection.insertOne({ n: 3 })).rejects.toMatchObject({ code: 11000 });
    await client.close();
    await second.close();
  });

  it('has every acknowledged write after a kill in the middle of many', async () => {
    const { process: victim, uri } = await startElsewhere();
    const acknowledged: { writer: number; n: number }[] = [];
    await using client = new MongoClient(uri, { serverSelectionTimeoutMS: 500 });
    const collection = client.db('d').collection<Document>('c');
    await collection.createIndex({ writer: 1, n: 1 }, { unique: true });
    const writers = Array.from({ length: 8 }, async (_, writer) => {
      for (let n = 0; ; n += 1) {
        try {
          await collection.insertOne({ writer, n, list: [`w${writer}`, `n${n}`] });
          acknowledged.push({ writer, n });
        } catch {
          return;
        }
        if (acknowledged.length === 400) victim.kill('SIGKILL');
      }
    });
    await Promise.all(writers);
    expect(acknowledged.length).toBeGreaterThanOrEqual(400);

    const again = await startEmbeddedDatabase({ dataDir });
    await using reader = new MongoClient(again.uri);
    const stored = reader.db('d').collection<Document>('c');
    const kept = new Set((await stored.find().toArray()).map(({ writer, n }) => `${writer}.${n}`));
    expect(acknowledged.filter(({ writer, n }) => !kept.has(`${writer}.${n}`))).toEqual([]);
    expect(await stored.countDocuments({ writer: { $gte: 0 } })).toBe(kept.size);
    await reader.close();
    await again.close();
  });

  it('belongs to one process, and the second is told which', async () => {
    const { process: owner } = await startElsewhere();
    await expect(startEmbeddedDatabase({ dataDir })).rejects.toThrow(
      new RegExp(`is in use by another process \\(pid ${owner.pid}\\)`),
    );
    owner.kill('SIGKILL');
    await once(owner, 'exit');
    const next = await startEmbeddedDatabase({ dataDir });
    await expect(startEmbeddedDatabase({ dataDir })).rejects.toThrow(/is in use/);
    await next.close();
  });
});

describe('an index with a time to live', () => {
  it('removes what is over, and only that', async () => {
    const database = await startEmbeddedDatabase({ dataDir });
    {
      await using client = new MongoClient(database.uri);
      const collection = client.db('d').collection<Document>('c');
      await collection.createIndex({ at: 1 }, { expireAfterSeconds: 60 });
      await collection.insertMany([
        ...Array.from({ length: 1200 }, (_, n) => ({ n, at: new Date(Date.now() - 61_000) })),
        { n: 'list', at: [new Date(), new Date(0)] },
        { n: 'fresh', at: new Date() },
        { n: 'text', at: 'long ago' },
        { n: 'none' },
      ]);
    }
    await database.close();
    // A start begins with a sweep.
    const again = await startEmbeddedDatabase({ dataDir });
    await using client = new MongoClient(again.uri);
    const left = () => client.db('d').collection<Document>('c').distinct('n');
    await expect.poll(left).toEqual(['fresh', 'none', 'text']);
    await client.close();
    await again.close();
  });
});
