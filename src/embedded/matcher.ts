import { BSONRegExp } from 'bson';
import { type Document, isDocument, rootOf, toNumber } from './document.ts';
import { DatabaseError } from './errors.ts';
import { someAtPath } from './path.ts';
import { readPattern } from './pattern.ts';
import { compare, equals, keyText, placeOf, placeOfType, typeOf } from './value-order.ts';

/** A compiled query. */
export interface Matcher {
  matches(document: Document): boolean;
  /** The top-level fields that it reads. */
  readonly fields: ReadonlySet<string>;
}

/** What a query asks of one value; undefined is a missing one. */
type Test = (value: unknown) => boolean;
type Predicate = (document: Document) => boolean;

/** Compiles a MongoDB query. Throws code 2 for what is not in the allow-list. */
export function compileFilter(filter: Document): Matcher {
  const fields = new Set<string>();
  return { matches: compileQuery(filter, fields), fields };
}

function compileQuery(filter: Document, fields: Set<string>): Predicate {
  const predicates = Object.entries(filter).map(([name, condition]): Predicate => {
    if (name === '$and' || name === '$or' || name === '$nor') {
      if (!Array.isArray(condition)) throw new DatabaseError(2, `${name} must be an array`);
      if (condition.length === 0) throw new DatabaseError(2, '$and/$or/$nor must be a nonempty array');
      if (!condition.every(isDocument)) throw new DatabaseError(2, '$or/$and/$nor entries need to be full objects');
      const branches = condition.map((branch) => compileQuery(branch, fields));
      if (name === '$and') return (document) => branches.every((matches) => matches(document));
      return (document) => branches.some((matches) => matches(document)) === (name === '$or');
    }
    if (name.startsWith('$')) throw new DatabaseError(2, `unknown top level operator: ${name}`);
    if (name.includes('.$')) throw new DatabaseError(2, `a path cannot contain names that begin with '$': ${name}`);
    fields.add(rootOf(name));
    return compileField(name.split('.'), condition);
  });
  const [only] = predicates;
  return predicates.length === 1 && only ? only : (document) => predicates.every((matches) => matches(document));
}

function compileField(parts: readonly string[], condition: unknown): Predicate {
  const check = compileCondition(condition);
  return (document) => check(document, parts);
}

/** What one operator asks of the values at a path. */
type Check = (value: unknown, parts: readonly string[]) => boolean;

/** The value passes, or an element of it where it is an array. */
const some = (test: Test): Check => {
  return (value, parts) => someAtPath(value, parts, 0, true, test);
};
/** The value passes as a whole. */
const whole = (test: Test): Check => {
  return (value, parts) => someAtPath(value, parts, 0, false, test);
};
const not = (check: Check): Check => {
  return (value, parts) => !check(value, parts);
};
const every = (checks: readonly Check[]): Check => {
  const [only] = checks;
  return checks.length === 1 && only ? only : (value, parts) => checks.every((check) => check(value, parts));
};

/** Whether a condition is made of operators; a document whose first name is not one is a value to be equal to. */
export function isOperators(condition: unknown): condition is Document {
  return isDocument(condition) && (Object.keys(condition)[0]?.startsWith('$') ?? false);
}

function compileCondition(condition: unknown): Check {
  if (!isOperators(condition)) return some(equalTo(condition));
  return every(
    Object.entries(condition).map(([name, operand]) => {
      const compile = Object.hasOwn(operators, name) ? operators[name] : undefined;
      if (!compile) throw new DatabaseError(2, `unknown operator: ${name}`);
      return compile(operand, condition);
    }),
  );
}

/** Of each operator, by what stands beside it. */
const operators: Readonly<Record<string, (operand: unknown, siblings: Document) => Check>> = {
  $eq: (operand) => some(isPattern(operand) ? (value) => equals(value, operand) : equalTo(operand)),
  $ne: (operand) => not(some(equalTo(operand))),
  $gt: (operand) => some(ordered(operand, (order) => order > 0, false)),
  $gte: (operand) => some(ordered(operand, (order) => order >= 0, true)),
  $lt: (operand) => some(ordered(operand, (order) => order < 0, false)),
  $lte: (operand) => some(ordered(operand, (order) => order <= 0, true)),
  $in: (operand) => some(oneOf('$in', operand)),
  $nin: (operand) => not(some(oneOf('$nin', operand))),
  $exists: (operand) => whole((value) => (value !== undefined) === isTruthy(operand)),
  $size: (operand) => {
    const size = toNumber(operand);
    if (size === undefined || !Number.isInteger(size) || size < 0)
      throw new DatabaseError(2, `Failed to parse $size. Expected a non-negative integer in: $size: ${operand}`);
    return whole((value) => Array.isArray(value) && value.length === size);
  },
  $type: (operand) => {
    const place = placeOfType(String(operand));
    if (place === undefined) throw new DatabaseError(2, `Unknown type name alias: ${operand}`);
    return some((value) => value !== undefined && placeOf(value) === place);
  },
  $regex: (operand, { $options }) => {
    if (typeof operand === 'string' || isPattern(operand)) return some(patternTest(operand, $options));
    throw new DatabaseError(2, '$regex has to be a string');
  },
  $options: (_operand, { $regex }) => {
    if ($regex === undefined) throw new DatabaseError(2, '$options needs a $regex');
    return () => true;
  },
  $all: (operand) => {
    if (!Array.isArray(operand)) throw new DatabaseError(2, '$all needs an array');
    if (operand.some(isOperators)) throw new DatabaseError(2, 'no operators in $all');
    return operand.length === 0 ? () => false : every(operand.map((item: unknown) => some(equalTo(item))));
  },
  $elemMatch: (operand) => {
    if (!isDocument(operand)) throw new DatabaseError(2, '$elemMatch needs an Object');
    const test = elementTest(operand);
    return whole((value) => Array.isArray(value) && value.some(test));
  },
  $not: (operand) => {
    if (isOperators(operand) || isPattern(operand)) return not(compileCondition(operand));
    throw new DatabaseError(2, '$not needs a regex or a document');
  },
};

/** A test of an element of an array, as `$elemMatch` makes it: operators, a query, or a value to be equal to. */
function elementTest(operand: unknown): Test {
  if (isDocument(operand) && (!isOperators(operand) || /^\$(and|or|nor)$/.test(Object.keys(operand)[0] ?? ''))) {
    const { matches } = compileFilter(operand);
    return (value) => isDocument(value) && matches(value);
  }
  const check = compileCondition(operand);
  return (value) => check(value, []);
}

const isPattern = (value: unknown) => value instanceof BSONRegExp;

const isTruthy = (value: unknown) => value !== undefined && value !== null && value !== false && toNumber(value) !== 0;

function equalTo(operand: unknown): Test {
  if (isPattern(operand)) return patternTest(operand);
  if (operand === null) return (value) => value === null || value === undefined;
  const plain = typeof operand === 'string' ? operand : toNumber(operand);
  return (value) => {
    if (value === undefined) return false;
    if (value === plain) return true;
    if (typeof plain === 'string' && typeof value === 'string') return false;
    return equals(value, operand);
  };
}

function ordered(operand: unknown, accepts: (order: number) => boolean, orEqual: boolean): Test {
  const type = typeOf(operand);
  if (type === 'regex') throw new DatabaseError(2, `Can't have RegEx as arg to predicate over field`);
  if (type === 'null') return (value) => orEqual && (value === null || value === undefined);
  if (type === 'minKey' || type === 'maxKey') return (value) => accepts(compare(value ?? null, operand));
  const place = placeOf(operand);
  const isNotANumber = (value: unknown) => type === 'number' && Number.isNaN(toNumber(value));
  if (isNotANumber(operand)) return (value) => orEqual && value !== undefined && equals(value, operand);
  return (value) =>
    value !== undefined && placeOf(value) === place && accepts(compare(value, operand)) && !isNotANumber(value);
}

function oneOf(operator: string, operand: unknown): Test {
  if (!Array.isArray(operand)) throw new DatabaseError(2, `${operator} needs an array`);
  if (operand.some(isOperators)) throw new DatabaseError(2, `cannot nest $ under ${operator}`);
  if (operand.some(isPattern)) throw new DatabaseError(2, `no patterns in ${operator} here`);
  const keys = new Set(operand.map(keyText));
  const hasNull = operand.includes(null);
  return (value) => (value === undefined || value === null ? hasNull : keys.has(keyText(value)));
}

function patternTest(operand: unknown, options?: unknown): Test {
  const { matches } = readPattern(operand, options);
  return (value) => typeof value === 'string' && matches(value);
}
