import { fieldOf, isDocument } from './document.ts';

/** Dotted paths through documents and arrays, as queries, sorts, indexes and expressions read them. */

const isIndexOf = (array: readonly unknown[], part: string) => /^\d+$/.test(part) && Number(part) < array.length;

/**
 * Whether any value at the path passes. Arrays on the way are entered (and indexed by numeric names); with `expand` the
 * elements of an array at its end are tried besides the array itself. A path that leads nowhere is tried as undefined.
 */
export function someAtPath(
  value: unknown,
  parts: readonly string[],
  at: number,
  expand: boolean,
  test: (value: unknown) => boolean,
): boolean {
  const part = parts[at];
  if (part === undefined) return test(value) || (expand && Array.isArray(value) && value.some(test));
  if (isDocument(value)) return someAtPath(fieldOf(value, part), parts, at + 1, expand, test);
  if (!Array.isArray(value)) return test(undefined);
  if (isIndexOf(value, part) && someAtPath(value[Number(part)], parts, at + 1, expand, test)) return true;
  return value.some((item) => isDocument(item) && someAtPath(item, parts, at, expand, test));
}

/** The values that sorts and indexes see at a path: of an array its elements, undefined for an empty one; else null. */
export function valuesAtPath(
  value: unknown,
  [part, ...rest]: readonly string[],
): { values: unknown[]; isArray: boolean } {
  if (!Array.isArray(value)) {
    if (part === undefined) return { values: [value ?? null], isArray: false };
    return isDocument(value) ? valuesAtPath(fieldOf(value, part), rest) : { values: [null], isArray: false };
  }
  if (part === undefined) return { values: value.length === 0 ? [undefined] : value, isArray: true };
  if (isIndexOf(value, part)) return { values: valuesAtPath(value[Number(part)], rest).values, isArray: true };
  const inner = value.flatMap((item) => (isDocument(item) ? valuesAtPath(fieldOf(item, part), rest).values : [null]));
  return { values: inner.length === 0 ? [null] : inner, isArray: true };
}

/** The value of `$a.b` in an expression: over an array it is the array of what its documents have there. */
export function valueAtPath(value: unknown, parts: readonly string[], at = 0): unknown {
  const part = parts[at];
  if (part === undefined) return value;
  if (Array.isArray(value))
    return value.map((item) => valueAtPath(item, parts, at)).filter((item) => item !== undefined);
  return isDocument(value) ? valueAtPath(fieldOf(value, part), parts, at + 1) : undefined;
}
