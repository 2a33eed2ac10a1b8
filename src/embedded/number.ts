import { Double, Int32, Long } from 'bson';
import { toNumber } from './document.ts';
import { DatabaseError } from './errors.ts';

/**
 * Adds two numbers of any types as MongoDB does: the wider type wins, an int that overflows becomes a long. Throws code 2 when a
 * long overflows.
 */
export function addNumbers(a: unknown, b: unknown): unknown {
  const isDouble = (value: unknown) =>
    value instanceof Double || (typeof value === 'number' && !Number.isInteger(value));
  if (isDouble(a) || isDouble(b)) return new Double((toNumber(a) ?? Number.NaN) + (toNumber(b) ?? Number.NaN));
  const sum = BigInt(String(a)) + BigInt(String(b));
  if (BigInt.asIntN(64, sum) !== sum)
    throw new DatabaseError(2, `Failed to add ${a} and ${b}: the sum does not fit a long`);
  const isLong = a instanceof Long || b instanceof Long || BigInt.asIntN(32, sum) !== sum;
  return isLong ? Long.fromBigInt(sum) : new Int32(Number(sum));
}
