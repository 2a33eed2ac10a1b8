import { type Document, rootOf, toNumber } from './document.ts';
import { DatabaseError } from './errors.ts';
import { valuesAtPath } from './path.ts';
import { encodeKey, invert } from './value-order.ts';

export interface Sort {
  readonly fields: readonly { readonly path: string; readonly descending: boolean }[];
  /** The top-level fields that it reads. */
  readonly roots: ReadonlySet<string>;
  /** The bytes by which documents are sorted: of an array the least element, descending the greatest; missing is null. */
  keyOf(document: Document): Buffer;
}

/** Compiles `{ a: 1, 'b.c': -1 }`. Throws code 15975 for a direction that is not 1 or -1. */
export function compileSort(specification: Document): Sort {
  const fields = Object.entries(specification).map(([path, direction]) => {
    const number = toNumber(direction);
    if (number !== 1 && number !== -1)
      throw new DatabaseError(15975, '$sort key ordering must be 1 (for ascending) or -1 (for descending)');
    return { path, parts: path.split('.'), descending: number === -1 };
  });
  const keyOf = (document: Document) => {
    const parts = fields.map(({ parts, descending }) => {
      const keys = valuesAtPath(document, parts).values.map((value) => encodeKey(value));
      return keys.map((key) => (descending ? invert(key) : key)).reduce((a, b) => (Buffer.compare(a, b) < 0 ? a : b));
    });
    return parts.length === 1 && parts[0] ? parts[0] : Buffer.concat(parts);
  };
  return { fields, roots: new Set(fields.map(({ path }) => rootOf(path))), keyOf };
}
