import { isDocument } from './bson-document.ts';

/** Dotted paths through documents and arrays, as queries, indexes and expressions read them. */

const arrayIndex = /^\d+$/;

/** Which element of an array a query matched: what `$` stands for in an update or a projection. */
export interface MatchDetails {
  position?: number;
}

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
  details?: MatchDetails,
): boolean {
  const part = parts[at];
  if (part === undefined) {
    if (test(value)) return true;
    return expand && Array.isArray(value) && value.some((item, index) => test(item) && found(details, index));
  }
  if (Array.isArray(value)) {
    if (
      arrayIndex.test(part) &&
      Number(part) < value.length &&
      someAtPath(value[Number(part)], parts, at + 1, expand, test, details)
    )
      return true;
    return value.some(
      (item, index) => isDocument(item) && someAtPath(item, parts, at, expand, test, details) && found(details, index),
    );
  }
  return isDocument(value) ? someAtPath(fieldOf(value, part), parts, at + 1, expand, test, details) : test(undefined);
}

function found(details: MatchDetails | undefined, index: number): true {
  if (details) details.position = index;
  return true;
}

/** An own field; never what the object inherits. */
export function fieldOf(document: Record<string, unknown>, name: string): unknown {
  return Object.hasOwn(document, name) ? document[name] : undefined;
}

/** The value of `$a.b` in an expression: over an array it is the array of what its documents have there. */
export function valueAtPath(value: unknown, parts: readonly string[], at = 0): unknown {
  const part = parts[at];
  if (part === undefined) return value;
  if (Array.isArray(value))
    return value.map((item) => valueAtPath(item, parts, at)).filter((item) => item !== undefined);
  return isDocument(value) ? valueAtPath(fieldOf(value, part), parts, at + 1) : undefined;
}

/** The first name of a dotted path: the field that has to be read for it. */
export function rootOf(path: string): string {
  const dot = path.indexOf('.');
  return dot === -1 ? path : path.slice(0, dot);
}
