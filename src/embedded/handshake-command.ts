import { timingSafeEqual } from 'node:crypto';
import { Binary } from 'bson';
import { maxDocumentBytes } from './bson-document.ts';
import type { CommandDefinition } from './command.ts';
import { DatabaseError } from './errors.ts';
import { maxMessageBytes } from './wire.ts';

const version = '8.0.0';

const hello: CommandDefinition = {
  fields: undefined,
  run: ({ name }) => ({
    helloOk: true,
    ...(name === 'hello' ? { isWritablePrimary: true } : { ismaster: true }),
    maxBsonObjectSize: maxDocumentBytes,
    maxMessageSizeBytes: maxMessageBytes,
    maxWriteBatchSize: 100_000,
    localTime: new Date(),
    logicalSessionTimeoutMinutes: 30,
    connectionId: 1,
    minWireVersion: 0,
    maxWireVersion: 25,
    readOnly: false,
    ok: 1,
  }),
};

const buildInfo: CommandDefinition = {
  fields: undefined,
  run: () => ({
    version,
    gitVersion: 'embedded',
    versionArray: [8, 0, 0, 0],
    bits: 64,
    debug: false,
    maxBsonObjectSize: maxDocumentBytes,
    modules: [],
    ok: 1,
  }),
};

/** The commands that need no data: what a driver says to find out whom it talks to. */
export const handshakeCommands: Readonly<Record<string, CommandDefinition>> = {
  hello,
  ismaster: hello,
  isMaster: hello,
  ping: { fields: undefined, run: () => ({ ok: 1 }) },
  buildInfo,
  buildinfo: buildInfo,
  endSessions: { fields: undefined, run: () => ({ ok: 1 }) },
};

/** Checks the password of `saslStart` with the PLAIN mechanism (RFC 4616). Throws code 18 when it is not the secret. */
export function authenticate(fields: Readonly<Record<string, unknown>>, secret: string): Record<string, unknown> {
  const payload = fields.payload;
  const password =
    payload instanceof Binary ? (Buffer.from(payload.value()).toString('utf8').split('\0')[2] ?? '') : '';
  const [given, wanted] = [Buffer.from(password), Buffer.from(secret)];
  if (fields.mechanism !== 'PLAIN' || given.length !== wanted.length || !timingSafeEqual(given, wanted))
    throw new DatabaseError(18, 'Authentication failed.');
  return { conversationId: 1, done: true, payload: new Binary(), ok: 1 };
}
