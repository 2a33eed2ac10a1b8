import { Context, evalExpr, ProcessingMode } from 'mingo/core';
import * as mingoOperators from 'mingo/operators/expression';
import { type Document, isDocument, rootOf, toPlain } from './document.ts';
import { DatabaseError } from './errors.ts';
import { valueAtPath } from './path.ts';
import { compare } from './value-order.ts';

/** Aggregation expressions. mingo computes them, but for the comparisons, which are made with the one order of BSON values. */

/** A compiled expression over documents of `decodePlain`. */
export interface Expression {
  /** Undefined is a missing value. */
  evaluate(document: Document): unknown;
  /** The top-level fields that it reads; null for all. */
  readonly fields: ReadonlySet<string> | null;
}

/** What may be used. Scripts (`$function`), variables and whatever is not named here are refused. */
const allowed = new Set(
  (
    '$add $subtract $multiply $divide $mod $abs $ceil $floor $arrayElemAt $concatArrays $in $isArray $size ' +
    '$and $or $not $cmp $eq $ne $gt $gte $lt $lte $cond $ifNull $switch $concat ' +
    '$dateToString $dateTrunc $dayOfMonth $month $year $hour $literal'
  ).split(' '),
);

type Operator = (document: unknown, operand: unknown, options: Parameters<typeof evalExpr>[2]) => unknown;

function comparison(accepts: (order: number) => unknown): Operator {
  return (document, operands, options) => {
    // evalExpr takes any document and any expression, and two operands make an array of two values; its types say less.
    const [a, b] = evalExpr(document as Document, operands as Document[], options) as [unknown, unknown];
    return accepts(compare(a, b));
  };
}

// The casts: mingo types its operators one by one, and a namespace import is not its index signature.
const expression = {
  ...(mingoOperators as object),
  $cmp: comparison(Math.sign),
  $eq: comparison((order) => order === 0),
  $ne: comparison((order) => order !== 0),
  $gt: comparison((order) => order > 0),
  $gte: comparison((order) => order >= 0),
  $lt: comparison((order) => order < 0),
  $lte: comparison((order) => order <= 0),
};
const options = {
  idKey: '_id',
  context: Context.init({ expression }),
  scriptEnabled: false,
  useStrictMode: true,
  failOnError: true,
  processingMode: ProcessingMode.CLONE_OFF,
};

/** Compiles an expression. Throws code 168 for an operator that it does not know, 17276 for a variable. */
export function compileExpression(source: unknown): Expression {
  const expression = toPlain(source);
  const fields = new Set<string>();
  check(expression, fields);
  return { evaluate: compile(expression), fields: fields.has('$ROOT') ? null : fields };
}

function compile(expression: unknown): Expression['evaluate'] {
  if (typeof expression === 'string' && expression.startsWith('$')) {
    const path = expression.startsWith('$$ROOT') ? expression.split('.').slice(1) : expression.slice(1).split('.');
    const [name = ''] = path;
    if (path.length !== 1) return (document) => valueAtPath(document, path);
    return (document) => (Object.hasOwn(document, name) ? document[name] : undefined);
  }
  if (typeof expression !== 'object' || expression === null) return () => expression;
  if (isDocument(expression)) {
    const [operator] = Object.keys(expression);
    if (operator === '$literal') return () => expression[operator];
    if (operator === undefined || !operator.startsWith('$')) {
      const inner = Object.entries(expression).map(([name, value]) => [name, compile(value)] as const);
      return (document) => {
        const entries = inner.map(([name, evaluate]) => [name, evaluate(document)] as const);
        return Object.fromEntries(entries.filter(([, value]) => value !== undefined));
      };
    }
    const truncation = readTruncation(expression);
    if (truncation) return compileTruncation(compile(truncation.date), truncation.unitMs);
  }
  // What is left is mingo's: an operator, or an array.
  return (document) => {
    try {
      return evalExpr(document, expression as Document, options);
    } catch (error) {
      if (error instanceof DatabaseError) throw error;
      throw new DatabaseError(2, `Executor error during aggregation :: caused by :: ${error}`);
    }
  };
}

const units: Readonly<Record<string, number>> = { day: 86_400_000, hour: 3_600_000, minute: 60_000, second: 1_000 };

/** The date and the unit's milliseconds of a `$dateTrunc` that needs no calendar; undefined for any other expression. */
export function readTruncation(expression: unknown): { readonly date: unknown; readonly unitMs: number } | undefined {
  const operand = isDocument(expression) ? expression.$dateTrunc : undefined;
  if (!isDocument(operand) || Object.keys(operand).length !== 2) return undefined;
  const unitMs = Object.entries(units).find(([unit]) => unit === operand.unit)?.[1];
  return unitMs === undefined ? undefined : { date: operand.date, unitMs };
}

function compileTruncation(date: Expression['evaluate'], unitMs: number): Expression['evaluate'] {
  return (document) => {
    const value = date(document) ?? null;
    if (value === null) return null;
    if (!(value instanceof Date)) throw new DatabaseError(16006, `can't convert from ${typeof value} to Date`);
    return new Date(Math.floor(value.getTime() / unitMs) * unitMs);
  };
}

/** Throws for what may not be used, and collects the fields that are read; `$ROOT` for all of them. */
function check(expression: unknown, fields: Set<string>): void {
  if (typeof expression === 'string' && expression.startsWith('$')) {
    if (expression.startsWith('$$') && !/^\$\$ROOT(\.|$)/.test(expression))
      throw new DatabaseError(17276, `Use of undefined variable: ${rootOf(expression.slice(2))}`);
    fields.add(rootOf(expression.slice(1)));
  }
  if (Array.isArray(expression)) for (const item of expression) check(item, fields);
  if (!isDocument(expression)) return;
  const [operator = '', ...others] = Object.keys(expression);
  if (operator.startsWith('$')) {
    if (others.length > 0)
      throw new DatabaseError(15983, `An object representing an expression must have exactly one field: ${operator}`);
    if (!allowed.has(operator)) throw new DatabaseError(168, `Unrecognized expression '${operator}'`);
    if (operator === '$literal') return;
  }
  for (const inner of Object.values(expression)) check(inner, fields);
}
