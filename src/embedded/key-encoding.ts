import {
  Binary,
  BSONRegExp,
  BSONSymbol,
  Code,
  Decimal128,
  Double,
  Int32,
  Long,
  MaxKey,
  MinKey,
  ObjectId,
  Timestamp,
} from 'bson';
import { addDecimals, decimalOfNumber, parseDecimal } from './decimal.ts';

/**
 * The one order of BSON values here: an encoding whose bytes compare (memcmp) as MongoDB compares the values, across
 * types and within documents and arrays. Indexes store it, sorts and comparisons are made with it.
 *
 * A value is a byte for its place among the types and a body that is never the prefix of another one. No value starts
 * with 0x00 or 0xff, which leaves 0x00 as the end of a list and 0xff as "after everything that starts so".
 */

/** The BSON type names that `$type` knows, in MongoDB's spelling. */
export type TypeName =
  | 'minKey'
  | 'undefined'
  | 'null'
  | 'int'
  | 'long'
  | 'double'
  | 'decimal'
  | 'symbol'
  | 'string'
  | 'object'
  | 'array'
  | 'binData'
  | 'objectId'
  | 'bool'
  | 'date'
  | 'timestamp'
  | 'regex'
  | 'javascript'
  | 'javascriptWithScope'
  | 'maxKey';

const places: Record<TypeName, number> = {
  minKey: 0x01,
  undefined: 0x02,
  null: 0x07,
  int: 0x0c,
  long: 0x0c,
  double: 0x0c,
  decimal: 0x0c,
  symbol: 0x11,
  string: 0x11,
  object: 0x16,
  array: 0x1b,
  binData: 0x20,
  objectId: 0x25,
  bool: 0x2a,
  date: 0x2f,
  timestamp: 0x31,
  regex: 0x34,
  javascript: 0x3e,
  javascriptWithScope: 0x43,
  maxKey: 0x7f,
};

/** What a value is to `$type`. A plain number is an `int` where it fits one. */
export function typeOf(value: unknown): TypeName {
  switch (typeof value) {
    case 'string':
      return 'string';
    case 'number':
      return Number.isInteger(value) && Math.abs(value) <= 0x7fffffff ? 'int' : 'double';
    case 'boolean':
      return 'bool';
    case 'undefined':
      return 'undefined';
    case 'bigint':
      return 'long';
  }
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  if (value instanceof Date) return 'date';
  if (value instanceof Int32) return 'int';
  if (value instanceof Double) return 'double';
  if (value instanceof ObjectId) return 'objectId';
  if (value instanceof Timestamp) return 'timestamp';
  if (value instanceof Long) return 'long';
  if (value instanceof Decimal128) return 'decimal';
  if (value instanceof Binary || value instanceof Uint8Array) return 'binData';
  if (value instanceof BSONRegExp || value instanceof RegExp) return 'regex';
  if (value instanceof BSONSymbol) return 'symbol';
  if (value instanceof Code) return value.scope ? 'javascriptWithScope' : 'javascript';
  if (value instanceof MinKey) return 'minKey';
  return value instanceof MaxKey ? 'maxKey' : 'object';
}

/** The place of a value's type in the order; values compare with `$gt` and the like only within one place. */
export function placeOf(value: unknown): number {
  return places[typeOf(value)];
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

/** Text ends with 00 01; a 00 within it is written 00 ff. */
function writeText(text: string, end = true): void {
  for (const [index, part] of (text.includes('\0') ? text.split('\0') : [text]).entries()) {
    if (index > 0) {
      writeByte(0x00);
      writeByte(0xff);
    }
    reserve(part.length * 3);
    length += scratch.write(part, length, 'utf8');
  }
  if (end) {
    writeByte(0x00);
    writeByte(0x01);
  }
}

function writeInteger(value: bigint): void {
  reserve(8);
  length = scratch.writeBigUInt64BE(BigInt.asUintN(64, value), length);
}

/**
 * Numbers of all four types are one order: the nearest double first, then how far the value is from it (not at all
 * for doubles and most others), as a decimal.
 */
function writeNumber(nearest: number, rest: { digits: bigint; exponent: number } | undefined): void {
  reserve(9);
  if (Number.isNaN(nearest)) scratch.fill(0, length, length + 8);
  else {
    scratch.writeDoubleBE(nearest === 0 ? 0 : nearest, length);
    if ((scratch[length] ?? 0) & 0x80) for (let i = 0; i < 8; i++) scratch[length + i] = ~(scratch[length + i] ?? 0);
    else scratch[length] = (scratch[length] ?? 0) | 0x80;
  }
  length += 8;
  if (!rest || rest.digits === 0n) {
    writeByte(0x80);
    return;
  }
  const negative = rest.digits < 0n;
  const digits = (negative ? -rest.digits : rest.digits).toString();
  writeByte(negative ? 0x7f : 0x81);
  const start = length;
  reserve(digits.length + 3);
  length = scratch.writeUInt16BE(rest.exponent + digits.length + 0x8000, length);
  length += scratch.write(digits.replace(/0+$/, ''), length, 'latin1');
  writeByte(0x00);
  if (negative) for (let i = start; i < length; i++) scratch[i] = ~(scratch[i] ?? 0);
}

function writeLong(value: bigint): void {
  const nearest = Number(value);
  writeNumber(nearest, Number.isSafeInteger(nearest) ? undefined : { digits: value - BigInt(nearest), exponent: 0 });
}

function writeDecimal(text: string): void {
  const exact = parseDecimal(text);
  if (!exact) {
    writeNumber(Number(text.replace(/^([+-]?)Inf.*$/i, '$1Infinity')), undefined);
    return;
  }
  const nearest = Math.max(-Number.MAX_VALUE, Math.min(Number.MAX_VALUE, Number(text)));
  const { digits, exponent } = decimalOfNumber(nearest);
  writeNumber(nearest, addDecimals(exact, { digits: -digits, exponent }));
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

function writeBinary(bytes: Uint8Array, subtype: number): void {
  reserve(bytes.length + 5);
  length = scratch.writeUInt32BE(bytes.length, length);
  writeByte(subtype);
  scratch.set(bytes, length);
  length += bytes.length;
}

function writeObjectId({ id }: ObjectId): void {
  reserve(12);
  scratch.set(id, length);
  length += 12;
}

const nothing = () => undefined;

// The casts: `typeOf` chose the writer by the class of the value.
const writers: Record<TypeName, (value: unknown) => void> = {
  minKey: nothing,
  maxKey: nothing,
  undefined: nothing,
  null: nothing,
  string: (value) => writeText(value as string),
  symbol: (value) => writeText(String(value)),
  javascript: (value) => writeText(String((value as Code).code)),
  javascriptWithScope: (value) => writeFields({ code: String((value as Code).code), ...(value as Code).scope }),
  bool: (value) => writeByte(value ? 0x02 : 0x01),
  int: (value) => writeNumber(Number(value), undefined),
  double: (value) => writeNumber(Number(value), undefined),
  long: (value) => writeLong(typeof value === 'bigint' ? value : (value as Long).toBigInt()),
  decimal: (value) => writeDecimal(String(value)),
  date: (value) => writeInteger(BigInt((value as Date).getTime() || 0) + (1n << 63n)),
  timestamp: (value) => writeInteger((value as Timestamp).toBigInt()),
  objectId: (value) => writeObjectId(value as ObjectId),
  binData: (value) =>
    value instanceof Binary ? writeBinary(value.value(), value.sub_type) : writeBinary(value as Uint8Array, 0),
  regex: (value) => {
    writeText(value instanceof RegExp ? value.source : (value as BSONRegExp).pattern);
    writeText(value instanceof RegExp ? value.flags : (value as BSONRegExp).options);
  },
  array: (value) => {
    for (const item of value as unknown[]) writeValue(item);
    writeByte(0x00);
  },
  object: (value) => writeFields(value as object),
};

function writeValue(value: unknown): void {
  const type = typeOf(value);
  writeByte(places[type]);
  writers[type](value);
}

/** The order-preserving bytes of a value. */
export function encodeKey(value: unknown): Buffer {
  length = 0;
  writeValue(value);
  return Buffer.from(scratch.subarray(0, length));
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
