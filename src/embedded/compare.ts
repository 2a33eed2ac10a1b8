import { ObjectId } from 'bson';
import { encodeKey } from './key-encoding.ts';

/** Compares any two BSON values as MongoDB sorts them: the order of their keys, with shortcuts for the common types. */
export function compare(a: unknown, b: unknown): number {
  if (a === b) return 0;
  if (typeof a === 'string' && typeof b === 'string') return compareText(a, b);
  if (typeof a === 'number' && typeof b === 'number' && a - b !== 0 && !Number.isNaN(a - b)) return a - b;
  if (a instanceof Date && b instanceof Date) return a.getTime() - b.getTime();
  if (a instanceof ObjectId && b instanceof ObjectId) return Buffer.compare(a.id, b.id);
  return Buffer.compare(encodeKey(a), encodeKey(b));
}

/** Whether two values are equal to MongoDB: numbers by value whatever their type, documents with the order of their fields. */
export function equals(a: unknown, b: unknown): boolean {
  if (typeof a === 'string' || typeof b === 'string')
    return a === b || (typeof a === 'object' && typeof b === 'object' && compare(a, b) === 0);
  return compare(a, b) === 0;
}

/** By code point, as UTF-8 bytes compare; JavaScript compares UTF-16 units, which puts surrogates before U+E000. */
function compareText(a: string, b: string): number {
  const shorter = Math.min(a.length, b.length);
  for (let i = 0; i < shorter; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x !== y)
      return (
        (x < 0xd800 ? x : x < 0xe000 ? x + 0x2000 : x - 0x800) - (y < 0xd800 ? y : y < 0xe000 ? y + 0x2000 : y - 0x800)
      );
  }
  return a.length - b.length;
}
