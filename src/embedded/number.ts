import { Double, Int32, Long } from 'bson';
import { toNumber } from './document.ts';
import { DatabaseError } from './errors.ts';

const operations = {
  add: { double: (a: number, b: number) => a + b, integer: (a: bigint, b: bigint) => a + b },
  multiply: { double: (a: number, b: number) => a * b, integer: (a: bigint, b: bigint) => a * b },
};

/**
 * Adds or multiplies two numbers of any types as MongoDB does: the wider type wins, an int that overflows becomes a long.
 * Throws code 2 when a long overflows.
 */
export function combine(operation: 'add' | 'multiply', a: unknown, b: unknown): unknown {
  const { double, integer } = operations[operation];
  const isDouble = (value: unknown) =>
    value instanceof Double || (typeof value === 'number' && !Number.isInteger(value));
  if (isDouble(a) || isDouble(b)) return new Double(double(toNumber(a) ?? Number.NaN, toNumber(b) ?? Number.NaN));
  const result = integer(BigInt(String(a)), BigInt(String(b)));
  if (BigInt.asIntN(64, result) !== result)
    throw new DatabaseError(2, `Failed to ${operation} ${a} and ${b}: the result does not fit a long`);
  const isLong = a instanceof Long || b instanceof Long || BigInt.asIntN(32, result) !== result;
  return isLong ? Long.fromBigInt(result) : new Int32(Number(result));
}
