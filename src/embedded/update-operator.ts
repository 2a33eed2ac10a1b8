import { Int32, Timestamp } from 'bson';
import { type Document, isDocument, toNumber } from './document.ts';
import { DatabaseError } from './errors.ts';
import { elementTest } from './matcher.ts';
import { combine } from './number.ts';
import { compileSort } from './sort.ts';
import { compare, equals, typeOf } from './value-order.ts';

/** What an operator answers when the field is to go, and when it is to stay as it is. */
export const removed = Symbol('removed');
export const unchanged = Symbol('unchanged');

/** What is put in place of the value at a path; undefined stands for a missing one. */
export type Change = (value: unknown) => unknown;

/** The operators whose doing depends on the field and their operand alone. Each throws codes 2, 9 and 14 as MongoDB does. */
export const updateOperators: Readonly<Record<string, (path: string, operand: unknown) => Change>> = {
  $set: (_, operand) => () => operand,
  $setOnInsert: (_, operand) => () => operand,
  $unset: () => (value) => (value === undefined ? unchanged : removed),
  $inc: (path, operand) => arithmetic('$inc', path, operand),
  $mul: (path, operand) => arithmetic('$mul', path, operand),
  $min: (_, operand) => (value) => (value === undefined || compare(operand, value) < 0 ? operand : unchanged),
  $max: (_, operand) => (value) => (value === undefined || compare(operand, value) > 0 ? operand : unchanged),
  $currentDate: (path, operand) => {
    const type = isDocument(operand) ? operand.$type : operand === true ? 'date' : undefined;
    if (type !== 'date' && type !== 'timestamp')
      throw new DatabaseError(2, `$currentDate of '${path}' takes true, { $type: 'date' } or { $type: 'timestamp' }`);
    return () => (type === 'date' ? new Date() : Timestamp.fromBits(1, Math.floor(Date.now() / 1000)));
  },
  $push: pushAll,
  $addToSet: (path, operand) => {
    const added = eachOf('$addToSet', operand, ['$each']) ?? [operand];
    return (value) => {
      const array = requireArray('$addToSet', path, value ?? []);
      const next = [...array];
      for (const item of added) if (!next.some((other) => equals(other, item))) next.push(item);
      return value !== undefined && next.length === array.length ? unchanged : next;
    };
  },
  $pull: (path, operand) => {
    const test = elementTest(operand);
    return (value) => {
      if (value === undefined) return unchanged;
      const array = requireArray('$pull', path, value);
      const kept = array.filter((item) => !test(item));
      return kept.length === array.length ? unchanged : kept;
    };
  },
};

function arithmetic(name: '$inc' | '$mul', path: string, operand: unknown): Change {
  if (toNumber(operand) === undefined)
    throw new DatabaseError(14, `Cannot ${name} with non-numeric argument: {${path}: ${JSON.stringify(operand)}}`);
  return (value) => {
    if (value === undefined) return name === '$inc' ? operand : combine('multiply', operand, new Int32(0));
    if (toNumber(value) === undefined)
      throw new DatabaseError(
        14,
        `Cannot apply ${name} to a value of non-numeric type: '${path}' is of type ${typeOf(value)}`,
      );
    return combine(name === '$inc' ? 'add' : 'multiply', value, operand);
  };
}

function requireArray(name: string, path: string, value: unknown): unknown[] {
  if (Array.isArray(value)) return value;
  throw new DatabaseError(2, `The field '${path}' must be an array for ${name} but is of type ${typeOf(value)}`);
}

/** The list of `{ $each: [...] }` with nothing but the modifiers of the allow-list; undefined where the operand is a value. */
function eachOf(name: string, operand: unknown, allowed: readonly string[]): unknown[] | undefined {
  if (!isDocument(operand) || !('$each' in operand)) return undefined;
  const unknown = Object.keys(operand).find((modifier) => !allowed.includes(modifier));
  if (unknown) throw new DatabaseError(2, `Unrecognized clause in ${name}: ${unknown}`);
  return requireArray(name, '$each', operand.$each);
}

function pushAll(path: string, operand: unknown): Change {
  const each = eachOf('$push', operand, ['$each', '$slice', '$sort', '$position']);
  const { $slice, $sort, $position }: Document = each && isDocument(operand) ? operand : {};
  const [slice, position] = [$slice, $position].map((value) => {
    const number = toNumber(value);
    if (value !== undefined && !Number.isInteger(number))
      throw new DatabaseError(2, `$slice and $position of $push must be integers: ${path}`);
    return number;
  });
  const order = $sort === undefined ? undefined : compilePushSort($sort);
  return (value) => {
    const next = [...requireArray('$push', path, value ?? [])];
    next.splice(position ?? next.length, 0, ...(each ?? [operand]));
    if (order) next.sort(order);
    return slice === undefined ? next : slice < 0 ? next.slice(slice) : next.slice(0, slice);
  };
}

function compilePushSort(specification: unknown): (a: unknown, b: unknown) => number {
  if (isDocument(specification)) {
    const { keyOf } = compileSort(specification);
    const key = (value: unknown) => keyOf(isDocument(value) ? value : {});
    return (a, b) => Buffer.compare(key(a), key(b));
  }
  const direction = toNumber(specification);
  if (direction !== 1 && direction !== -1) throw new DatabaseError(2, 'The $sort element value must be either 1 or -1');
  return (a, b) => compare(a, b) * direction;
}
