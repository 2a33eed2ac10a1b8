import { type Document, isDocument, toPlain } from './document.ts';
import { DatabaseError } from './errors.ts';
import { valueAtPath } from './path.ts';

/** A compiled aggregation expression over documents of `decodePlain`: paths, constants, documents of them, `$dateTrunc`. */
export interface Expression {
  /** Undefined is a missing value. */
  evaluate(document: Document): unknown;
  /** The top-level fields that it reads. */
  readonly fields: ReadonlySet<string>;
}

/** Compiles an expression. Throws code 168 for an operator that is not in the allow-list, 17276 for a variable. */
export function compileExpression(source: unknown): Expression {
  const fields = new Set<string>();
  return { evaluate: compile(toPlain(source), fields), fields };
}

function compile(expression: unknown, fields: Set<string>): Expression['evaluate'] {
  if (typeof expression === 'string' && expression.startsWith('$')) {
    const path = expression.slice(1).split('.');
    const [root = ''] = path;
    if (root.startsWith('$')) throw new DatabaseError(17276, `Use of undefined variable: ${root.slice(1)}`);
    fields.add(root);
    return (document) => valueAtPath(document, path);
  }
  if (Array.isArray(expression)) throw new DatabaseError(168, 'the embedded database has no arrays in expressions');
  if (!isDocument(expression)) return () => expression;
  const [operator = '', ...others] = Object.keys(expression);
  if (!operator.startsWith('$')) {
    const inner = Object.entries(expression).map(([name, value]) => [name, compile(value, fields)] as const);
    return (document) => {
      const entries = inner.map(([name, evaluate]) => [name, evaluate(document)] as const);
      return Object.fromEntries(entries.filter(([, value]) => value !== undefined));
    };
  }
  if (others.length > 0)
    throw new DatabaseError(15983, `An object representing an expression must have exactly one field: ${operator}`);
  if (operator === '$literal') return () => expression.$literal;
  if (operator !== '$dateTrunc') throw new DatabaseError(168, `Unrecognized expression '${operator}'`);
  const { date, unitMs } = readTruncation(expression.$dateTrunc);
  const evaluate = compile(date, fields);
  return (document) => {
    const value = evaluate(document) ?? null;
    if (value === null) return null;
    if (!(value instanceof Date)) throw new DatabaseError(16006, `can't convert from ${typeof value} to Date`);
    return new Date(Math.floor(value.getTime() / unitMs) * unitMs);
  };
}

const units: Readonly<Record<string, number>> = { day: 86_400_000, hour: 3_600_000, minute: 60_000, second: 1_000 };

/** Reads the operand of `$dateTrunc`. Throws code 238 for what needs a calendar: longer units, time zones. */
export function readTruncation(operand: unknown): { readonly date: unknown; readonly unitMs: number } {
  const { date, unit, ...options } = isDocument(operand) ? operand : {};
  const unitMs = typeof unit === 'string' && Object.hasOwn(units, unit) ? units[unit] : undefined;
  if (unitMs !== undefined && Object.keys(options).length === 0) return { date, unitMs };
  const known = Object.keys(units).join(', ');
  throw new DatabaseError(238, `the embedded database has $dateTrunc of a date and a unit alone, one of ${known}`);
}
