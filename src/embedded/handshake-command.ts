import { timingSafeEqual } from 'node:crypto';
import { Binary } from 'bson';
import type { CommandDefinition, CommandTable } from './command.ts';
import type { Document } from './document.ts';
import { DatabaseError } from './errors.ts';
import { maxMessageBytes } from './wire.ts';

export const maxDocumentBytes = 16 * 1024 * 1024;

const hello: CommandDefinition = {
  run: ({ name }) => ({
    helloOk: true,
    [name === 'hello' ? 'isWritablePrimary' : 'ismaster']: true,
    maxBsonObjectSize: maxDocumentBytes,
    maxMessageSizeBytes: maxMessageBytes,
    maxWriteBatchSize: 100_000,
    localTime: new Date(),
    logicalSessionTimeoutMinutes: 30,
    minWireVersion: 0,
    maxWireVersion: 25,
    readOnly: false,
    ok: 1,
  }),
};

const acknowledge: CommandDefinition = { run: () => ({ ok: 1 }) };

/** The commands that need no data: what a driver says to find out whom it talks to. */
export const handshakeCommands: CommandTable = {
  hello,
  ismaster: hello,
  isMaster: hello,
  ping: acknowledge,
  endSessions: acknowledge,
  buildInfo: {
    run: () => ({ version: '8.0.0', versionArray: [8, 0, 0, 0], maxBsonObjectSize: maxDocumentBytes, ok: 1 }),
  },
};

/** Checks the password of `saslStart` with the PLAIN mechanism (RFC 4616). Throws code 18 when it is not the secret. */
export function authenticate({ mechanism, payload }: Document, secret: string): Document {
  const text = payload instanceof Binary ? Buffer.from(payload.value()).toString('utf8') : '';
  const [given, wanted] = [Buffer.from(text.split('\0')[2] ?? ''), Buffer.from(secret)];
  if (mechanism !== 'PLAIN' || given.length !== wanted.length || !timingSafeEqual(given, wanted))
    throw new DatabaseError(18, 'Authentication failed.');
  return { conversationId: 1, done: true, payload: new Binary(), ok: 1 };
}
