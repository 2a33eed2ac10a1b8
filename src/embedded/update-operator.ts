import { toNumber } from './document.ts';
import { DatabaseError } from './errors.ts';
import { addNumbers } from './number.ts';
import { typeOf } from './value-order.ts';

/** What an operator answers when the field is to go, and when it is to stay as it is. */
export const removed = Symbol('removed');
export const unchanged = Symbol('unchanged');

/** What is put in place of the value at a path; undefined stands for a missing one. */
export type Change = (value: unknown) => unknown;

/** The update operators of the allow-list. `$inc` throws code 14 for what is no number, as MongoDB does. */
export const updateOperators: Readonly<Record<string, (path: string, operand: unknown) => Change>> = {
  $set: (_, operand) => () => operand,
  $setOnInsert: (_, operand) => () => operand,
  $unset: () => (value) => (value === undefined ? unchanged : removed),
  $inc: (path, operand) => {
    if (toNumber(operand) === undefined)
      throw new DatabaseError(14, `Cannot increment with non-numeric argument: {${path}: ${JSON.stringify(operand)}}`);
    return (value) => {
      if (value === undefined) return operand;
      if (toNumber(value) !== undefined) return addNumbers(value, operand);
      const message = `Cannot apply $inc to a value of non-numeric type: '${path}' is of type ${typeOf(value)}`;
      throw new DatabaseError(14, message);
    };
  },
};
