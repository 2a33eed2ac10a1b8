import type { RawDocument } from './document.ts';
import { DatabaseError } from './errors.ts';

/** Documents as bytes: taking fields out and putting documents together without decoding. https://bsonspec.org/spec.html */

/** By type: how long values are; and, of those that begin with their length, how much longer than it says. */
const fixedBytes: Readonly<Record<number, number>> = {
  1: 8,
  6: 0,
  7: 12,
  8: 1,
  9: 8,
  10: 0,
  16: 4,
  17: 8,
  18: 8,
  19: 16,
};
const extraBytes: Readonly<Record<number, number>> = { 2: 4, 3: 0, 4: 0, 5: 5, 12: 16, 13: 4, 14: 4, 15: 0 };

function endOfValue(buffer: Buffer, type: number, at: number): number {
  const fixed = fixedBytes[type];
  if (fixed !== undefined) return at + fixed;
  const extra = extraBytes[type];
  if (extra !== undefined) return at + buffer.readInt32LE(at) + extra;
  // The least and the greatest key have no value; a regular expression is two texts.
  if (type === 0x7f || type === 0xff) return at;
  if (type === 0x0b) return buffer.indexOf(0, buffer.indexOf(0, at) + 1) + 1;
  throw new DatabaseError(22, `Unrecognized BSON type ${type}`);
}

/** Makes a function that gives a document with the named top-level fields only, or without them. It is what scans spend their time in. */
export function createPicker(names: Iterable<string>, isWithout = false): (raw: RawDocument) => Buffer {
  const wanted = Array.from(names, (name) => Buffer.from(`${name}\0`));
  return (raw) => {
    const buffer = Buffer.from(raw.buffer, raw.byteOffset, raw.byteLength);
    const parts: Buffer[] = [];
    let found = 0;
    let rest = 4;
    for (let at = 4, end = at; at < buffer.length - 1 && found < wanted.length; at = end) {
      const value = buffer.indexOf(0, at + 1) + 1;
      end = endOfValue(buffer, buffer[at] ?? 0, value);
      for (const name of wanted) {
        if (name.length !== value - at - 1 || name[0] !== buffer[at + 1]) continue;
        if (buffer.compare(name, 0, name.length, at + 1, value) !== 0) continue;
        found += 1;
        parts.push(isWithout ? buffer.subarray(rest, at) : buffer.subarray(at, end));
        rest = end;
      }
    }
    if (isWithout) parts.push(buffer.subarray(rest, -1));
    return joinElements(parts);
  };
}

/** A document of elements that are encoded already. */
export function joinElements(parts: readonly Uint8Array[]): Buffer {
  const head = Buffer.alloc(4);
  head.writeInt32LE(parts.reduce((sum, part) => sum + part.length, 5));
  return Buffer.concat([head, ...parts, Buffer.of(0)]);
}

/** One element: a field whose value is a document (3) or an array (4) that is encoded already. */
export function element(type: 3 | 4, name: string, value: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from([type]), Buffer.from(`${name}\0`), value]);
}

/** An array of documents, as BSON. */
export function joinArray(documents: readonly RawDocument[]): Buffer {
  return joinElements(documents.flatMap((document, index) => [Buffer.from(`\u0003${index}\0`), document]));
}
