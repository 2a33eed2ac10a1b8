import { ObjectId } from 'bson';
import { Context, evalExpr, ProcessingMode } from 'mingo/core';
import * as accumulatorOperators from 'mingo/operators/accumulator';
import * as mingoOperators from 'mingo/operators/expression';
import { isNumeric } from './arithmetic.ts';
import { type Document, isDocument, toPlain } from './bson-document.ts';
import { compare } from './compare.ts';
import { DatabaseError } from './errors.ts';
import { typeOf } from './key-encoding.ts';
import { rootOf, valueAtPath } from './path.ts';

/** Aggregation expressions. mingo computes them, but for the comparisons, which are made with the one order of BSON values. */

/** A compiled expression; undefined is a missing value. Documents are those of `decodePlain`. */
export type Expression = (document: Document) => unknown;

/** What may be used. Scripts (`$function`) and whatever is not named here are refused. */
const allowed = new Set(
  (
    '$abs $add $ceil $divide $exp $floor $ln $log10 $mod $multiply $pow $round $sqrt $subtract ' +
    '$arrayElemAt $arrayToObject $concatArrays $filter $first $in $indexOfArray $isArray $last $map $range $reduce ' +
    '$reverseArray $size $slice $zip $and $not $or $cmp $eq $gt $gte $lt $lte $ne $cond $ifNull $switch ' +
    '$dateAdd $dateDiff $dateSubtract $dateToString $dateTrunc ' +
    '$dayOfMonth $dayOfWeek $dayOfYear $hour $millisecond $minute $month $second $year ' +
    '$literal $getField $mergeObjects $objectToArray $setField $unsetField $setDifference $setIntersection $setUnion ' +
    '$concat $replaceAll $replaceOne $split $strLenBytes $strLenCP $substrCP $toLower $toUpper $trim ' +
    '$isNumber $toDate $toDouble $toInt $toString $type $let $avg $max $min $sum'
  ).split(' '),
);

type Operator = (document: unknown, operand: unknown, options: Parameters<typeof evalExpr>[2]) => unknown;

/** An operator of one operand, which may leave a value to mingo's. */
function unary(compute: (value: unknown, otherwise: () => unknown) => unknown, mingo?: Operator): Operator {
  return (document, operand, options) => {
    // evalExpr takes any document and any expression; its types say less.
    const value: unknown = evalExpr(document as Document, operand as Document, options);
    const only: unknown = Array.isArray(operand) && Array.isArray(value) && value.length === 1 ? value[0] : value;
    return compute(only, () => mingo?.(document, operand, options));
  };
}

function comparison(accepts: (order: number) => unknown): Operator {
  return (document, operands, options) => {
    // Two operands make an array of two values.
    const [a, b] = evalExpr(document as Document, operands as Document[], options) as [unknown, unknown];
    return accepts(compare(a, b));
  };
}

// The casts: mingo types its operators one by one, and a namespace import is not its index signature.
const context = Context.init({
  expression: {
    ...(mingoOperators as object),
    $cmp: comparison(Math.sign),
    $eq: comparison((order) => order === 0),
    $ne: comparison((order) => order !== 0),
    $gt: comparison((order) => order > 0),
    $gte: comparison((order) => order >= 0),
    $lt: comparison((order) => order < 0),
    $lte: comparison((order) => order <= 0),
    // Where mingo does not know the types of BSON, or what MongoDB makes of null.
    $type: unary((value) => (value === undefined ? 'missing' : typeOf(value))),
    $isNumber: unary(isNumeric),
    $toString: unary(
      (value, otherwise) => (value instanceof ObjectId ? value.toHexString() : otherwise()),
      mingoOperators.$toString as Operator,
    ),
    $toDate: unary(
      (value, otherwise) => (value instanceof ObjectId ? value.getTimestamp() : otherwise()),
      mingoOperators.$toDate as Operator,
    ),
    $toLower: unary(
      (value, otherwise) => (value === null || value === undefined ? '' : otherwise()),
      mingoOperators.$toLower as Operator,
    ),
    $toUpper: unary(
      (value, otherwise) => (value === null || value === undefined ? '' : otherwise()),
      mingoOperators.$toUpper as Operator,
    ),
  },
  accumulator: { ...(accumulatorOperators as object) },
});
const options = {
  idKey: '_id',
  context,
  scriptEnabled: false,
  useStrictMode: true,
  failOnError: true,
  processingMode: ProcessingMode.CLONE_OFF,
};

/** Compiles an expression. Throws code 168 for an operator that it does not know, 17276 for an unknown variable. */
export function compileExpression(source: unknown): Expression {
  const expression = toPlain(source);
  check(expression, new Set(['ROOT', 'CURRENT', 'REMOVE', 'NOW']));
  return compile(expression);
}

function compile(expression: unknown): Expression {
  if (typeof expression === 'string' && expression.startsWith('$')) {
    if (expression.startsWith('$$ROOT') || expression.startsWith('$$CURRENT')) {
      const path = expression.split('.').slice(1);
      return (document) => valueAtPath(document, path);
    }
    if (!expression.startsWith('$$')) {
      const path = expression.slice(1).split('.');
      const [name = ''] = path;
      return path.length === 1
        ? (document) => (Object.hasOwn(document, name) ? document[name] : undefined)
        : (document) => valueAtPath(document, path);
    }
    if (expression === '$$REMOVE') return () => undefined;
  }
  if (typeof expression !== 'object' && !(typeof expression === 'string' && expression.startsWith('$')))
    return () => expression;
  if (isDocument(expression)) {
    const [operator] = Object.keys(expression);
    if (operator === undefined || !operator.startsWith('$')) {
      const fields = Object.entries(expression).map(([name, inner]) => [name, compile(inner)] as const);
      return (document) => {
        const result: Document = {};
        for (const [name, evaluate] of fields) {
          const value = evaluate(document);
          if (value !== undefined) result[name] = value;
        }
        return result;
      };
    }
    if (operator === '$literal') return () => expression[operator];
    const day = operator === '$dateToString' ? compileDay(expression[operator]) : undefined;
    if (day) return day;
  }
  // What is left is mingo's: an operator, a variable, an array.
  return (document) => {
    try {
      return evalExpr(document, expression as Document, options);
    } catch (error) {
      throw error instanceof DatabaseError
        ? error
        : new DatabaseError(
            2,
            `Executor error during aggregation :: caused by :: ${error instanceof Error ? error.message : String(error)}`,
          );
    }
  };
}

/** `{ format: '%Y-%m-%d', date }`, the histogram of every dashboard, without a calendar computation a document. */
function compileDay(operand: unknown): Expression | undefined {
  if (!isDocument(operand) || operand.format !== '%Y-%m-%d' || Object.keys(operand).length !== 2) return undefined;
  const date = compile(operand.date);
  const compute = (document: Document) => evalExpr(document, { $dateToString: operand }, options);
  return (document) => {
    const value = date(document);
    if (value === null || value === undefined) return null;
    return value instanceof Date && value.getTime() >= 0 ? value.toISOString().slice(0, 10) : compute(document);
  };
}

function check(expression: unknown, variables: ReadonlySet<string>): void {
  if (typeof expression === 'string' && expression.startsWith('$$')) {
    const name = rootOf(expression.slice(2));
    if (!variables.has(name)) throw new DatabaseError(17276, `Use of undefined variable: ${name}`);
  }
  if (Array.isArray(expression)) for (const item of expression) check(item, variables);
  if (!isDocument(expression)) return;
  const names = Object.keys(expression);
  const [operator] = names;
  if (operator?.startsWith('$')) {
    if (names.length > 1)
      throw new DatabaseError(
        15983,
        `An object representing an expression must have exactly one field: ${JSON.stringify(expression)}`,
      );
    if (!allowed.has(operator)) throw new DatabaseError(168, `Unrecognized expression '${operator}'`);
    if (operator === '$literal') return;
    const operand = expression[operator];
    if (isDocument(operand)) {
      const own =
        operator === '$let' && isDocument(operand.vars)
          ? Object.keys(operand.vars)
          : ['this', 'value', String(operand.as ?? 'this')];
      const known = ['$let', '$map', '$filter', '$reduce'].includes(operator)
        ? new Set([...variables, ...own])
        : variables;
      for (const inner of Object.values(operand)) check(inner, known);
    } else check(operand, variables);
  } else for (const inner of Object.values(expression)) check(inner, variables);
}

/** The top-level fields that an expression reads; null for all. */
export function fieldsOfExpression(expression: unknown): ReadonlySet<string> | null {
  const fields = new Set<string>();
  const visit = (value: unknown): boolean => {
    if (typeof value === 'string' && value.startsWith('$')) {
      if (value.startsWith('$$ROOT') || value.startsWith('$$CURRENT')) return false;
      if (!value.startsWith('$$')) fields.add(rootOf(value.slice(1)));
      return true;
    }
    if (Array.isArray(value)) return value.every(visit);
    if (!isDocument(value)) return true;
    if ('$literal' in value) return true;
    return (
      !('$getField' in value || '$setField' in value || '$unsetField' in value) && Object.values(value).every(visit)
    );
  };
  return visit(expression) ? fields : null;
}
