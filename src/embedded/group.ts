import { type Document, isDocument, toNumber } from './document.ts';
import { DatabaseError } from './errors.ts';
import { compileExpression, type Expression, readTruncation } from './expression.ts';
import { addNumbers } from './number.ts';
import { keyText } from './value-order.ts';

/** `$group`: a state a group and field, which each document changes. */
interface Accumulator {
  initial(): unknown;
  add(state: unknown, value: unknown): unknown;
  result?(state: unknown): unknown;
}

/** The accumulators of the allow-list, but for `$firstN`, which has its own operand. */
const accumulators: Readonly<Record<string, Accumulator>> = {
  $sum: { initial: () => 0, add: sum },
  $first: firstOf(1, ([first]) => first),
};

function firstOf(count: number, result: (list: unknown[]) => unknown): Accumulator {
  return {
    initial: () => [],
    // The cast: a state is what `initial` and `add` made of it.
    add: (state, value) => ((state as unknown[]).length < count ? [...(state as unknown[]), value ?? null] : state),
    result: (state) => result(state as unknown[]),
  };
}

/** What is not a number counts nothing; longs keep their precision. */
function sum(state: unknown, value: unknown): unknown {
  if (typeof state === 'number' && typeof value === 'number' && !(Math.abs(state + value) > Number.MAX_SAFE_INTEGER))
    return state + value;
  return toNumber(value) === undefined ? state : addNumbers(state, value);
}

/** A stage that only counts: all documents, or those of each value at a path, or of each span of time there. */
export interface Counting {
  /** Undefined: all of them. */
  readonly path: string | undefined;
  readonly unitMs?: number | undefined;
  /** The `_id` of a document's group. */
  idOf(document: Document): unknown;
  /** The group of so many documents. */
  resultOf(id: unknown, count: number): Document;
}

/** Compiles `$group`; `fields` are the top-level ones that it reads. */
export function compileGroup(specification: Document): {
  run(documents: Iterable<Document>): Document[];
  fields: ReadonlySet<string>;
  counting: Counting | undefined;
} {
  if (!('_id' in specification)) throw new DatabaseError(15955, 'a group specification must include an _id');
  const { _id, ...others } = specification;
  const id = compileExpression(_id);
  const columns = Object.entries(others).map(([name, accumulator]) => ({
    name,
    ...compileAccumulator(name, accumulator),
  }));
  const run = (documents: Iterable<Document>) => {
    const groups = new Map<string, { id: unknown; states: unknown[] }>();
    for (const document of documents) {
      const value = id.evaluate(document) ?? null;
      const key = keyText(value);
      let group = groups.get(key);
      if (!group) {
        group = { id: value, states: columns.map(({ initial }) => initial()) };
        groups.set(key, group);
      }
      for (const [index, { add, input }] of columns.entries())
        group.states[index] = add(group.states[index], input.evaluate(document));
    }
    return Array.from(groups.values(), ({ id, states }) => {
      const results = columns.map(({ name, result }, index) => [name, result ? result(states[index]) : states[index]]);
      return { _id: id, ...Object.fromEntries(results) };
    });
  };
  const fields = new Set([id, ...columns.map(({ input }) => input)].flatMap(({ fields }) => [...fields]));
  return { run, fields, counting: compileCounting(_id, id, others) };
}

function compileCounting(source: unknown, id: Expression, columns: Document): Counting | undefined {
  const truncation = isDocument(source) && '$dateTrunc' in source ? readTruncation(source.$dateTrunc) : undefined;
  const path = truncation ? truncation.date : source;
  const isPath = typeof path === 'string' && /^\$[^$]/.test(path);
  if (!isPath && id.fields.size !== 0) return undefined;
  const amounts = Object.entries(columns).map(([name, accumulator]) => {
    return [name, isDocument(accumulator) ? toNumber(accumulator.$sum) : undefined] as const;
  });
  if (!amounts.every(([, amount]) => Number.isSafeInteger(amount))) return undefined;
  return {
    path: isPath ? path.slice(1) : undefined,
    unitMs: truncation?.unitMs,
    idOf: (document) => id.evaluate(document) ?? null,
    resultOf: (id, count) => ({
      _id: id,
      ...Object.fromEntries(amounts.map(([name, amount = 0]) => [name, amount * count])),
    }),
  };
}

function compileAccumulator(name: string, specification: unknown): Accumulator & { input: Expression } {
  const [operator = '', ...others] = isDocument(specification) ? Object.keys(specification) : [];
  if (!isDocument(specification) || others.length > 0 || !operator.startsWith('$') || name.includes('.'))
    throw new DatabaseError(40234, `The field '${name}' must be an accumulator object with one accumulator`);
  const operand = specification[operator];
  if (operator === '$firstN') {
    const { n, input } = isDocument(operand) ? operand : {};
    const count = toNumber(n);
    if (count === undefined || !Number.isInteger(count) || count < 1)
      throw new DatabaseError(5787908, `'n' of $firstN must be a positive integer`);
    return { ...firstOf(count, (list) => list), input: compileExpression(input) };
  }
  const accumulator = Object.hasOwn(accumulators, operator) ? accumulators[operator] : undefined;
  if (!accumulator) throw new DatabaseError(15952, `unknown group operator '${operator}'`);
  return { ...accumulator, input: compileExpression(operand) };
}
