import { isJsonObject, type JsonObject, type JsonValue } from '../json.ts';
import { escapeKey } from '../store/codec.ts';
import type { RunCondition } from '../store/run-filter.ts';
import { escapePattern } from '../store/search-words.ts';
import {
  createIssue,
  describeUnknownField,
  findQueryField,
  type QueryField,
  readChoice,
  readTimeSpan,
} from './run-query.ts';

const maxDepth = 8;
const maxNodes = 100;
const maxListLength = 200;
const maxTextLength = 1_000;

const logical = ['$and', '$or', '$nor'];
const operators = [
  ...['$eq', '$ne', '$in', '$nin', '$gt', '$gte', '$lt', '$lte', '$exists'],
  ...['$all', '$elemMatch', '$size', '$regex', '$options', '$not'],
];

type Path = readonly string[];

/**
 * A MongoDB query from outside, as the condition that it means for runs: read into a new one of the allowed operators and the known
 * names, statuses in either case, dates as ISO text. Throws a ValidationError with the place of what is not allowed.
 */
export function convertFindQuery(query: JsonObject, root: Path = ['query']): RunCondition {
  let nodes = 0;
  const count = (path: Path, depth: number) => {
    nodes += 1;
    if (depth > maxDepth) throw createIssue(path, `must not lie deeper than ${maxDepth} levels`);
    if (nodes > maxNodes) throw createIssue(path, `is too much: a query may have ${maxNodes} conditions`);
  };

  const readQuery = (value: JsonObject, path: Path, depth: number): RunCondition => {
    const conditions = Object.entries(value).map(([name, operand]) => {
      const place = [...path, name];
      count(place, depth);
      if (name.startsWith('$')) return readLogical(name, operand, place, depth);
      const field = findQueryField(name);
      if (field === undefined) throw createIssue(place, describeUnknownField(name));
      return anyPath(field, readCondition(field, operand, place, depth));
    });
    return conditions.length === 0 ? {} : { $and: conditions };
  };

  const readLogical = (name: string, operand: JsonValue, path: Path, depth: number): RunCondition => {
    if (!logical.includes(name)) {
      const allowed = logical.join(', ');
      throw createIssue(
        path,
        `must be the name of a field, or one of ${allowed}; other operators stand behind a field`,
      );
    }
    const queries = readList(operand, path);
    if (queries.length === 0) throw createIssue(path, 'must have at least one query');
    return {
      [name]: queries.map((item, index) => {
        const place = [...path, String(index)];
        return readQuery(requireObject(item, place), place, depth + 1);
      }),
    };
  };

  /** What stands behind the name of a field: a value, or an object of operators. */
  const readCondition = (field: QueryField, operand: JsonValue, path: Path, depth: number): unknown => {
    if (!isJsonObject(operand)) {
      return Array.isArray(operand) && field.kind === 'json'
        ? readValues(field, operand, path)
        : readValue(field, operand, path);
    }
    const entries = Object.entries(operand);
    if (entries.length === 0) throw createIssue(path, 'must have an operator');
    if ('$options' in operand && !('$regex' in operand)) {
      throw createIssue([...path, '$options'], 'must stand beside $regex');
    }
    return Object.fromEntries(
      entries.map(([name, value]) => {
        const place = [...path, name];
        count(place, depth);
        if (!operators.includes(name)) {
          throw createIssue(place, `must be one of ${operators.join(', ')}; an object is not a value to compare with`);
        }
        return [name, readOperand(field, name, value, { path: place, depth })];
      }),
    );
  };

  const readOperand = (
    field: QueryField,
    name: string,
    value: JsonValue,
    { path, depth }: { path: Path; depth: number },
  ): unknown => {
    switch (name) {
      case '$in':
      case '$nin':
      case '$all':
        return readValues(field, readList(value, path), path);
      case '$exists':
        if (typeof value !== 'boolean') throw createIssue(path, 'must be true or false');
        return value;
      case '$size':
        if (typeof value !== 'number' || !Number.isInteger(value) || value < 0 || value > 1_000_000) {
          throw createIssue(path, 'must be a whole number from 0');
        }
        return value;
      case '$regex':
        return readPattern(field, value, path);
      case '$options':
        if (value !== 'i') throw createIssue(path, 'must be i');
        return value;
      case '$not':
        return readCondition(field, requireOperators(value, path), path, depth + 1);
      case '$elemMatch':
        return readElement(field, requireObject(value, path), path, depth + 1);
      default:
        return readValue(field, value, path);
    }
  };

  /** What one element of a list must be: operators for its value, or names for its parts. */
  const readElement = (field: QueryField, value: JsonObject, path: Path, depth: number): unknown => {
    const names = Object.keys(value);
    if (names.some((name) => name.startsWith('$')) || field.kind !== 'json') {
      return readCondition(field, value, path, depth);
    }
    if (names.length === 0) throw createIssue(path, 'must not be empty');
    return Object.fromEntries(
      Object.entries(value).map(([name, operand]) => {
        const place = [...path, name];
        count(place, depth);
        if (name.split('.').includes('')) throw createIssue(place, 'must be the name of a part');
        return [name.split('.').map(escapeKey).join('.'), readCondition(field, operand, place, depth)];
      }),
    );
  };

  return readQuery(query, root, 1);
}

function readValues(field: QueryField, values: readonly JsonValue[], path: Path): unknown[] {
  if (values.length > maxListLength) throw createIssue(path, `must have at most ${maxListLength} members`);
  return values.map((value, index) => readValue(field, value, [...path, String(index)]));
}

/** A value as it is stored. */
function readValue(field: QueryField, value: JsonValue, path: Path): unknown {
  if (value === null) return null;
  if (typeof value === 'object') throw createIssue(path, `must be ${describeValues(field)}`);
  if (typeof value === 'string' && value.length > maxTextLength) {
    throw createIssue(path, `must have at most ${maxTextLength} characters`);
  }
  switch (field.kind) {
    case 'date': {
      const date = typeof value === 'string' ? readTimeSpan(value, new Date())?.from : undefined;
      if (date === undefined) throw createIssue(path, `must be ${describeValues(field)}`);
      return date;
    }
    case 'choice': {
      const choice = typeof value === 'string' ? readChoice(field, value) : undefined;
      if (choice === undefined) throw createIssue(path, `must be ${describeValues(field)}`);
      return choice;
    }
    case 'number':
      if (typeof value !== 'number') throw createIssue(path, `must be ${describeValues(field)}`);
      return value;
    case 'id':
    case 'keyword':
    case 'prose':
      if (typeof value !== 'string') throw createIssue(path, `must be ${describeValues(field)}`);
      return value;
    case 'json':
      return value;
  }
}

function describeValues({ kind, choices = [] }: QueryField): string {
  const kinds = {
    id: 'an id',
    date: 'a date in ISO 8601, or now',
    number: 'a number',
    choice: `one of ${choices.join(', ')}`,
    keyword: 'text',
    prose: 'text',
    json: 'text, a number, true, false or null',
  };
  return kind === 'json' ? kinds.json : `${kinds[kind]}, or null`;
}

/** Regular expressions can take for ever, so this is a text: found anywhere in the value, or behind `^` at its beginning. */
function readPattern({ kind }: QueryField, value: JsonValue, path: Path): string {
  if (kind === 'date' || kind === 'number' || kind === 'choice') throw createIssue(path, 'is for text only');
  if (typeof value !== 'string') throw createIssue(path, 'must be text');
  if (value.length > maxTextLength) throw createIssue(path, `must have at most ${maxTextLength} characters`);
  if (value.includes('\0')) throw createIssue(path, 'must not have the character U+0000');
  return value.startsWith('^') ? `^${escapePattern(value.slice(1))}` : escapePattern(value);
}

function readList(value: JsonValue, path: Path): readonly JsonValue[] {
  if (!Array.isArray(value)) throw createIssue(path, 'must be a list');
  return value;
}

function requireObject(value: JsonValue, path: Path): JsonObject {
  if (!isJsonObject(value)) throw createIssue(path, 'must be an object');
  return value;
}

function requireOperators(value: JsonValue, path: Path): JsonObject {
  if (!isJsonObject(value)) throw createIssue(path, 'must be an object of operators');
  return value;
}

/** Of several places any may fit; what is excluded must be so in all of them. */
function anyPath(field: QueryField, condition: unknown): RunCondition {
  const [only, ...others] = field.paths;
  if (only !== undefined && others.length === 0) return { [only]: condition };
  const anywhere = (part: unknown): RunCondition => ({ $or: field.paths.map((path) => ({ [path]: part })) });
  if (typeof condition !== 'object' || condition === null) return anywhere(condition);
  // Each operator is asked by itself: one place may have what is wanted, another what is excluded. A pattern has its options.
  const { $regex, $options, ...operators }: Record<string, unknown> = { ...condition };
  const pattern = $options === undefined ? { $regex } : { $regex, $options };
  const conditions = Object.entries(operators).map(([name, operand]): RunCondition => {
    switch (name) {
      case '$ne':
        return { $nor: [anywhere(operand)] };
      case '$nin':
        return { $nor: [anywhere({ $in: operand })] };
      case '$not':
        return { $nor: [anyPath(field, operand)] };
      default:
        return anywhere({ [name]: operand });
    }
  });
  return { $and: $regex === undefined ? conditions : [...conditions, anywhere(pattern)] };
}
