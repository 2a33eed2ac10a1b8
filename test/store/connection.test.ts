import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { MongoClient } from 'mongodb';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import '../../src/store/connection.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';

/** What becomes of a command that is written to a socket in the moment when that ends. */

let database: TestDatabase;
let client: MongoClient;
let sockets: Socket[] = [];

const note = (message: unknown) => sockets.push((message as { socket: Socket }).socket);
const destroyAll = () => {
  for (const socket of sockets.splice(0)) socket.destroy();
};

beforeAll(async () => {
  database = await createTestDatabase();
  subscribe('net.client.socket', note);
});
afterAll(async () => {
  unsubscribe('net.client.socket', note);
  await database[Symbol.asyncDispose]();
});
beforeEach(async () => {
  sockets = [];
  client = await new MongoClient(database.uri, { heartbeatFrequencyMS: 500 }).connect();
  await client.db().command({ ping: 1 });
});
afterEach(() => client.close());

test('it fails', async () => {
  destroyAll();
  await expect(client.db().command({ ping: 1 })).rejects.toThrow('closed');
  expect(await client.db().command({ ping: 1 })).toMatchObject({ ok: 1 });
});

test("where it is the monitor's, the server is found again", async () => {
  client.once('serverHeartbeatStarted', destroyAll);
  await once(client, 'serverHeartbeatFailed');
  await once(client, 'serverHeartbeatSucceeded');
  expect(await client.db().command({ ping: 1 })).toMatchObject({ ok: 1 });
});
