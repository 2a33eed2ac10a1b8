import { Decimal128, Double, Int32, Long } from 'bson';
import { toNumber } from './bson-document.ts';
import { addDecimals, type Decimal, decimalOfNumber, multiplyDecimals, parseDecimal, toDecimal128 } from './decimal.ts';
import { DatabaseError } from './errors.ts';
import { typeOf } from './key-encoding.ts';

/** Whether MongoDB can compute with the value. */
export function isNumeric(value: unknown): boolean {
  return toNumber(value) !== undefined || value instanceof Decimal128;
}

/**
 * Adds or multiplies two numbers of any BSON types as MongoDB does: the wider type wins, an int that overflows becomes
 * a long. Throws code 2 when a long overflows.
 */
export function combine(operation: 'add' | 'multiply', a: unknown, b: unknown): unknown {
  const types = [typeOf(a), typeOf(b)];
  if (types.includes('decimal')) {
    const [x, y] = [toDecimal(a), toDecimal(b)];
    if (!x || !y)
      return Decimal128.fromString(
        String(operation === 'add' ? Number(String(a)) + Number(String(b)) : Number(String(a)) * Number(String(b))),
      );
    return toDecimal128(operation === 'add' ? addDecimals(x, y) : multiplyDecimals(x, y));
  }
  if (types.includes('double')) {
    const [x, y] = [toNumber(a) ?? Number.NaN, toNumber(b) ?? Number.NaN];
    return new Double(operation === 'add' ? x + y : x * y);
  }
  const [x, y] = [BigInt(String(a)), BigInt(String(b))];
  const result = operation === 'add' ? x + y : x * y;
  if (BigInt.asIntN(64, result) !== result)
    throw new DatabaseError(
      2,
      `Failed to apply ${operation === 'add' ? '$inc' : '$mul'} operations to current value ((NumberLong)${x}): overflow`,
    );
  return types.includes('long') || BigInt.asIntN(32, result) !== result
    ? Long.fromBigInt(result)
    : new Int32(Number(result));
}

function toDecimal(value: unknown): Decimal | undefined {
  if (value instanceof Decimal128 || value instanceof Long) return parseDecimal(String(value));
  const number = toNumber(value) ?? Number.NaN;
  return Number.isInteger(number)
    ? decimalOfNumber(number)
    : Number.isFinite(number)
      ? parseDecimal(String(Number(number.toPrecision(15))))
      : undefined;
}
