import { type Document, isDocument, toNumber } from './bson-document.ts';
import { compare } from './compare.ts';
import { DatabaseError } from './errors.ts';
import { encodeKey, invert } from './key-encoding.ts';
import { rootOf, someAtPath } from './path.ts';

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
    if (isDocument(direction)) throw new DatabaseError(2, `sort by $meta is not supported: ${path}`);
    if (number !== 1 && number !== -1)
      throw new DatabaseError(15975, '$sort key ordering must be 1 (for ascending) or -1 (for descending)');
    return { path, parts: path.split('.'), descending: number === -1 };
  });
  const keyOf = (document: Document) =>
    Buffer.concat(
      fields.map(({ parts, descending }) => {
        const key = encodeKey(extreme(document, parts, descending));
        return descending ? invert(key) : key;
      }),
    );
  return { fields, roots: new Set(fields.map(({ path }) => rootOf(path))), keyOf };
}

function extreme(document: Document, parts: readonly string[], descending: boolean): unknown {
  const [name = ''] = parts;
  const simple = parts.length === 1 ? (document[name] ?? null) : undefined;
  if (simple !== undefined && !Array.isArray(simple)) return simple;
  const values: unknown[] = [];
  someAtPath(document, parts, 0, false, (value) => {
    // An empty array sorts as undefined, before null.
    if (Array.isArray(value)) values.push(...(value.length === 0 ? [undefined] : value));
    else values.push(value ?? null);
    return false;
  });
  return values.length === 0
    ? null
    : values.reduce((best, value) => (compare(value, best) < 0 === descending ? best : value));
}
