import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { type Document, MongoClient } from 'mongodb';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { startEmbeddedDatabase } from '../../src/embedded/embedded.ts';

/** A disk that is full, and a file that is damaged: a clear message, and nothing made worse. */

let dataDir: string;
let child: ChildProcess | undefined;

beforeEach(async () => {
  dataDir = await mkdtemp(path.join(tmpdir(), 'trivium-damage-'));
});
afterEach(async () => {
  child?.kill('SIGKILL');
  await rm(dataDir, { recursive: true, force: true });
});

/** Starts the database in a process that may make no file larger than this: to SQLite that is a disk without space. */
async function startWithin(kilobytes: number): Promise<{ process: ChildProcess; uri: string }> {
  const script = path.join(import.meta.dirname, 'server-process.ts');
  const limited = `trap '' XFSZ; ulimit -f ${kilobytes}; exec "$0" "$1" "$2"`;
  const started = spawn('bash', ['-c', limited, process.execPath, script, dataDir], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  child = started;
  const [uri] = (await once(createInterface(started.stdout), 'line')) as [string];
  return { process: started, uri };
}

test('a full disk refuses writes, says so, keeps what was acknowledged and still reads', async () => {
  const { process: full, uri } = await startWithin(2000);
  const acknowledged: number[] = [];
  {
    await using client = new MongoClient(uri);
    const collection = client.db('d').collection<Document>('c');
    await collection.createIndex({ n: 1 }, { unique: true });
    const error: unknown = await (async () => {
      for (let n = 0; n < 1000; n += 1) {
        await collection.insertOne({ n, text: 'x'.repeat(10_000) });
        acknowledged.push(n);
      }
    })().catch((caught: unknown) => caught);
    expect(error).toMatchObject({ code: 14031, codeName: 'OutOfDiskSpace' });
    expect(String(error)).toContain('the disk of the data folder is full: nothing of this write is kept');
    expect(acknowledged.length).toBeGreaterThan(20);

    // Several at once share a transaction, and each gets its own answer.
    const several = await Promise.allSettled(
      Array.from({ length: 5 }, (_, n) => collection.insertOne({ n: 2000 + n, text: 'x'.repeat(50_000) })),
    );
    expect(several.map(({ status }) => status)).toEqual(Array(5).fill('rejected'));
    expect((await collection.find().sort({ n: 1 }).toArray()).map(({ n }) => n)).toEqual(acknowledged);
  }
  full.kill('SIGKILL');
  await once(full, 'exit');

  const { uri: roomy, close } = await startEmbeddedDatabase({ dataDir });
  await using client = new MongoClient(roomy);
  const collection = client.db('d').collection<Document>('c');
  expect((await collection.find().sort({ n: 1 }).toArray()).map(({ n }) => n)).toEqual(acknowledged);
  await collection.insertOne({ n: acknowledged.length, text: 'x'.repeat(50_000) });
  expect(await collection.countDocuments({ n: { $gte: 0 } })).toBe(acknowledged.length + 1);
  await client.close();
  await close();
});

describe('a database file', () => {
  const file = () => path.join(dataDir, 'trivium.sqlite');

  async function fill(): Promise<void> {
    const { uri, close } = await startEmbeddedDatabase({ dataDir });
    await using client = new MongoClient(uri);
    const documents = Array.from({ length: 500 }, (_, n) => ({ n, text: 'x'.repeat(500) }));
    await client.db('d').collection<Document>('c').insertMany(documents);
    await client.close();
    await close();
  }

  test.each<[string, (bytes: Buffer) => Buffer, RegExp]>([
    ['that is cut off', (bytes) => bytes.subarray(0, bytes.length >> 1), /malformed|invalid|database/],
    ['whose pages are overwritten', (bytes) => bytes.fill(0xff, 4096, bytes.length >> 1), /it is damaged/],
    ['whose head is overwritten', (bytes) => bytes.fill(0x20, 0, 100), /not a database/],
    [
      'that is none',
      () => Buffer.from('something else, and long enough to be seen as a file of its own'),
      /not a database/,
    ],
  ])('%s is refused, and left as it is', async (_, damage, reason) => {
    await fill();
    const damaged = damage(await readFile(file()));
    await writeFile(file(), damaged);
    const start = startEmbeddedDatabase({ dataDir });
    await expect(start).rejects.toThrow(reason);
    await expect(start).rejects.toThrow(/trivium\.sqlite cannot be used: .* It was left as it is: restore a copy/);
    expect((await readFile(file())).equals(damaged)).toBe(true);
    // The folder is free again for one that is whole.
    await rm(file());
    const { close } = await startEmbeddedDatabase({ dataDir });
    await close();
  });

  test('of another program is refused', async () => {
    const { DatabaseSync } = await import('node:sqlite');
    const other = new DatabaseSync(file());
    other.exec('CREATE TABLE notes (text)');
    other.close();
    await expect(startEmbeddedDatabase({ dataDir })).rejects.toThrow(/not a database of this version of Trivium/);
  });
});
