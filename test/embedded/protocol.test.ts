import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { type Collection, type Document, GridFSBucket, Long, MongoClient } from 'mongodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startEmbeddedDatabase } from '../../src/embedded/embedded.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';

let server: TestDatabase;
let client: MongoClient;
let collection: Collection<Document>;

beforeAll(async () => {
  server = await createTestDatabase();
  client = new MongoClient(server.uri);
  collection = client.db(server.databaseName).collection<Document>('numbers');
  await collection.insertMany(Array.from({ length: 1000 }, (_, n) => ({ n })));
});

afterAll(async () => {
  await client.close();
  await server[Symbol.asyncDispose]();
});

describe('the server', () => {
  it('is a standalone of version 8 to the driver', async () => {
    const hello = await client.db('admin').command({ hello: 1 });
    expect(hello).toMatchObject({ isWritablePrimary: true, maxWireVersion: 25, logicalSessionTimeoutMinutes: 30 });
    expect(hello).not.toHaveProperty('setName');
    expect(hello).not.toHaveProperty('topologyVersion');
    expect((await client.db('admin').command({ buildInfo: 1 })).version).toMatch(/^8\.0\./);
    expect(await client.db('admin').command({ ping: 1 })).toEqual({ ok: 1 });
  });

  it('lists databases and collections, makes and drops them', async () => {
    const database = client.db(`${server.databaseName}_other`);
    await database.createCollection('a');
    await database.collection('b').insertOne({});
    await expect(database.createCollection('a')).rejects.toMatchObject({ code: 48 });
    expect((await database.listCollections().toArray()).map(({ name, type }) => [name, type])).toEqual([
      ['a', 'collection'],
      ['b', 'collection'],
    ]);
    expect(
      (await database.listCollections({ name: 'b' }, { nameOnly: true }).toArray()).map(({ name }) => name),
    ).toEqual(['b']);
    await database.collection('a').drop();
    await database.dropDatabase();
    expect(await database.listCollections().toArray()).toEqual([]);
  });

  it('does writes that nobody waits for, in order', async () => {
    const unacknowledged = client.db(server.databaseName).collection<Document>('quick', { writeConcern: { w: 0 } });
    await unacknowledged.insertOne({ a: 1 });
    await unacknowledged.updateOne({ a: 1 }, { $set: { a: 2 } });
    await expect
      .poll(() =>
        client
          .db(server.databaseName)
          .collection('quick')
          .findOne({}, { projection: { _id: 0 } }),
      )
      .toEqual({ a: 2 });
  });

  it('keeps files for GridFS', async () => {
    const bucket = new GridFSBucket(client.db(server.databaseName), { chunkSizeBytes: 1000 });
    const content = 'x'.repeat(4500);
    const upload = bucket.openUploadStream('file.txt', { metadata: { project: 'p' } });
    await new Promise((resolve, reject) => upload.once('finish', resolve).once('error', reject).end(content));
    expect(await text(bucket.openDownloadStream(upload.id))).toBe(content);
    expect(await text(bucket.openDownloadStreamByName('file.txt', { start: 990, end: 1010 }))).toHaveLength(20);
    expect(await bucket.find({ 'metadata.project': 'p' }).toArray()).toMatchObject([{ length: 4500 }]);
    await bucket.delete(upload.id);
    expect(await client.db(server.databaseName).collection('fs.chunks').countDocuments()).toBe(0);
  });

  it('answers to a password on a loopback port', async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'trivium-port-'));
    const database = await startEmbeddedDatabase({ dataDir, port: 0 });
    try {
      expect(database.uri).toMatch(/^mongodb:\/\/trivium:[0-9a-f]{48}@127\.0\.0\.1:\d+\//);
      await using trusted = new MongoClient(database.uri);
      expect(await trusted.db('a').collection('b').countDocuments()).toBe(0);
      await using stranger = new MongoClient(database.uri.replace(/:[0-9a-f]{48}@/, ':guess@'));
      await expect(stranger.db('a').collection('b').countDocuments()).rejects.toMatchObject({ code: 18 });
      await using nobody = new MongoClient(database.uri.replace(/trivium:.*@/, '').replace('authMechanism=PLAIN&', ''));
      await expect(nobody.db('a').collection('b').countDocuments()).rejects.toMatchObject({ code: 13 });
    } finally {
      await database.close();
      await rm(dataDir, { recursive: true, force: true });
    }
  });
});

describe('a cursor', () => {
  it('gives all documents in batches, in the order of its sort or of insertion', async () => {
    expect((await collection.find().batchSize(7).toArray()).map(({ n }) => n)).toEqual(
      Array.from({ length: 1000 }, (_, n) => n),
    );
    expect((await collection.find().sort({ n: -1 }).batchSize(300).limit(700).toArray()).map(({ n }) => n)).toEqual(
      Array.from({ length: 700 }, (_, n) => 999 - n),
    );
    expect(
      await collection
        .aggregate([{ $match: { n: { $gte: 500 } } }, { $project: { n: 1 } }], { batchSize: 10 })
        .toArray(),
    ).toHaveLength(500);
  });

  it('goes on where it was while documents come and go', async () => {
    const changing = client.db(server.databaseName).collection<Document>('changing');
    await changing.createIndex({ n: 1 });
    await changing.insertMany(Array.from({ length: 400 }, (_, n) => ({ n })));
    const cursor = changing
      .find({ n: { $gte: 0 } })
      .sort({ n: 1 })
      .batchSize(10);
    const seen: number[] = [];
    for await (const { n } of cursor) {
      seen.push(Number(n));
      if (n === 5) await changing.deleteMany({ n: { $in: [2, 350] } });
      if (n === 6) await changing.insertMany([{ n: -1 }, { n: 399.5 }]);
    }
    expect(seen).toEqual([...Array.from({ length: 400 }, (_, n) => n).filter((n) => n !== 350), 399.5]);
  });

  it('is gone once it is closed, and says so', async () => {
    const database = client.db(server.databaseName);
    const { cursor } = await database.command({ find: 'numbers', batchSize: 2 });
    expect(cursor.firstBatch).toHaveLength(2);
    const id = Long.fromValue(cursor.id);
    expect(await database.command({ killCursors: 'numbers', cursors: [id] })).toMatchObject({
      cursorsKilled: [cursor.id],
    });
    await expect(database.command({ getMore: id, collection: 'numbers' })).rejects.toMatchObject({
      code: 43,
      codeName: 'CursorNotFound',
    });
  });
});

describe('what the server does not do', () => {
  it('takes longer than it is given', async () => {
    const slow = client.db(server.databaseName).collection<Document>('slow');
    await slow.insertMany(Array.from({ length: 20_000 }, (_, n) => ({ n, text: 'x'.repeat(100) })));
    await expect(slow.find({ text: /xy/ }).maxTimeMS(1).toArray()).rejects.toMatchObject({ code: 50 });
  });
});
