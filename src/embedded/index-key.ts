import { type Document, isDocument, toNumber } from './document.ts';
import { DatabaseError } from './errors.ts';
import { valuesAtPath } from './path.ts';
import { encodeKey } from './value-order.ts';

/** One field of an index: a column of its table. */
export interface IndexField {
  readonly path: string;
  readonly parts: readonly string[];
  readonly column: string;
  readonly descending: boolean;
}

/** The bit of `multikey` that says that there are fewer keys than elements; an index has 31 fields at most. */
const repeats = 1 << 31;

export function readIndexFields(key: unknown): IndexField[] {
  return Object.entries(isDocument(key) ? key : {}).map(([path, direction], position) => {
    return { path, parts: path.split('.'), column: `k${position}`, descending: (toNumber(direction) ?? 1) < 0 };
  });
}

/** What a document has at a path: a part of its keys for each value, or each element of an array. */
interface KeyParts {
  readonly parts: readonly Buffer[];
  readonly isArray: boolean;
  readonly hasRepeats: boolean;
}

/** Computes the keys of a document, index by index. */
export type KeyReader = (fields: readonly IndexField[]) => { keys: Buffer[][]; multikey: number };

/**
 * Makes what gives the keys of a document in an index: one for each element where a field is an array. Bit n of `multikey` is set
 * where field n went through one, and `repeats` where an array has an element twice. It throws code 171 for two such fields. What is at
 * a path is encoded once: indexes have most of their fields in common.
 */
export function createKeyReader(document: Document): KeyReader {
  const known = new Map<string, KeyParts>();
  const read = ({ path, parts }: IndexField): KeyParts => {
    const found = known.get(path) ?? encodeParts(document, parts);
    known.set(path, found);
    return found;
  };
  return (fields) => {
    let multikey = 0;
    let keys: Buffer[][] = [[]];
    for (const [position, field] of fields.entries()) {
      const { parts, isArray, hasRepeats } = read(field);
      if (isArray && multikey)
        throw new DatabaseError(171, `cannot index parallel arrays, one of them at [${field.path}]`);
      if (isArray) multikey = 1 << position;
      if (hasRepeats) multikey |= repeats;
      keys = keys.flatMap((key) => parts.map((part) => [...key, part]));
    }
    return { keys, multikey };
  };
}

function encodeParts(document: Document, path: readonly string[]): KeyParts {
  const { values, isArray } = valuesAtPath(document, path);
  const all = values.map((value) => encodeKey(value));
  if (!isArray) return { parts: all, isArray, hasRepeats: false };
  const parts = [...new Map(all.map((key) => [key.toString('latin1'), key])).values()];
  return { parts, isArray, hasRepeats: parts.length < all.length };
}
