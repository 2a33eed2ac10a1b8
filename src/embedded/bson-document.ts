import { DBRef, Double, deserialize, Int32, Long, ObjectId, serialize, Timestamp } from 'bson';
import { DatabaseError } from './errors.ts';

/** A decoded BSON document. */
export type Document = Record<string, unknown>;
/** The bytes of a BSON document, as they came and as they are stored. */
export type RawDocument = Uint8Array;

export const maxDocumentBytes = 16 * 1024 * 1024;
const maxDepth = 180;

/** Decodes with every type kept (`Int32`, `Double`, `Long`, … as objects), so that encoding gives the same bytes again. */
export function decode(raw: RawDocument): Document {
  return withoutReferences(raw, deserialize(raw, { promoteValues: false, bsonRegExp: true }));
}

/** Decodes with numbers as JavaScript has them: what expressions compute with. A `Long` beyond 2^53 stays one. */
export function decodePlain(raw: RawDocument): Document {
  return withoutReferences(raw, deserialize(raw, { bsonRegExp: true }));
}

export function encode(document: Document): Buffer {
  return asBuffer(serialize(document));
}

/** bson makes a `DBRef` of `{ $ref, $id }`; to a database it is a document like any other. */
function withoutReferences(raw: RawDocument, document: Document): Document {
  if (!asBuffer(raw).includes('$ref\0')) return document;
  const convert = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(convert);
    const plain =
      value instanceof DBRef
        ? { $ref: value.collection, $id: value.oid, ...(value.db ? { $db: value.db } : {}), ...value.fields }
        : value;
    return isDocument(plain)
      ? Object.fromEntries(Object.entries(plain).map(([key, inner]) => [key, convert(inner)]))
      : plain;
  };
  // A document converts to a document.
  return convert(document) as Document;
}

/** Whether a value is an embedded document: not an array, not null, none of bson's types. */
export function isDocument(value: unknown): value is Document {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    !('_bsontype' in value) &&
    !(value instanceof Date) &&
    !(value instanceof Uint8Array)
  );
}

/** `Int32`, `Double`, a small `Long` and a number as a number; undefined for everything else. */
export function toNumber(value: unknown): number | undefined {
  if (typeof value === 'number') return value;
  if (value instanceof Int32 || value instanceof Double) return value.value;
  return value instanceof Long && !(value instanceof Timestamp) ? value.toNumber() : undefined;
}

/** The same value with numbers as `decodePlain` has them. */
export function toPlain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(toPlain);
  if (isDocument(value)) return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, toPlain(inner)]));
  const number = toNumber(value);
  return number === undefined || (value instanceof Long && !Number.isSafeInteger(number)) ? value : number;
}

function asBuffer(raw: RawDocument): Buffer {
  return Buffer.from(raw.buffer, raw.byteOffset, raw.byteLength);
}

/** The fields of a document with their bytes, in order; `start` is where the element begins, `value` where its value does. */
export function* elements(
  raw: RawDocument,
): Generator<{ type: number; name: string; start: number; value: number; end: number }> {
  const buffer = asBuffer(raw);
  const last = buffer.length - 1;
  if (last < 4 || buffer.readInt32LE(0) !== buffer.length || buffer[last] !== 0) throw invalid();
  let at = 4;
  while (at < last) {
    const type = buffer[at] ?? 0;
    const nameEnd = buffer.indexOf(0, at + 1);
    const end = nameEnd + 1 + valueLength(buffer, type, nameEnd + 1);
    if (end > last || end <= at) throw invalid();
    yield { type, name: buffer.toString('utf8', at + 1, nameEnd), start: at, value: nameEnd + 1, end };
    at = end;
  }
}

function invalid(): DatabaseError {
  return new DatabaseError(22, 'Invalid BSON: the lengths in a document do not agree');
}

function valueLength(buffer: Buffer, type: number, at: number): number {
  switch (type) {
    case 0x01:
    case 0x09:
    case 0x11:
    case 0x12:
      return 8;
    case 0x02:
    case 0x0d:
    case 0x0e:
      return 4 + buffer.readInt32LE(at);
    case 0x03:
    case 0x04:
    case 0x0f:
      return buffer.readInt32LE(at);
    case 0x05:
      return 5 + buffer.readInt32LE(at);
    case 0x06:
    case 0x0a:
    case 0x7f:
    case 0xff:
      return 0;
    case 0x07:
      return 12;
    case 0x08:
      return 1;
    case 0x0b: {
      const options = buffer.indexOf(0, at) + 1;
      return buffer.indexOf(0, options) + 1 - at;
    }
    case 0x0c:
      return 16 + buffer.readInt32LE(at);
    case 0x10:
      return 4;
    case 0x13:
      return 16;
    default:
      throw new DatabaseError(22, `Unrecognized BSON type ${type}`);
  }
}

/**
 * Makes a function that gives a document with the named top-level fields only: a copy of bytes, nothing is decoded.
 * It is what scans spend their time in, hence the loop over bytes.
 */
export function createPicker(names: ReadonlySet<string>): (raw: RawDocument) => Buffer {
  const wanted = Array.from(names, (name) => Buffer.from(`${name}\0`));
  return (raw) => {
    const buffer = asBuffer(raw);
    const parts: Buffer[] = [];
    for (let at = 4, end = at; at < buffer.length - 1 && parts.length < wanted.length; at = end) {
      const value = buffer.indexOf(0, at + 1) + 1;
      end = value + valueLength(buffer, buffer[at] ?? 0, value);
      for (const name of wanted) {
        if (name.length !== value - at - 1 || name[0] !== buffer[at + 1]) continue;
        if (buffer.compare(name, 0, name.length, at + 1, value) === 0) parts.push(buffer.subarray(at, end));
      }
    }
    return joinElements(parts);
  };
}

/** A document of elements that are encoded already. */
export function joinElements(parts: readonly Uint8Array[]): Buffer {
  const size = parts.reduce((sum, part) => sum + part.length, 5);
  const result = Buffer.allocUnsafe(size);
  result.writeInt32LE(size, 0);
  let at = 4;
  for (const part of parts) {
    result.set(part, at);
    at += part.length;
  }
  result[at] = 0;
  return result;
}

/** One element: a field whose value is encoded already. */
export function element(type: 0x03 | 0x04, name: string, value: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from([type]), Buffer.from(`${name}\0`), value]);
}

/** An array of documents, as BSON. */
export function rawArray(documents: readonly RawDocument[]): Buffer {
  return joinElements(documents.flatMap((document, index) => [Buffer.from(`\u0003${index}\0`), document]));
}

/** A document ready to be stored: `_id` is there and first. Throws for what MongoDB refuses to store. */
export function prepareForInsert(raw: RawDocument): RawDocument {
  let position = 0;
  for (const { name, type, start, value, end } of elements(raw)) {
    if (name === '_id') {
      if (type === 0x04 || type === 0x0b || type === 0x06) {
        throw new DatabaseError(
          53,
          `The '_id' value cannot be of type ${type === 0x04 ? 'array' : type === 0x0b ? 'regex' : 'undefined'}`,
        );
      }
      if (type === 0x03) {
        for (const { name: inner } of elements(raw.subarray(value, end)))
          if (inner.startsWith('$'))
            throw new DatabaseError(
              52,
              `_id fields may not contain '$'-prefixed fields: ${inner} is not valid for storage.`,
            );
      }
      const buffer = asBuffer(raw);
      return position === 0
        ? raw
        : joinElements([buffer.subarray(start, end), buffer.subarray(4, start), buffer.subarray(end, -1)]);
    }
    position += 1;
  }
  return joinElements([encode({ _id: new ObjectId() }).subarray(4, -1), asBuffer(raw).subarray(4, -1)]);
}

/** Throws unless the document may be stored: at most 16 MB, nested at most 180 deep. */
export function checkLimits(raw: RawDocument): void {
  if (raw.length > maxDocumentBytes) {
    throw new DatabaseError(
      10334,
      `BSONObj size: ${raw.length} (0x${raw.length.toString(16).toUpperCase()}) is invalid. Size must be between 0 and 16793600(16MB)`,
    );
  }
  if (depthOf(raw, 1) > maxDepth)
    throw new DatabaseError(15, `Document exceeds the maximum nesting depth of ${maxDepth}`);
}

function depthOf(raw: RawDocument, depth: number): number {
  let deepest = depth;
  if (depth > maxDepth) return depth;
  for (const { type, value, end } of elements(raw)) {
    if (type === 0x03 || type === 0x04) deepest = Math.max(deepest, depthOf(raw.subarray(value, end), depth + 1));
  }
  return deepest;
}
