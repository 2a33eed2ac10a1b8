import { combine, isNumeric } from './arithmetic.ts';
import { type Document, isDocument, toNumber } from './bson-document.ts';
import { compare } from './compare.ts';
import { DatabaseError } from './errors.ts';
import { compileExpression } from './expression.ts';
import { keyText } from './key-encoding.ts';
import { compileSort } from './sort.ts';

/** The state of one accumulator in one group. */
export interface Accumulation {
  add(document: Document): void;
  result(): unknown;
}

type Step = (state: unknown, value: unknown) => unknown;

/** Makes accumulations for one field of `$group`. Throws code 15952 for an accumulator that it does not know. */
export function compileAccumulator(name: string, operand: unknown): () => Accumulation {
  const fold = (initial: unknown, step: Step) => {
    const evaluate = compileExpression(operand);
    return (): Accumulation => {
      let state = initial;
      return {
        add: (document) => {
          state = step(state, evaluate(document));
        },
        result: () => state,
      };
    };
  };
  const collect = (
    input: unknown,
    accepts: (value: unknown, kept: unknown[]) => boolean,
    finish: (kept: unknown[]) => unknown = (kept) => kept,
    trim?: (kept: unknown[]) => void,
  ) => {
    const evaluate = compileExpression(input);
    return (): Accumulation => {
      const kept: unknown[] = [];
      return {
        add: (document) => {
          const value = evaluate(document);
          if (!accepts(value, kept)) return;
          kept.push(value);
          trim?.(kept);
        },
        result: () => finish(kept),
      };
    };
  };
  switch (name) {
    case '$sum': {
      if (operand !== null && toNumber(operand) === 1)
        return () => {
          let count = 0;
          return {
            add: () => {
              count += 1;
            },
            result: () => count,
          };
        };
      return fold(0, (sum, value) => addNumbers(sum, value));
    }
    case '$count':
      return () => {
        let count = 0;
        return {
          add: () => {
            count += 1;
          },
          result: () => count,
        };
      };
    case '$avg':
      return average(operand);
    case '$min':
      return fold(null, (least, value) =>
        value === null || value === undefined || (least !== null && compare(value, least) >= 0) ? least : value,
      );
    case '$max':
      return fold(null, (most, value) =>
        value === null || value === undefined || (most !== null && compare(value, most) <= 0) ? most : value,
      );
    case '$first':
      return collect(
        operand,
        (_, kept) => kept.length === 0,
        ([first]) => first ?? null,
      );
    case '$last':
      return collect(
        operand,
        () => true,
        ([last]) => last ?? null,
        (kept) => kept.splice(0, kept.length - 1),
      );
    case '$push':
      return collect(operand, (value) => value !== undefined);
    case '$addToSet':
      return collectSet(operand);
    case '$mergeObjects':
      return fold({}, (merged, value) => (isDocument(value) ? { ...(merged as Document), ...value } : merged));
    case '$firstN':
    case '$lastN':
    case '$minN':
    case '$maxN': {
      const { n, input } = arguments_(name, operand, 'input');
      const order = name === '$minN' ? compare : (a: unknown, b: unknown) => compare(b, a);
      if (name === '$firstN')
        return collect(
          input,
          (_, kept) => kept.length < n,
          (kept) => kept.map((value) => value ?? null),
        );
      if (name === '$lastN')
        return collect(
          input,
          () => true,
          (kept) => kept.map((value) => value ?? null),
          (kept) => kept.length > n && kept.shift(),
        );
      return collect(
        input,
        (value) => value !== null && value !== undefined,
        undefined,
        (kept) => {
          kept.sort(order);
          kept.length = Math.min(kept.length, n);
        },
      );
    }
    case '$top':
    case '$bottom':
    case '$topN':
    case '$bottomN': {
      const { n, input, sortBy } = arguments_(
        name,
        name.endsWith('N') ? operand : { n: 1, ...(isDocument(operand) ? operand : {}) },
        'output',
      );
      const sort = compileSort(sortBy);
      const evaluate = compileExpression(input);
      return () => {
        const kept: { key: Buffer; value: unknown }[] = [];
        return {
          add: (document) => {
            kept.push({ key: sort.keyOf(document), value: evaluate(document) ?? null });
          },
          result: () => {
            const ordered = kept.sort((a, b) => Buffer.compare(a.key, b.key)).map(({ value }) => value);
            const chosen = name.startsWith('$top') ? ordered.slice(0, n) : ordered.slice(-n);
            return name.endsWith('N') ? chosen : (chosen[0] ?? null);
          },
        };
      };
    }
    default:
      throw new DatabaseError(15952, `unknown group operator '${name}'`);
  }
}

function average(operand: unknown): () => Accumulation {
  const evaluate = compileExpression(operand);
  return () => {
    let sum: unknown = 0;
    let count = 0;
    return {
      add: (document) => {
        const value = evaluate(document);
        if (!isNumeric(value)) return;
        sum = addNumbers(sum, value);
        count += 1;
      },
      result: () => (count === 0 ? null : Number(String(sum)) / count),
    };
  };
}

/** Sums as `$sum` does: what is not a number counts nothing; longs and decimals keep their precision. */
function addNumbers(sum: unknown, value: unknown): unknown {
  if (typeof sum === 'number' && typeof value === 'number') return sum + value;
  return isNumeric(value) ? combine('add', sum, value) : sum;
}

function collectSet(operand: unknown): () => Accumulation {
  const evaluate = compileExpression(operand);
  return () => {
    const kept = new Map<string, unknown>();
    return {
      add: (document) => {
        const value = evaluate(document);
        if (value !== undefined) kept.set(keyText(value), value);
      },
      result: () => [...kept.values()],
    };
  };
}

function arguments_(
  name: string,
  operand: unknown,
  field: 'input' | 'output',
): { n: number; input: unknown; sortBy: Document } {
  const n = isDocument(operand) ? toNumber(operand.n) : undefined;
  if (!isDocument(operand) || n === undefined || !Number.isInteger(n) || n < 1)
    throw new DatabaseError(5787908, `'n' of ${name} must be a positive integer`);
  return { n, input: operand[field], sortBy: isDocument(operand.sortBy) ? operand.sortBy : {} };
}
