import { Double, deserialize, Int32, Long, serialize, Timestamp } from 'bson';

/** A decoded BSON document. */
export type Document = Record<string, unknown>;
/** The bytes of a BSON document, as they are stored. */
export type RawDocument = Uint8Array;

/** Decodes with every type kept (`Int32`, `Double`, `Long`, … as objects), so that encoding gives the same bytes again. */
export function decode(raw: RawDocument): Document {
  return deserialize(raw, { promoteValues: false, bsonRegExp: true });
}

/** Decodes with numbers as JavaScript has them: what reads compute with. A `Long` beyond 2^53 stays one. */
export function decodePlain(raw: RawDocument): Document {
  return deserialize(raw, { bsonRegExp: true });
}

export function encode(document: Document): Buffer {
  const { buffer, byteOffset, byteLength } = serialize(document);
  return Buffer.from(buffer, byteOffset, byteLength);
}

/** Whether a value is an embedded document: not an array, not null, none of bson's types. */
export function isDocument(value: unknown): value is Document {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && isPlainObject(value);
}

function isPlainObject(value: object): boolean {
  return !('_bsontype' in value) && !(value instanceof Date) && !(value instanceof Uint8Array);
}

/** An own field; never what the object inherits. */
export function fieldOf(document: Document, name: string): unknown {
  return Object.hasOwn(document, name) ? document[name] : undefined;
}

/** `Int32`, `Double`, `Long` and a number as a number; undefined for everything else. */
export function toNumber(value: unknown): number | undefined {
  if (typeof value === 'number') return value;
  if (value instanceof Int32 || value instanceof Double) return value.value;
  return value instanceof Long && !(value instanceof Timestamp) ? value.toNumber() : undefined;
}

/** The same value with numbers as `decodePlain` has them. */
export function toPlain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(toPlain);
  if (isDocument(value))
    return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, toPlain(inner)]));
  const number = toNumber(value);
  return number === undefined || (value instanceof Long && !Number.isSafeInteger(number)) ? value : number;
}

/** The first name of a dotted path: the field that has to be read for it. */
export function rootOf(path: string): string {
  const dot = path.indexOf('.');
  return dot === -1 ? path : path.slice(0, dot);
}
