import { BSONRegExp } from 'bson';
import { type Document, toNumber } from './document.ts';
import { isOperators } from './matcher.ts';
import { readPattern } from './pattern.ts';
import { encodeKey, encodeTextPrefix, placeOf, placeOfType, typeOf } from './value-order.ts';

/** The encoded values that a field may have: some, or all from `low` to before `high`. */
export type Constraint = { readonly points: readonly Buffer[] } | { readonly low: Buffer; readonly high: Buffer };

/** What a query says of the values at paths; all of it holds. */
export interface Constraints {
  readonly paths: ReadonlyMap<string, readonly Constraint[]>;
  /** Whether that is all that the query says (of fields that are no arrays). */
  readonly isExact: boolean;
}

// No key goes on behind its end, and none has 00 as its next byte.
const justAfter = (key: Buffer) => Buffer.concat([key, Buffer.of(0)]);
const isWithin = (key: Buffer, { low, high }: { low: Buffer; high: Buffer }) =>
  Buffer.compare(low, key) <= 0 && Buffer.compare(key, high) < 0;

/** Reads the constraints out of a query. What it does not understand constrains nothing. */
export function constraintsOf(filter: Document): Constraints {
  const paths = new Map<string, readonly Constraint[]>();
  let isExact = true;
  const add = (path: string, constraints: readonly Constraint[]) =>
    paths.set(path, [...(paths.get(path) ?? []), ...constraints]);
  for (const [name, condition] of Object.entries(filter)) {
    if (name === '$and' && Array.isArray(condition)) {
      for (const inner of condition.map(constraintsOf)) {
        for (const [path, constraints] of inner.paths) add(path, constraints);
        isExact &&= inner.isExact;
      }
    } else if (name.startsWith('$')) isExact = false;
    else {
      const operators = isOperators(condition) ? condition : { $eq: condition };
      for (const [operator, operand] of Object.entries(operators)) {
        const constraints =
          operator === '$regex' ? patternRange(operand, operators.$options) : conclude(operator, operand);
        if (constraints.length > 0) add(name, constraints);
        isExact &&= constraints.length > 0 && !['$all', '$regex'].includes(operator) && !hasPattern(operand);
      }
    }
  }
  return { paths, isExact };
}

/** What one operator says of a field. */
function conclude(operator: string, operand: unknown): Constraint[] {
  switch (operator) {
    case '$eq':
      return equality(operand);
    case '$in': {
      const list: unknown[] = Array.isArray(operand) ? operand : [];
      const isPlain = list.every((value) => !Array.isArray(value) && !hasPattern(value));
      return isPlain ? [{ points: list.map((value) => encodeKey(value ?? null)) }] : [];
    }
    case '$all':
      return Array.isArray(operand) ? operand.flatMap(equality) : [];
    case '$type': {
      const place = operand === 'array' ? undefined : placeOfType(String(operand));
      return place === undefined ? [] : [{ low: Buffer.of(place), high: Buffer.of(place + 1) }];
    }
    default:
      return ['$gt', '$gte', '$lt', '$lte'].includes(operator) ? range(operator, operand) : [];
  }
}

const hasPattern = (value: unknown): boolean =>
  value instanceof BSONRegExp || (Array.isArray(value) && value.some(hasPattern));

function equality(value: unknown): Constraint[] {
  if (Array.isArray(value) || value === undefined) return [];
  return value instanceof BSONRegExp ? patternRange(value) : [{ points: [encodeKey(value)] }];
}

function patternRange(pattern: unknown, options?: unknown): Constraint[] {
  const { prefix } = readPattern(pattern, options);
  if (prefix === null) return [];
  const low = encodeTextPrefix(prefix);
  return [{ low, high: Buffer.concat([low, Buffer.of(0xff)]) }];
}

/** From the operand to the end of its type: MongoDB compares within a type only. */
function range(operator: string, operand: unknown): Constraint[] {
  const type = typeOf(operand);
  if (type === 'null') return [{ points: operator.endsWith('e') ? [encodeKey(null)] : [] }];
  if (['minKey', 'maxKey', 'array', 'undefined', 'regex'].includes(type) || Number.isNaN(toNumber(operand))) return [];
  const key = encodeKey(operand);
  const bound = operator === '$gt' || operator === '$lte' ? justAfter(key) : key;
  // NaN is the least of the numbers, and in no range.
  const least = type === 'number' ? justAfter(encodeKey(Number.NaN)) : Buffer.of(placeOf(operand));
  if (operator.startsWith('$gt')) return [{ low: bound, high: Buffer.of(placeOf(operand) + 1) }];
  return [{ low: least, high: bound }];
}

/** Both at once. */
export function intersect(a: Constraint, b: Constraint): Constraint {
  if ('points' in a) {
    const isIn = (key: Buffer) => ('points' in b ? b.points.some((other) => other.equals(key)) : isWithin(key, b));
    return { points: a.points.filter(isIn) };
  }
  if ('points' in b) return intersect(b, a);
  const [low = a.low] = [a.low, b.low].sort(Buffer.compare).reverse();
  const [high = a.high] = [a.high, b.high].sort(Buffer.compare);
  return { low, high };
}

/** Whether every document that a query finds is one that the filter of a partial index accepts. */
export function implies(known: Constraints, wanted: Constraints): boolean {
  const isPart = (inner: Constraint, outer: Constraint) => {
    const both = intersect(inner, outer);
    if ('points' in inner) return 'points' in both && both.points.length === inner.points.length;
    return !('points' in both) && both.low.equals(inner.low) && both.high.equals(inner.high);
  };
  return [...wanted.paths].every(([path, outers]) =>
    outers.every((outer) => known.paths.get(path)?.some((inner) => isPart(inner, outer))),
  );
}
