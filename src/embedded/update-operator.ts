import { Int32, Timestamp } from 'bson';
import { combine, isNumeric } from './arithmetic.ts';
import { type Document, isDocument, toNumber } from './bson-document.ts';
import { compare, equals } from './compare.ts';
import { DatabaseError } from './errors.ts';
import { typeOf } from './key-encoding.ts';
import { compileFilter, compileValueTest } from './matcher.ts';
import { compileSort } from './sort.ts';
import { type Change, removed, unchanged } from './update-path.ts';
import { isOperators } from './value-test.ts';

export interface Operator {
  readonly change: Change;
  /** Whether what is missing on the way to the field is made. */
  readonly creates: boolean;
}

/** The operators that only set: what they do depends on the field and their operand alone. `$rename` and `$setOnInsert` are the caller's. */
export const operatorNames = new Set([
  '$set',
  '$unset',
  '$inc',
  '$mul',
  '$min',
  '$max',
  '$push',
  '$addToSet',
  '$pull',
  '$pullAll',
  '$pop',
  '$currentDate',
  '$rename',
  '$setOnInsert',
]);

/** Makes the change of one operator at one path. Throws codes 2, 9 and 14 as MongoDB does. */
export function compileOperator(name: string, path: string, operand: unknown): Operator {
  switch (name) {
    case '$set':
    case '$setOnInsert':
      return { change: () => operand, creates: true };
    case '$unset':
      return { change: (value) => (value === undefined ? unchanged : removed), creates: false };
    case '$inc':
    case '$mul':
      return { change: arithmetic(name, path, operand), creates: true };
    case '$min':
      return {
        change: (value) => (value === undefined || compare(operand, value) < 0 ? operand : unchanged),
        creates: true,
      };
    case '$max':
      return {
        change: (value) => (value === undefined || compare(operand, value) > 0 ? operand : unchanged),
        creates: true,
      };
    case '$currentDate':
      return { change: currentDate(operand), creates: true };
    case '$push':
      return { change: push(path, operand), creates: true };
    case '$addToSet':
      return { change: addToSet(path, operand), creates: true };
    case '$pull':
      return { change: pull(operand), creates: false };
    case '$pullAll': {
      if (!Array.isArray(operand))
        throw new DatabaseError(2, `$pullAll requires an array argument but was given a ${typeOf(operand)}`);
      return { change: removing((item) => operand.some((other) => equals(item, other))), creates: false };
    }
    case '$pop':
      return { change: pop(path, operand), creates: false };
    default:
      throw new DatabaseError(
        9,
        `Unknown modifier: ${name}. Expected a valid update modifier or pipeline-style update specified as an array`,
      );
  }
}

function arithmetic(name: '$inc' | '$mul', path: string, operand: unknown): Change {
  if (!isNumeric(operand))
    throw new DatabaseError(
      14,
      `Cannot ${name === '$inc' ? 'increment' : 'multiply'} with non-numeric argument: {${path}: ${JSON.stringify(operand)}}`,
    );
  return (value) => {
    if (value === undefined) return name === '$inc' ? operand : combine('multiply', operand, new Int32(0));
    if (!isNumeric(value))
      throw new DatabaseError(
        14,
        `Cannot apply ${name} to a value of non-numeric type. The field '${path.split('.').at(-1)}' is of non-numeric type ${typeOf(value)}`,
      );
    return combine(name === '$inc' ? 'add' : 'multiply', value, operand);
  };
}

function currentDate(operand: unknown): Change {
  const type = isDocument(operand) ? operand.$type : operand === true ? 'date' : undefined;
  if (type !== 'date' && type !== 'timestamp' && operand !== false)
    throw new DatabaseError(
      2,
      `The '$type' string field is required to be 'date' or 'timestamp': {$currentDate: {field : {$type: 'date'}}}`,
    );
  return () => (type === 'timestamp' ? Timestamp.fromBits(1, Math.floor(Date.now() / 1000)) : new Date());
}

function requireArray(name: string, path: string, value: unknown): unknown[] {
  if (value === undefined) return [];
  if (!Array.isArray(value))
    throw new DatabaseError(
      2,
      `The field '${path}' must be an array but is of type ${typeOf(value)} in document (${name})`,
    );
  return value;
}

function eachOf(name: string, operand: unknown): unknown[] | undefined {
  if (!isDocument(operand) || !('$each' in operand)) return undefined;
  const each = operand.$each;
  if (!Array.isArray(each))
    throw new DatabaseError(2, `The argument to $each in ${name} must be an array but it was of type: ${typeOf(each)}`);
  return each;
}

function push(path: string, operand: unknown): Change {
  const each = eachOf('$push', operand);
  const modifiers: Document = each && isDocument(operand) ? operand : {};
  for (const name of Object.keys(modifiers)) {
    if (!['$each', '$slice', '$sort', '$position'].includes(name))
      throw new DatabaseError(2, `Unrecognized clause in $push: ${name}`);
  }
  const [slice, position] = ['$slice', '$position'].map((name) => {
    const number = toNumber(modifiers[name]);
    if (name in modifiers && (number === undefined || !Number.isInteger(number)))
      throw new DatabaseError(
        2,
        `The value for ${name} must be an integer value but was given type: ${typeOf(modifiers[name])}`,
      );
    return number;
  });
  const order = compilePushSort(modifiers.$sort);
  return (value) => {
    const array = requireArray('$push', path, value);
    const next = [...array];
    next.splice(position ?? next.length, 0, ...(each ?? [operand]));
    const sorted = order ? next.sort(order) : next;
    return slice === undefined ? sorted : slice < 0 ? sorted.slice(slice) : sorted.slice(0, slice);
  };
}

function compilePushSort(specification: unknown): ((a: unknown, b: unknown) => number) | undefined {
  if (specification === undefined) return undefined;
  if (isDocument(specification)) {
    const sort = compileSort(specification);
    const keyOf = (value: unknown) => sort.keyOf(isDocument(value) ? value : {});
    return (a, b) => Buffer.compare(keyOf(a), keyOf(b));
  }
  const direction = toNumber(specification);
  if (direction !== 1 && direction !== -1) throw new DatabaseError(2, 'The $sort element value must be either 1 or -1');
  return (a, b) => compare(a, b) * direction;
}

function addToSet(path: string, operand: unknown): Change {
  const each = eachOf('$addToSet', operand) ?? [operand];
  return (value) => {
    if (value !== undefined && !Array.isArray(value))
      throw new DatabaseError(
        2,
        `Cannot apply $addToSet to non-array field. Field named '${path}' has non-array type ${typeOf(value)}`,
      );
    const array: unknown[] = [...(value ?? [])];
    for (const item of each) if (!array.some((other) => equals(other, item))) array.push(item);
    return value !== undefined && array.length === value.length ? unchanged : array;
  };
}

function pull(operand: unknown): Change {
  if (isDocument(operand) && !isOperators(operand)) {
    // A document is a query on the elements.
    const { matches } = compileFilter(operand);
    return removing((item) => isDocument(item) && matches(item));
  }
  return removing(compileValueTest(operand));
}

function removing(test: (item: unknown) => boolean): Change {
  return (value) => {
    if (value === undefined) return unchanged;
    if (!Array.isArray(value)) throw new DatabaseError(2, 'Cannot apply $pull to a non-array value');
    const kept = value.filter((item) => !test(item));
    return kept.length === value.length ? unchanged : kept;
  };
}

function pop(path: string, operand: unknown): Change {
  const end = toNumber(operand);
  if (end !== 1 && end !== -1) throw new DatabaseError(9, `$pop expects 1 or -1, found: ${String(operand)}`);
  return (value) => {
    if (value === undefined) return unchanged;
    if (!Array.isArray(value))
      throw new DatabaseError(14, `Path '${path}' contains an element of non-array type '${typeOf(value)}'`);
    return value.length === 0 ? unchanged : end === 1 ? value.slice(0, -1) : value.slice(1);
  };
}
