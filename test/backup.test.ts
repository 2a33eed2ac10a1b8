import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { gunzipSync, gzipSync } from 'node:zlib';
import { type BSON, Decimal128, Double, GridFSBucket, Int32, Long, MongoClient, ObjectId, Timestamp } from 'mongodb';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startEmbeddedDatabase } from '../src/embedded/embedded.ts';

/** `npm run database`, `npm run export` and `npm run import` as they are started. */

const run = promisify(execFile);
const root = new URL('..', import.meta.url).pathname;

let folder: string;
const processes: ChildProcess[] = [];

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'trivium-backup-'));
});
afterAll(async () => {
  for (const child of processes) child.kill('SIGKILL');
  await rm(folder, { recursive: true, force: true });
});

const environmentOf = (dataDir: string, extra: NodeJS.ProcessEnv = {}) => ({
  PATH: process.env.PATH,
  DATA_DIR: path.join(folder, dataDir),
  ...extra,
});

async function backup(dataDir: string, ...args: string[]): Promise<string> {
  const { stdout } = await run(process.execPath, ['src/backup.ts', ...args], {
    cwd: root,
    env: environmentOf(dataDir),
  });
  return stdout;
}

async function startDatabase(dataDir: string, extra: NodeJS.ProcessEnv = {}) {
  const env = environmentOf(dataDir, { DATABASE_PORT: '0', ...extra });
  const child = spawn(process.execPath, ['src/database.ts'], { cwd: root, env });
  processes.push(child);
  let text = '';
  for await (const chunk of child.stdout) {
    text += chunk;
    if (text.includes('secret-key')) break;
  }
  return { child, uri: /MONGODB_URI='(.*)'/.exec(text)?.[1] ?? '' };
}

/** Fills a folder with documents of every kind, and a file. */
async function fill(dataDir: string): Promise<void> {
  const database = await startEmbeddedDatabase({ dataDir: path.join(folder, dataDir) });
  await using client = new MongoClient(database.uri);
  const db = client.db('trivium');
  const id = new ObjectId();
  await db.collection<BSON.Document>('runs').insertMany([
    {
      _id: id,
      int: new Int32(5),
      double: new Double(5),
      long: Long.MAX_VALUE,
      decimal: Decimal128.fromString('1.50'),
    },
    {
      _id: 'text' as unknown as ObjectId,
      at: new Date(-1),
      stamp: new Timestamp({ t: 1, i: 2 }),
      'line\nbreak': '\u2028',
    },
    ...Array.from({ length: 3000 }, (_, n) => ({
      _id: `r${n}` as unknown as ObjectId,
      n,
      list: [n, { deep: null }],
    })),
  ]);
  await pipeline([randomBytes(700_000)], new GridFSBucket(db, { bucketName: 'run_payloads' }).openUploadStream('big'));
  await client.close();
  await database.close();
}

/** Every document of every collection, byte for byte, and the file. */
async function contentOf(dataDir: string): Promise<Record<string, string[]>> {
  const database = await startEmbeddedDatabase({ dataDir: path.join(folder, dataDir) });
  await using client = new MongoClient(database.uri);
  const db = client.db('trivium');
  const content: Record<string, string[]> = {};
  for (const { name } of await db.listCollections().toArray()) {
    // `raw` gives the bytes as they are stored.
    const documents = await db
      .collection(name)
      .find({}, { raw: true, sort: { _id: 1 } })
      .toArray();
    if (documents.length > 0)
      content[name] = documents.map((raw) => Buffer.from(raw as unknown as Uint8Array).toString('hex'));
  }
  const chunks: Buffer[] = [];
  const sink = new Writable({
    write: (chunk, _, done) => {
      chunks.push(chunk);
      done();
    },
  });
  await pipeline(new GridFSBucket(db, { bucketName: 'run_payloads' }).openDownloadStreamByName('big'), sink);
  content.file = [Buffer.concat(chunks).toString('hex')];
  await client.close();
  await database.close();
  return content;
}

describe('npm run export and npm run import', () => {
  test('carry everything, files included, and never over anything', async () => {
    await fill('one');
    const file = path.join(folder, 'all.gz');
    expect(await backup('one', 'export', file)).toBe(`3006 documents exported to ${file}\n`);
    expect(await backup('two', 'import', file)).toBe(`3006 documents imported from ${file}\n`);
    const content = await contentOf('one');
    expect(Object.keys(content).sort()).toEqual(['file', 'run_payloads.chunks', 'run_payloads.files', 'runs']);
    expect(await contentOf('two')).toEqual(content);

    await expect(backup('one', 'export', file)).rejects.toThrow(/EEXIST/);
    await expect(backup('two', 'import', file)).rejects.toThrow(/The database is not empty: there are documents in/);
    expect(await backup('two', 'import', file, '--merge')).toBe(`3006 documents imported from ${file}\n`);
    expect(await contentOf('two')).toEqual(content);
  });

  test('refuse what is no export, and say how far they came', async () => {
    const lines = gunzipSync(await readFile(path.join(folder, 'all.gz')))
      .toString()
      .split('\n');
    const damaged = async (name: string, content: string[]) => {
      const file = path.join(folder, name);
      await writeFile(file, gzipSync(content.join('\n')));
      return file;
    };
    const other = await damaged('other.gz', ['{"format":"something"}']);
    await expect(backup('three', 'import', other)).rejects.toThrow(/The file is no export of this version/);
    const short = await damaged('short.gz', lines.slice(0, 11));
    await expect(backup('three', 'import', short)).rejects.toThrow(/ends before its end: 10 documents were imported/);
    const broken = await damaged('broken.gz', [...lines.slice(0, 11), '{"collection', ...lines.slice(11)]);
    await expect(backup('four', 'import', broken)).rejects.toThrow(/damaged behind document 10/);
    await expect(backup('four', 'import')).rejects.toThrow(/Usage/);
  });
});

describe('npm run database', () => {
  test('serves several drivers, behind its secret, until it is told to end', async () => {
    const { child, uri } = await startDatabase('served', { DATABASE_SECRET: 'a-secret-of-the-test' });
    expect(uri).toMatch(/^mongodb:\/\/trivium:a-secret-of-the-test@127\.0\.0\.1:\d+\//);
    await using one = new MongoClient(uri);
    await using two = new MongoClient(uri);
    const [first, second] = [one, two].map((client) => client.db('d').collection<{ _id: string; n: number }>('c'));
    await Promise.all(
      [first, second].flatMap((collection) =>
        Array.from({ length: 50 }, () => collection?.updateOne({ _id: 'a' }, { $inc: { n: 1 } }, { upsert: true })),
      ),
    );
    expect(await second?.findOne({})).toEqual({ _id: 'a', n: 100 });

    await using stranger = new MongoClient(uri.replace('a-secret-of-the-test', 'another-secret'));
    await expect(stranger.db('d').collection('c').findOne({})).rejects.toThrow(/Authentication failed/);
    const unknown = new URL(uri.replace('mongodb:', 'http:'));
    await using nobody = new MongoClient(`mongodb://127.0.0.1:${unknown.port}/?directConnection=true`);
    await expect(nobody.db('d').collection('c').findOne({})).rejects.toMatchObject({ code: 13 });

    await expect(startEmbeddedDatabase({ dataDir: path.join(folder, 'served') })).rejects.toThrow(/in use by another/);
    const ended = once(child, 'exit');
    child.kill('SIGTERM');
    expect(await ended).toEqual([0, null]);
    const { uri: again } = await startDatabase('served');
    await using client = new MongoClient(again);
    expect(await client.db('d').collection('c').countDocuments()).toBe(1);
  });
});
