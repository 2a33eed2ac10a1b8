import { ValidationError } from '../errors.ts';
import type { RunCondition, RunFilter } from '../store/run-filter.ts';
import { escapePattern, makeSequencePattern, splitWords } from '../store/search-words.ts';
import { type LuceneBound, type LuceneQuery, type LuceneTerm, type LuceneValue, parseLucene } from './lucene.ts';
import {
  describeUnknownField,
  findQueryField,
  type QueryField,
  readChoice,
  readNumber,
  readTimeSpan,
} from './run-query.ts';

const everything: RunCondition = {};
const nothing: RunCondition = { _id: { $in: [] } };

export interface SearchOptions {
  /** Where the query stands in the caller's input. */
  readonly path?: string;
  /** The field that words without one are sought in; without it, the run's words. */
  readonly defaultField?: string | undefined;
}

/**
 * The condition that a query in Lucene's syntax means for runs. Throws a ValidationError that says where it is wrong and what is
 * expected there.
 */
export function convertSearch(text: string, { path = '/search', defaultField }: SearchOptions = {}): RunCondition {
  if (text.trim() === '') return everything;
  const now = new Date();
  const convert = (query: LuceneQuery): RunCondition => {
    switch (query.type) {
      case 'and':
        return { $and: query.parts.map(convert) };
      case 'or':
        return { $or: query.parts.map(convert) };
      case 'not':
        return { $nor: [convert(query.part)] };
      case 'term':
        return convertTerm(query, { path, now, defaultField });
    }
  };
  return convert(parseLucene(text, path));
}

/** A filter that is narrowed by a search too. */
export function narrowBySearch(filter: RunFilter, search: string | null | undefined): RunFilter {
  return search == null ? filter : { ...filter, condition: convertSearch(search) };
}

interface TermContext {
  readonly path: string;
  readonly now: Date;
  readonly defaultField: string | undefined;
}

function convertTerm(term: LuceneTerm, { path, now, defaultField }: TermContext): RunCondition {
  const { field: name, value, position } = term;
  const fail = (message: string): never => {
    throw new ValidationError([{ path, message: `is wrong at character ${position + 1}: ${message}` }]);
  };
  const requireField = (fieldName: string): QueryField =>
    findQueryField(fieldName) ?? fail(`${describeUnknownField(fieldName)}; write \\: for a colon that is no field's`);

  if (value.type === 'any' && (name === null || name === '*')) return everything;
  if (name === '_exists_') {
    if (value.type !== 'word') return fail('_exists_ takes the name of a field');
    return anyPath(requireField(value.text), () => ({ $nin: [null, []] }));
  }
  const fieldName = name ?? defaultField;
  if (fieldName === undefined) return convertFreeWords(value);
  const field = requireField(fieldName);
  if (value.type === 'any') return anyPath(field, () => ({ $nin: [null, []] }));
  if (value.type === 'range') return convertRange(field, fieldName, value, { now, fail });
  return convertValue(field, fieldName, value, { now, fail });
}

interface ValueContext {
  readonly now: Date;
  readonly fail: (message: string) => never;
}

type TextValue = Extract<LuceneValue, { readonly text: string }>;

function convertValue(field: QueryField, name: string, value: TextValue, { now, fail }: ValueContext): RunCondition {
  const { text } = value;
  const isPrefix = value.type === 'prefix';
  switch (field.kind) {
    case 'date': {
      const span = isPrefix ? undefined : readTimeSpan(text, now);
      if (span === undefined) return fail(describeDate(name, value));
      return anyPath(field, () => ({ $gte: span.from, $lt: span.to }));
    }
    case 'number': {
      const number = isPrefix ? undefined : readNumber(text);
      if (number === undefined) return fail(`${name} is a number, not ${show(value)}`);
      return anyPath(field, () => number);
    }
    case 'choice': {
      const choices = field.choices ?? [];
      const chosen = isPrefix
        ? choices.filter((choice) => choice.startsWith(text.toLowerCase()))
        : [readChoice(field, text)].filter((choice) => choice !== undefined);
      if (chosen.length === 0) return fail(`${name} is one of ${choices.join(', ')}, not ${show(value)}`);
      return anyPath(field, () => ({ $in: chosen }));
    }
    case 'id':
    case 'keyword':
      return anyPath(field, () => (isPrefix ? { $regex: `^${escapePattern(text)}` } : text));
    case 'prose':
      return convertWordsAt(field, value);
    case 'json':
      return convertJson(field, value);
  }
}

function convertRange(
  field: QueryField,
  name: string,
  { from, to }: Extract<LuceneValue, { readonly type: 'range' }>,
  { now, fail }: ValueContext,
): RunCondition {
  if (field.kind === 'choice') return fail(`${name} has no order; write ${name}:(a OR b)`);
  if (field.kind === 'date') {
    const span = (bound: LuceneBound) =>
      readTimeSpan(bound.text, now) ?? fail(describeDate(name, { type: 'word', text: bound.text }));
    // A bound that is a whole day is included, or left out, as a whole.
    return anyPath(field, () => ({
      ...(from && { $gte: from.isIncluded ? span(from).from : span(from).to }),
      ...(to && { $lt: to.isIncluded ? span(to).to : span(to).from }),
      ...(from === null && to === null && { $ne: null }),
    }));
  }
  const bounds = [from, to].filter((bound) => bound !== null);
  const numbers = bounds.map(({ text }) => readNumber(text));
  const isNumeric = numbers.every((number) => number !== undefined);
  if (field.kind === 'number' && !isNumeric) return fail(`${name} is a number; its bounds must be numbers or *`);
  const isNumber = field.kind === 'number' || (field.kind === 'json' && isNumeric);
  const read = ({ text }: LuceneBound) => (isNumber ? Number(text) : text);
  return anyPath(field, () => ({
    ...(from && { [from.isIncluded ? '$gte' : '$gt']: read(from) }),
    ...(to && { [to.isIncluded ? '$lte' : '$lt']: read(to) }),
    ...(bounds.length === 0 && { $ne: null }),
  }));
}

/** Words anywhere in what the run was given and gave. */
function convertFreeWords(value: LuceneValue): RunCondition {
  if (value.type === 'any') return everything;
  // The syntax has ranges with a field only.
  if (value.type === 'range') return nothing;
  const words = splitWords(value.text);
  const tokens = convertTokens(value);
  if (words.length < 2) return tokens;
  const sequence = words.map(escapePattern).join(' ');
  return { $and: [tokens, { searchText: { $regex: value.type === 'prefix' ? ` ${sequence}` : ` ${sequence} ` } }] };
}

/** What the words of the run must have for a text to be there: a condition that an index answers. */
function convertTokens({ type, text }: TextValue): RunCondition {
  const words = [...new Set(splitWords(text))];
  if (words.length === 0) return nothing;
  if (type !== 'prefix') return { searchTokens: words.length === 1 ? words[0] : { $all: words } };
  const last = splitWords(text).at(-1) ?? '';
  const begun: RunCondition = { searchTokens: { $regex: `^${escapePattern(last)}` } };
  const whole = splitWords(text).slice(0, -1);
  return whole.length === 0 ? begun : { $and: [{ searchTokens: { $all: [...new Set(whole)] } }, begun] };
}

/** A text with these words in a row, or the number or truth that is written, in a payload. */
function convertJson(field: QueryField, value: TextValue): RunCondition {
  // The words of payloads are indexed as well: that narrows what has to be looked at.
  const tokens = convertTokens(value);
  const words = convertWordsAt(field, value);
  const scalar = readScalar(value);
  if (scalar === undefined) return { $and: [tokens, words] };
  const equality = anyPath(field, () => scalar);
  const written = String(scalar);
  if (written === value.text) return { $and: [tokens, { $or: [words, equality] }] };
  // 1.50 and 1e3 are indexed as JavaScript writes them.
  const tokensOfNumber = convertTokens({ type: 'word', text: written });
  return { $or: [{ $and: [tokens, words] }, { $and: [tokensOfNumber, equality] }] };
}

function readScalar({ type, text }: TextValue): number | boolean | undefined {
  if (type !== 'word') return undefined;
  return text === 'true' || text === 'false' ? text === 'true' : readNumber(text);
}

/** A field whose text has these words in a row. */
function convertWordsAt(field: QueryField, { type, text }: TextValue): RunCondition {
  const words = splitWords(text);
  if (words.length === 0) return nothing;
  const $regex = makeSequencePattern(words, type === 'prefix');
  return anyPath(field, () => ({ $regex, $options: 'i' }));
}

function anyPath({ paths }: QueryField, makeCondition: () => unknown): RunCondition {
  const conditions = paths.map((path) => ({ [path]: makeCondition() }));
  return conditions.length === 1 ? (conditions[0] ?? nothing) : { $or: conditions };
}

function describeDate(name: string, value: TextValue): string {
  return `${name} is a date, as in 2026-01-31, 2026-01-31T12:00:00Z, now or now-7d, not ${show(value)}`;
}

function show({ type, text }: TextValue): string {
  return JSON.stringify(`${text}${type === 'prefix' ? '*' : ''}`);
}
