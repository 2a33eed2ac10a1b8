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

/**
 * The keys of a document in an index: one for each element where a field is an array. Bit n of `multikey` is set where
 * field n went through one, and `repeats` where an array has an element twice. Throws code 171 for two such fields.
 */
export function computeIndexKeys(
  fields: readonly IndexField[],
  document: Document,
): { keys: Buffer[][]; multikey: number } {
  let multikey = 0;
  let keys: Buffer[][] = [[]];
  for (const [position, { path, parts }] of fields.entries()) {
    const { values, isArray } = valuesAtPath(document, parts);
    if (isArray && multikey) throw new DatabaseError(171, `cannot index parallel arrays, one of them at [${path}]`);
    if (isArray) multikey = 1 << position;
    const unique = new Map(values.map((value) => encodeKey(value)).map((key) => [key.toString('latin1'), key]));
    if (isArray && unique.size < values.length) multikey |= repeats;
    keys = keys.flatMap((key) => Array.from(unique.values(), (part) => [...key, part]));
  }
  return { keys, multikey };
}
