import { BSONRegExp } from 'bson';
import { type Document, isDocument, toNumber } from './bson-document.ts';
import { encodeKey, encodeTextPrefix, invert, placeOf, typeOf } from './key-encoding.ts';
import { literalPrefix } from './regular-expression.ts';
import { isOperators } from './value-test.ts';

/** A place between keys: before, or after, everything that starts with the bytes. */
export interface Bound {
  readonly bytes: Buffer;
  readonly after: boolean;
}

/** The encoded values from `low` to `high`. A point is one value. */
export interface Interval {
  readonly low: Bound;
  readonly high: Bound;
  readonly isPoint: boolean;
}

/** What a query says of the values at a path: a conjunction of unions of intervals. */
export interface Constraints {
  readonly paths: ReadonlyMap<string, readonly (readonly Interval[])[]>;
  /** Whether the intervals say all that the query says (of fields that are no arrays). */
  readonly isExact: boolean;
}

/** The bytes that compare as the bound does. No value goes on with two 0xff, not even a text cut short and inverted. */
export function bytesOf({ bytes, after }: Bound): Buffer {
  return after ? Buffer.concat([bytes, Buffer.of(0xff, 0xff)]) : bytes;
}

/** The same interval where the field is stored descending. */
export function invertInterval({ low, high, isPoint }: Interval): Interval {
  const flip = (bound: Bound): Bound => ({ bytes: invert(bound.bytes), after: !bound.after });
  return { low: flip(high), high: flip(low), isPoint };
}

export function intersect(a: readonly Interval[], b: readonly Interval[]): Interval[] {
  return a.flatMap((x) =>
    b.flatMap((y) => {
      const low = Buffer.compare(bytesOf(x.low), bytesOf(y.low)) >= 0 ? x.low : y.low;
      const high = Buffer.compare(bytesOf(x.high), bytesOf(y.high)) <= 0 ? x.high : y.high;
      return Buffer.compare(bytesOf(low), bytesOf(high)) < 0 ? [{ low, high, isPoint: x.isPoint || y.isPoint }] : [];
    }),
  );
}

/** In order, without overlaps. */
function unite(intervals: readonly Interval[]): Interval[] {
  const result: Interval[] = [];
  for (const next of intervals.toSorted((a, b) => Buffer.compare(bytesOf(a.low), bytesOf(b.low)))) {
    const last = result.at(-1);
    if (!last || Buffer.compare(bytesOf(next.low), bytesOf(last.high)) > 0) {
      result.push(next);
      continue;
    }
    if (next.isPoint && last.isPoint && !next.low.bytes.equals(last.low.bytes)) {
      result.push(next);
      continue;
    }
    const high = Buffer.compare(bytesOf(next.high), bytesOf(last.high)) > 0 ? next.high : last.high;
    result[result.length - 1] = { low: last.low, high, isPoint: last.isPoint && next.isPoint };
  }
  return result;
}

/** Reads the intervals out of a query. What it does not understand constrains nothing. */
export function constraintsOf(filter: Document): Constraints {
  const paths = new Map<string, (readonly Interval[])[]>();
  let isExact = true;
  const add = (path: string, intervals: readonly Interval[] | undefined, exact: boolean) => {
    isExact &&= exact && intervals !== undefined;
    if (intervals) paths.set(path, [...(paths.get(path) ?? []), unite(intervals)]);
  };
  for (const [name, condition] of Object.entries(filter)) {
    if (name === '$and' && Array.isArray(condition)) {
      for (const branch of condition) {
        const inner = constraintsOf(branch);
        for (const [path, unions] of inner.paths) for (const intervals of unions) add(path, intervals, inner.isExact);
        isExact &&= inner.isExact;
      }
    } else if (name === '$or' && Array.isArray(condition)) {
      const branches = condition.map((branch: Document) => constraintsOf(branch).paths);
      isExact = false;
      for (const path of branches[0]?.keys() ?? []) {
        const unions = branches.map((branch) => branch.get(path)?.[0]);
        if (unions.every((union) => union !== undefined)) add(path, unions.flat(), false);
      }
    } else if (name.startsWith('$')) isExact &&= name === '$comment';
    else {
      const conditions = isOperators(condition)
        ? Object.entries(condition)
        : [[typeOf(condition) === 'regex' ? '$regex' : '$eq', condition] as const];
      for (const [operator, operand] of conditions)
        for (const conclusion of conclude(operator, operand, isDocument(condition) ? condition : {}))
          add(name, conclusion.intervals, conclusion.isExact);
    }
  }
  return { paths, isExact };
}

interface Conclusion {
  /** Undefined: nothing follows for the path. */
  readonly intervals: readonly Interval[] | undefined;
  readonly isExact: boolean;
}

/** What one operator says; each conclusion is a union of intervals, and all of them hold. */
function conclude(operator: string, operand: unknown, siblings: Document): Conclusion[] {
  const list: unknown[] = Array.isArray(operand) ? operand : [];
  switch (operator) {
    case '$eq': {
      const intervals = typeOf(operand) === 'regex' ? [pointAt(operand)] : equality(operand);
      return [{ intervals, isExact: isSimple(operand) }];
    }
    case '$in': {
      const unions = list.map(equality);
      const isKnown = unions.every((union) => union !== undefined);
      return [{ intervals: isKnown ? unions.flat() : undefined, isExact: list.every(isSimple) }];
    }
    case '$gt':
    case '$gte':
    case '$lt':
    case '$lte':
      return [{ intervals: range(operator, operand), isExact: true }];
    case '$regex': {
      const regex =
        operand instanceof BSONRegExp ? operand : new BSONRegExp(String(operand), String(siblings.$options ?? ''));
      return [{ intervals: pattern(regex), isExact: false }];
    }
    case '$all':
      return list.map((item) => ({ intervals: isOperators(item) ? undefined : equality(item), isExact: false }));
    default:
      return [{ intervals: undefined, isExact: operator === '$comment' }];
  }
}

/** Whether the interval of a value says all that being equal to it says. */
function isSimple(value: unknown): boolean {
  return !Array.isArray(value) && typeOf(value) !== 'regex';
}

function pointAt(value: unknown): Interval {
  const bytes = encodeKey(value);
  return { low: { bytes, after: false }, high: { bytes, after: true }, isPoint: true };
}

function equality(value: unknown): readonly Interval[] | undefined {
  if (value instanceof BSONRegExp) return pattern(value);
  return Array.isArray(value) || value === undefined ? undefined : [pointAt(value)];
}

function pattern(regex: BSONRegExp): readonly Interval[] | undefined {
  const prefix = literalPrefix(regex.pattern, regex.options);
  if (prefix === undefined) return undefined;
  const bytes = encodeTextPrefix(prefix);
  return [{ low: { bytes, after: false }, high: { bytes, after: true }, isPoint: false }, pointAt(regex)];
}

/** From the operand to the end of its type: MongoDB compares within a type only. */
function range(operator: string, operand: unknown): readonly Interval[] | undefined {
  const type = typeOf(operand);
  if (type === 'null') return operator.endsWith('e') ? [pointAt(null)] : [];
  if (
    ['minKey', 'maxKey', 'array', 'undefined', 'regex'].includes(type) ||
    Number.isNaN(toNumber(operand) ?? 0) ||
    String(operand) === 'NaN'
  )
    return undefined;
  const bytes = encodeKey(operand);
  // No type has the place after or before that of another.
  const end = { bytes: Buffer.of(placeOf(operand) + 1), after: false };
  // NaN is the least of the numbers, and in no range.
  const isNumber = toNumber(operand) !== undefined || type === 'decimal';
  const least = isNumber
    ? { bytes: encodeKey(Number.NaN), after: true }
    : { bytes: Buffer.of(placeOf(operand) - 1), after: true };
  if (operator === '$gt' || operator === '$gte')
    return [{ low: { bytes, after: operator === '$gt' }, high: end, isPoint: false }];
  return [{ low: least, high: { bytes, after: operator === '$lte' }, isPoint: false }];
}

/** Whether every document that a query finds has a value at the path that a filter of a partial index accepts. */
export function implies(query: Document, filter: Document): boolean {
  const known = constraintsOf(query).paths;
  return Object.entries(filter).every(([name, condition]) => {
    if (name === '$and' && Array.isArray(condition))
      return condition.every((branch: Document) => implies(query, branch));
    if (name.startsWith('$')) return false;
    return (isOperators(condition) ? Object.entries(condition) : [['$eq', condition] as const]).every(
      ([operator, operand]) => {
        const unions = known.get(name) ?? [];
        const wanted =
          operator === '$exists' && operand !== false
            ? [everythingButNull]
            : constraintsOf({ [name]: { [operator]: operand } }).paths.get(name)?.[0];
        const same = Object.entries(query).some(
          ([path, own]) =>
            path === name && isDocument(own) && operator in own && encodeKey(own[operator]).equals(encodeKey(operand)),
        );
        return (
          same ||
          (wanted !== undefined &&
            unions.some(
              (union) =>
                union.length > 0 && union.every((interval) => wanted.some((outer) => contains(outer, interval))),
            ))
        );
      },
    );
  });
}

const everythingButNull: Interval = {
  low: { bytes: Buffer.of(0x07), after: true },
  high: { bytes: Buffer.of(0x7f), after: true },
  isPoint: false,
};

function contains(outer: Interval, inner: Interval): boolean {
  return (
    Buffer.compare(bytesOf(outer.low), bytesOf(inner.low)) <= 0 &&
    Buffer.compare(bytesOf(outer.high), bytesOf(inner.high)) >= 0
  );
}
