import { type Document, isDocument, toNumber } from './bson-document.ts';
import { equals } from './compare.ts';
import { DatabaseError } from './errors.ts';
import { compileExpression } from './expression.ts';
import { typeOf } from './key-encoding.ts';
import { type MatchDetails, rootOf, someAtPath } from './path.ts';
import { equalTo, isOperators, isTruthy, modulo, ofType, oneOf, ordered, regexTest, type Test } from './value-test.ts';

/** A compiled query. */
export interface Matcher {
  /** Whether the document matches; `details` learns which array element did. */
  matches(document: Document, details?: MatchDetails): boolean;
  /** The top-level fields that it reads; null for all. */
  readonly fields: ReadonlySet<string> | null;
  /** Whether it asks for numeric types, which `decodePlain` loses. */
  readonly needsExactTypes: boolean;
}

type Predicate = (document: Document, details?: MatchDetails) => boolean;

interface Compilation {
  fields: Set<string> | null;
  needsExactTypes: boolean;
}

/** Compiles a MongoDB query. Throws code 2 for what it does not know; scripts are not known. */
export function compileFilter(filter: Document): Matcher {
  const compilation: Compilation = { fields: new Set(), needsExactTypes: false };
  const matches = compileQuery(filter, compilation);
  return { matches, fields: compilation.fields, needsExactTypes: compilation.needsExactTypes };
}

function compileQuery(filter: Document, compilation: Compilation): Predicate {
  const predicates = Object.entries(filter).flatMap(([name, condition]): Predicate[] => {
    switch (name) {
      case '$and': {
        const all = branches(name, condition, compilation);
        return [(document, details) => all.every((matches) => matches(document, details))];
      }
      case '$or': {
        const any = branches(name, condition, compilation);
        return [(document, details) => any.some((matches) => matches(document, details))];
      }
      case '$nor': {
        const none = branches(name, condition, compilation);
        return [(document) => !none.some((matches) => matches(document))];
      }
      case '$expr': {
        const evaluate = compileExpression(condition);
        compilation.fields = null;
        return [(document) => isTruthy(evaluate(document))];
      }
      case '$comment':
        return [];
    }
    if (name.startsWith('$'))
      throw new DatabaseError(
        2,
        `unknown top level operator: ${name}. If you have a field name that starts with a '$' symbol, consider using $getField or $setField.`,
      );
    compilation.fields?.add(rootOf(name));
    return [compileField(name.split('.'), condition, compilation)];
  });
  const [only] = predicates;
  return predicates.length === 1 && only
    ? only
    : (document, details) => predicates.every((matches) => matches(document, details));
}

function branches(name: string, condition: unknown, compilation: Compilation): Predicate[] {
  if (!Array.isArray(condition)) throw new DatabaseError(2, `${name} must be an array`);
  if (condition.length === 0) throw new DatabaseError(2, '$and/$or/$nor must be a nonempty array');
  return condition.map((branch: unknown) => {
    if (!isDocument(branch)) throw new DatabaseError(2, '$or/$and/$nor entries need to be full objects');
    return compileQuery(branch, compilation);
  });
}

function compileField(parts: readonly string[], condition: unknown, compilation: Compilation): Predicate {
  if (isOperators(condition) && '$not' in condition) {
    const { $not: operand, ...others } = condition;
    if (!isOperators(operand) && typeOf(operand) !== 'regex')
      throw new DatabaseError(2, '$not needs a regex or a document');
    const inner = compileField(parts, operand, compilation);
    const rest = Object.keys(others).length > 0 ? compileField(parts, others, compilation) : () => true;
    return (document, details) => !inner(document) && rest(document, details);
  }
  const tests = compileCondition(condition, compilation).map(
    ({ test, expand = true, negated = false }): Predicate =>
      (document, details) =>
        someAtPath(document, parts, 0, expand, test, negated ? undefined : details) !== negated,
  );
  const [only] = tests;
  return tests.length === 1 && only
    ? only
    : (document, details) => tests.every((matches) => matches(document, details));
}

interface Condition {
  readonly test: Test;
  /** Whether the elements of an array are tried one by one besides the whole; the default. */
  readonly expand?: boolean;
  readonly negated?: boolean;
}

function compileCondition(condition: unknown, compilation: Compilation): Condition[] {
  if (!isOperators(condition))
    return [{ test: typeOf(condition) === 'regex' ? regexTest(condition) : equalTo(condition) }];
  return Object.entries(condition).flatMap(([operator, operand]) =>
    compileOperator(operator, operand, condition, compilation),
  );
}

function compileOperator(
  operator: string,
  operand: unknown,
  siblings: Document,
  compilation: Compilation,
): Condition[] {
  switch (operator) {
    case '$eq':
      return [{ test: equalTo(operand) }];
    case '$ne':
      return [{ test: equalTo(operand), negated: true }];
    case '$gt':
      return [{ test: ordered(operand, (order) => order > 0, false) }];
    case '$gte':
      return [{ test: ordered(operand, (order) => order >= 0, true) }];
    case '$lt':
      return [{ test: ordered(operand, (order) => order < 0, false) }];
    case '$lte':
      return [{ test: ordered(operand, (order) => order <= 0, true) }];
    case '$in':
      return [{ test: oneOf(operator, operand) }];
    case '$nin':
      return [{ test: oneOf(operator, operand), negated: true }];
    case '$exists':
      return [{ test: (value) => value !== undefined, expand: false, negated: !isTruthy(operand) }];
    case '$type':
      compilation.needsExactTypes = true;
      return [{ test: ofType(operand) }];
    case '$size': {
      const size = toNumber(operand);
      if (size === undefined || !Number.isInteger(size))
        throw new DatabaseError(2, `Failed to parse $size. Expected an integer in: $size: ${String(operand)}`);
      if (size < 0)
        throw new DatabaseError(2, `Failed to parse $size. Expected a non-negative number in: $size: ${size}`);
      return [{ test: (value) => Array.isArray(value) && value.length === size, expand: false }];
    }
    case '$mod':
      return [{ test: modulo(operand) }];
    case '$regex':
      return [{ test: regexTest(operand, siblings.$options) }];
    case '$options':
      if (!('$regex' in siblings)) throw new DatabaseError(2, '$options needs a $regex');
      return [];
    case '$all': {
      if (!Array.isArray(operand)) throw new DatabaseError(2, '$all needs an array');
      if (operand.length === 0) return [{ test: () => false }];
      return operand.flatMap((item: unknown) =>
        isDocument(item) && '$elemMatch' in item
          ? compileCondition(item, compilation)
          : compileCondition(isOperators(item) ? { $eq: item } : item, compilation),
      );
    }
    case '$elemMatch':
      return [{ test: elementMatcher(operand, compilation), expand: false }];
    case '$comment':
      return [];
    default:
      throw new DatabaseError(2, `unknown operator: ${operator}`);
  }
}

function elementMatcher(operand: unknown, compilation: Compilation): Test {
  if (!isDocument(operand)) throw new DatabaseError(2, '$elemMatch needs an Object');
  const first = Object.keys(operand)[0] ?? '';
  const inner: Compilation = { fields: null, needsExactTypes: false };
  const matches =
    isOperators(operand) && !['$and', '$or', '$nor', '$expr'].includes(first)
      ? compileValue(operand, inner)
      : compileQuery(operand, inner);
  compilation.needsExactTypes ||= inner.needsExactTypes;
  const isValueTest = isOperators(operand) && !['$and', '$or', '$nor', '$expr'].includes(first);
  return (value) =>
    Array.isArray(value) &&
    value.some(
      (item: unknown) => (isValueTest || isDocument(item) || Array.isArray(item)) && matches(item as Document),
    );
}

/** A test of a value by itself, as `$elemMatch` and `$pull` make: `{ $gt: 5 }`. */
function compileValue(operators: Document, compilation: Compilation): (value: unknown) => boolean {
  const matches = compileField([], operators, compilation);
  // The empty path never looks into the value as a document.
  return (value) => matches(value as Document);
}

/** A test of values as `$pull` and array filters make it: operators, a pattern, or a value to be equal to. */
export function compileValueTest(condition: unknown): Test {
  const compilation: Compilation = { fields: null, needsExactTypes: false };
  if (isOperators(condition)) return compileValue(condition, compilation);
  if (typeOf(condition) === 'regex') return regexTest(condition);
  return (value) => value !== undefined && equals(value, condition);
}
