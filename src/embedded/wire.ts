import { type Document, decode, type RawDocument } from './document.ts';

/** The wire protocol: OP_MSG, and OP_QUERY for a driver's first `hello`. https://www.mongodb.com/docs/manual/reference/mongodb-wire-protocol */

const opReply = 1;
const opQuery = 2004;
const opMessage = 2013;
const checksumPresent = 1;
const moreToCome = 2;
const headerBytes = 16;

export const maxMessageBytes = 48_000_000;

/** A request as it came. */
export interface Request {
  readonly id: number;
  readonly isQuery: boolean;
  /** The command's document. */
  readonly body: RawDocument;
  /** Further documents, by the field that they belong to. */
  readonly sequences: ReadonlyMap<string, readonly RawDocument[]>;
  /** Whether the client waits for an answer. */
  readonly expectsReply: boolean;
}

/** Cuts a stream of bytes into messages. Throws when something else than the protocol arrives. */
export function createMessageReader(onMessage: (message: Buffer) => void): (chunk: Buffer) => void {
  let chunks: Buffer[] = [];
  let available = 0;
  let wanted = 4;
  return (chunk) => {
    chunks.push(chunk);
    available += chunk.length;
    while (available >= wanted) {
      const buffer = chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks, available);
      const size = buffer.readInt32LE(0);
      if (size < headerBytes || size > maxMessageBytes) throw new Error(`a message of ${size} bytes`);
      chunks = [buffer];
      wanted = size;
      if (available < size) return;
      onMessage(buffer.subarray(0, size));
      available -= size;
      chunks = available > 0 ? [buffer.subarray(size)] : [];
      wanted = 4;
    }
  };
}

export function parseRequest(message: Buffer): Request {
  const id = message.readInt32LE(4);
  const operation = message.readInt32LE(12);
  if (operation === opQuery) {
    const start = message.indexOf(0, headerBytes + 4) + 9;
    const body = message.subarray(start, start + message.readInt32LE(start));
    return { id, isQuery: true, body, sequences: new Map(), expectsReply: true };
  }
  if (operation !== opMessage) throw new Error(`operation ${operation} is not supported`);
  const flags = message.readUInt32LE(headerBytes);
  if (flags & 0xfffc) throw new Error(`unknown required flags ${flags}`);
  const end = flags & checksumPresent ? message.length - 4 : message.length;
  const sequences = new Map<string, RawDocument[]>();
  let body: RawDocument | undefined;
  for (let at = headerBytes + 4; at < end; ) {
    const section = message.subarray(at + 1, at + 1 + message.readInt32LE(at + 1));
    if (message[at] === 0) body = section;
    else if (message[at] === 1) {
      const nameEnd = section.indexOf(0, 4);
      sequences.set(section.toString('utf8', 4, nameEnd), splitDocuments(section.subarray(nameEnd + 1)));
    } else throw new Error(`a section of kind ${message[at]}`);
    at += 1 + section.length;
  }
  if (!body) throw new Error('a message without a body');
  return { id, isQuery: false, body, sequences, expectsReply: (flags & moreToCome) === 0 };
}

function splitDocuments(bytes: Buffer): RawDocument[] {
  const documents: RawDocument[] = [];
  for (let at = 0; at < bytes.length; at += bytes.readInt32LE(at))
    documents.push(bytes.subarray(at, at + bytes.readInt32LE(at)));
  return documents;
}

/** The command's document with the further ones in their fields. */
export function decodeCommand({ body, sequences }: Pick<Request, 'body' | 'sequences'>): Document {
  const further = Array.from(sequences, ([name, documents]) => [name, documents.map(decode)]);
  return { ...decode(body), ...Object.fromEntries(further) };
}

/** The answer to a request, in the operation that the request came in. */
export function encodeReply({ id, isQuery }: Request, document: Buffer): Buffer {
  const head = Buffer.alloc(headerBytes + (isQuery ? 20 : 5));
  head.writeInt32LE(head.length + document.length, 0);
  head.writeInt32LE(id, 8);
  head.writeInt32LE(isQuery ? opReply : opMessage, 12);
  // OP_REPLY: flags, cursor, start, and how many documents; OP_MSG: flags and the kind of the section, all 0.
  if (isQuery) head.writeInt32LE(1, headerBytes + 16);
  return Buffer.concat([head, document]);
}
