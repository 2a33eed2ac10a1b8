import { BSONRegExp, type Decimal128 } from 'bson';
import { type Document, isDocument, toNumber } from './bson-document.ts';
import { compare, equals } from './compare.ts';
import { DatabaseError } from './errors.ts';
import { keyText, placeOf, typeOf } from './key-encoding.ts';
import { compileRegularExpression } from './regular-expression.ts';

/** What a query asks of one value; undefined is a missing one. Each throws code 2 for an operand that it cannot have. */
export type Test = (value: unknown) => boolean;

/** Whether a condition is made of operators; a document whose first name is not one is a value to be equal to. */
export function isOperators(condition: unknown): condition is Document {
  return (
    isDocument(condition) &&
    (Object.keys(condition)[0]?.startsWith('$') ?? false) &&
    !('$ref' in condition || '$id' in condition)
  );
}

export function isTruthy(value: unknown): boolean {
  return value !== undefined && value !== null && value !== false && toNumber(value) !== 0;
}

export function equalTo(operand: unknown): Test {
  if (operand === null) return (value) => value === null || value === undefined;
  if (operand === undefined) throw new DatabaseError(2, 'cannot compare to undefined');
  const number = toNumber(operand);
  if (typeof operand === 'string' || (number !== undefined && Number.isSafeInteger(number))) {
    const plain = number ?? operand;
    return (value) => value === plain || (typeof value === 'object' && value !== null && equals(value, operand));
  }
  return (value) => value !== undefined && equals(value, operand);
}

export function ordered(operand: unknown, accepts: (order: number) => boolean, orEqual: boolean): Test {
  const type = typeOf(operand);
  if (type === 'regex') throw new DatabaseError(2, `Can't have RegEx as arg to predicate over field`);
  if (type === 'null') return orEqual ? (value) => value === null || value === undefined : () => false;
  if (type === 'minKey' || type === 'maxKey') return (value) => accepts(compare(value ?? null, operand));
  const place = placeOf(operand);
  const isNumber = toNumber(operand) !== undefined || type === 'decimal';
  const notANumber = Number.isNaN(Number(isNumber ? (toNumber(operand) ?? String(operand as Decimal128)) : 0));
  if (notANumber) return (value) => orEqual && value !== undefined && equals(value, operand);
  return (value) =>
    value !== undefined &&
    placeOf(value) === place &&
    accepts(compare(value, operand)) &&
    !(isNumber && Number.isNaN(toNumber(value) ?? 0));
}

export function oneOf(operator: string, operand: unknown): Test {
  if (!Array.isArray(operand)) throw new DatabaseError(2, `${operator} needs an array`);
  if (operand.some(isOperators)) throw new DatabaseError(2, `cannot nest $ under ${operator}`);
  const patterns = operand.filter((item) => typeOf(item) === 'regex').map((item) => regexTest(item));
  const keys = new Set(operand.map((item) => keyText(item)));
  const hasNull = operand.includes(null);
  return (value) =>
    value === undefined || value === null ? hasNull : keys.has(keyText(value)) || patterns.some((test) => test(value));
}

const typeNumbers: Record<number, string> = {
  1: 'double',
  2: 'string',
  3: 'object',
  4: 'array',
  5: 'binData',
  6: 'undefined',
  7: 'objectId',
  8: 'bool',
  9: 'date',
  10: 'null',
  11: 'regex',
  12: 'dbPointer',
  13: 'javascript',
  14: 'symbol',
  15: 'javascriptWithScope',
  16: 'int',
  17: 'timestamp',
  18: 'long',
  19: 'decimal',
  [-1]: 'minKey',
  127: 'maxKey',
};

export function ofType(operand: unknown): Test {
  const names = new Set<string>();
  for (const item of Array.isArray(operand) ? operand : [operand]) {
    const number = toNumber(item);
    const name = number === undefined ? String(item) : typeNumbers[number];
    if (name === undefined) throw new DatabaseError(2, `Invalid numerical type code: ${String(item)}`);
    if (name === 'number') for (const numeric of ['int', 'long', 'double', 'decimal']) names.add(numeric);
    else if (Object.values(typeNumbers).includes(name)) names.add(name);
    else throw new DatabaseError(2, `Unknown type name alias: ${name}`);
  }
  return (value) => value !== undefined && names.has(typeOf(value));
}

export function modulo(operand: unknown): Test {
  if (!Array.isArray(operand)) throw new DatabaseError(2, 'malformed mod, needs to be an array');
  if (operand.length !== 2)
    throw new DatabaseError(2, `malformed mod, ${operand.length < 2 ? 'not enough' : 'too many'} elements`);
  const [divisor, remainder] = operand.map((item: unknown) => Math.trunc(toNumber(item) ?? Number.NaN));
  if (divisor === undefined || Number.isNaN(divisor) || Number.isNaN(remainder))
    throw new DatabaseError(2, 'malformed mod, divisor not a number');
  if (divisor === 0) throw new DatabaseError(2, 'divisor cannot be 0');
  return (value) => {
    const number = toNumber(value);
    // Adding 0 makes -0 the 0 that it is to MongoDB.
    return number !== undefined && Number.isFinite(number) && (Math.trunc(number) % divisor) + 0 === remainder;
  };
}

export function regexTest(operand: unknown, options?: unknown): Test {
  const isRegex = operand instanceof BSONRegExp;
  if (!isRegex && typeof operand !== 'string') throw new DatabaseError(2, '$regex has to be a string');
  const regex = compileRegularExpression(
    isRegex ? operand.pattern : operand,
    typeof options === 'string' ? options : isRegex ? operand.options : '',
  );
  return (value) =>
    typeof value === 'string' ? regex.test(value) : isRegex && value instanceof BSONRegExp && equals(value, operand);
}
