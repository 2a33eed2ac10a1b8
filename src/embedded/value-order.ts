import { Binary, BSONRegExp, DBRef, Decimal128, Double, Int32, Long, MaxKey, MinKey, ObjectId, Timestamp } from 'bson';
import { DatabaseError } from './errors.ts';

/**
 * The one order of BSON values here: an encoding whose bytes compare (memcmp) as MongoDB compares the values, across
 * types and within documents and arrays. Indexes store it, sorts and comparisons are made with it.
 *
 * A value is a byte for its place among the types and a body that is never the prefix of another one. No value starts
 * with 0x00 or 0xff, nor with the byte before or after a type's own.
 */
const places = {
  minKey: 0x01,
  undefined: 0x03,
  null: 0x07,
  number: 0x0c,
  string: 0x11,
  object: 0x16,
  array: 0x1b,
  binData: 0x20,
  objectId: 0x25,
  bool: 0x2a,
  date: 0x2d,
  timestamp: 0x31,
  regex: 0x34,
  maxKey: 0x7d,
};

/** What a value is to `$type`; the four types of numbers are one. */
export type TypeName = keyof typeof places;

export const placeOfType = (name: string): number | undefined => places[name as TypeName];

/** The place of a value's type in the order; values compare with `$gt` and the like only within one place. */
export const placeOf = (value: unknown): number => places[typeOf(value)];

/** Throws code 238 for the types that are only kept, not compared: decimals, code, symbols. */
export function typeOf(value: unknown): TypeName {
  switch (typeof value) {
    case 'string':
      return 'string';
    case 'number':
      return 'number';
    case 'undefined':
      return 'undefined';
    case 'boolean':
      return 'bool';
  }
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  if (value instanceof Date) return 'date';
  if (value instanceof ObjectId) return 'objectId';
  if (value instanceof Int32 || value instanceof Double) return 'number';
  if (value instanceof Timestamp) return 'timestamp';
  if (value instanceof Long) return 'number';
  if (value instanceof Binary || value instanceof Uint8Array) return 'binData';
  if (value instanceof BSONRegExp) return 'regex';
  if (value instanceof MinKey) return 'minKey';
  if (value instanceof MaxKey) return 'maxKey';
  if (typeof value === 'object' && (!('_bsontype' in value) || value instanceof DBRef)) return 'object';
  const name = value instanceof Decimal128 ? 'decimals' : 'code and symbols';
  throw new DatabaseError(238, `the embedded database stores ${name}, and neither compares nor indexes them`);
}

let scratch = Buffer.allocUnsafe(1024);
let length = 0;

function reserve(bytes: number): void {
  if (length + bytes <= scratch.length) return;
  const larger = Buffer.allocUnsafe(Math.max(scratch.length * 2, length + bytes));
  scratch.copy(larger, 0, 0, length);
  scratch = larger;
}

function writeByte(byte: number): void {
  reserve(1);
  scratch[length++] = byte;
}

function writeBytes(bytes: Uint8Array): void {
  reserve(bytes.length);
  scratch.set(bytes, length);
  length += bytes.length;
}

/** Text ends with 00 01; a 00 within it is written 00 ff. */
function writeText(text: string, end = true): void {
  for (const [index, part] of (text.includes('\0') ? text.split('\0') : [text]).entries()) {
    if (index > 0) writeBytes(Buffer.of(0x00, 0xff));
    reserve(part.length * 3);
    length += scratch.write(part, length, 'utf8');
  }
  if (end) writeBytes(Buffer.of(0x00, 0x01));
}

function writeInteger(value: bigint): void {
  reserve(8);
  length = scratch.writeBigUInt64BE(BigInt.asUintN(64, value), length);
}

/** Numbers of all types are one order: the nearest double first, then how far a long is from it. NaN is the least. */
function writeNumber(value: unknown): void {
  const nearest = Number(value);
  const rest = value instanceof Long && !Number.isSafeInteger(nearest) ? value.toBigInt() - BigInt(nearest) : 0n;
  reserve(10);
  if (Number.isNaN(nearest)) scratch.fill(0, length, length + 8);
  else {
    scratch.writeDoubleBE(nearest === 0 ? 0 : nearest, length);
    if (nearest < 0) for (let i = 0; i < 8; i++) scratch[length + i] = ~(scratch[length + i] ?? 0);
    else scratch[length] = (scratch[length] ?? 0) | 0x80;
  }
  length = scratch.writeUInt16BE(0x8000 + Number(rest), length + 8);
}

/** The fields of a document, each with the place of its type before its name, as MongoDB compares documents. */
function writeFields(fields: object): void {
  for (const [name, inner] of Object.entries(fields)) {
    if (inner === undefined) continue;
    writeByte(placeOf(inner));
    writeText(name);
    writeValue(inner);
  }
  writeByte(0x00);
}

function writeBinary(value: Binary | Uint8Array): void {
  const bytes = value instanceof Binary ? value.value() : value;
  reserve(5);
  length = scratch.writeUInt32BE(bytes.length, length);
  writeByte(value instanceof Binary ? value.sub_type : 0);
  writeBytes(bytes);
}

function writeValue(value: unknown): void {
  const type = typeOf(value);
  writeByte(places[type]);
  // The casts: `typeOf` looked at the class of the value.
  if (type === 'string') writeText(value as string);
  else if (type === 'number') writeNumber(value);
  else if (type === 'bool') writeByte(value ? 0x02 : 0x01);
  else if (type === 'date') writeInteger(BigInt((value as Date).getTime() || 0) + (1n << 63n));
  else if (type === 'timestamp') writeInteger((value as Timestamp).toBigInt());
  else if (type === 'objectId') writeBytes((value as ObjectId).id);
  else if (type === 'binData') writeBinary(value as Binary | Uint8Array);
  else if (type === 'object') writeFields(value instanceof DBRef ? value.toJSON() : (value as object));
  else if (type === 'regex') {
    writeText((value as BSONRegExp).pattern);
    writeText((value as BSONRegExp).options);
  } else if (type === 'array') {
    for (const item of value as unknown[]) writeValue(item);
    writeByte(0x00);
  }
}

/** The order-preserving bytes of a value. */
export function encodeKey(value: unknown): Buffer {
  length = 0;
  writeValue(value);
  return Buffer.from(scratch.subarray(0, length));
}

/** The time of a date's key; undefined for another value's. */
export function readDateKey(key: Uint8Array): number | undefined {
  if (key[0] !== places.date) return undefined;
  return Number(Buffer.from(key).readBigUInt64BE(1) - (1n << 63n));
}

/** What the keys of all strings that start with `text` start with. */
export function encodeTextPrefix(text: string): Buffer {
  length = 0;
  writeByte(places.string);
  writeText(text, false);
  return Buffer.from(scratch.subarray(0, length));
}

/** The bytes for descending order. */
export function invert(key: Uint8Array): Buffer {
  return Buffer.from(key.map((byte) => ~byte));
}

/** A key as text, for maps and sets: equal exactly where the values are. */
export function keyText(value: unknown): string {
  return typeof value === 'string' ? `"${value}` : encodeKey(value).toString('latin1');
}

/** Compares any two BSON values as MongoDB sorts them, with shortcuts for the common types. */
export function compare(a: unknown, b: unknown): number {
  if (a === b) return 0;
  if (typeof a === 'number' && typeof b === 'number' && a - b !== 0 && !Number.isNaN(a - b)) return a - b;
  if (a instanceof Date && b instanceof Date) return a.getTime() - b.getTime();
  return Buffer.compare(encodeKey(a), encodeKey(b));
}

/** Whether two values are equal to MongoDB: numbers by value whatever their type, documents with the order of fields. */
export function equals(a: unknown, b: unknown): boolean {
  if (typeof a === 'string' && typeof b === 'string') return a === b;
  return compare(a, b) === 0;
}
