import { ValidationError } from '../errors.ts';

/**
 * The query syntax of Lucene, as far as it has a meaning here: words, "phrases", prefixes (`flow*`), `field:value`,
 * `field:(a OR b)`, ranges (`[a TO b]`, `{a TO b}`, `>=a`), `AND` `OR` `NOT` `&&` `||` `!` `+` `-`, and brackets. As in Lucene,
 * terms without an operator between them are alternatives, AND binds more closely than OR, `+` is required and `-` forbidden.
 */
export type LuceneQuery =
  | { readonly type: 'and' | 'or'; readonly parts: readonly LuceneQuery[] }
  | { readonly type: 'not'; readonly part: LuceneQuery }
  | LuceneTerm;

/** A value, and the field that it is sought in; null: anywhere. */
export interface LuceneTerm {
  readonly type: 'term';
  readonly field: string | null;
  readonly value: LuceneValue;
  /** Where it begins, counted in characters from 0. */
  readonly position: number;
}

export type LuceneValue =
  | { readonly type: 'word'; readonly text: string }
  | { readonly type: 'prefix'; readonly text: string }
  | { readonly type: 'phrase'; readonly text: string }
  /** Null is no bound. */
  | { readonly type: 'range'; readonly from: LuceneBound | null; readonly to: LuceneBound | null }
  /** Any value at all. */
  | { readonly type: 'any' };

export interface LuceneBound {
  readonly text: string;
  readonly isIncluded: boolean;
}

const maxLength = 2_000;
const maxTerms = 100;
const maxDepth = 20;

const special = '()[]{}"';
const operatorPattern = /(?:AND|OR|NOT)(?![^\s()[\]{}"])|&&|\|\||!/y;
const comparisonPattern = /[<>]=?/y;

type Occurrence = 'should' | 'must' | 'must not';

/** Reads a query. Throws a ValidationError whose issue, at `path`, says where the query is wrong and what was expected there. */
export function parseLucene(text: string, path: string): LuceneQuery {
  let position = 0;
  let terms = 0;
  let depth = 0;

  const fail = (message: string, at = position): never => {
    throw new ValidationError([{ path, message: `is wrong at character ${at + 1}: ${message}` }]);
  };
  const describeHere = () =>
    position >= text.length ? 'the end' : JSON.stringify(text.slice(position, position + 12));
  const skipSpace = () => {
    while (/\s/.test(text[position] ?? '')) position += 1;
  };
  const match = (pattern: RegExp): string | null => {
    pattern.lastIndex = position;
    return pattern.exec(text)?.[0] ?? null;
  };
  const accept = (token: string): boolean => {
    if (!text.startsWith(token, position)) return false;
    position += token.length;
    return true;
  };
  const acceptOperator = (...names: readonly string[]): boolean => {
    skipSpace();
    const found = match(operatorPattern);
    if (found === null || !names.includes(found)) return false;
    position += found.length;
    return true;
  };

  const parseList = (field: string | null): LuceneQuery => {
    const groups: Record<Occurrence, LuceneQuery[]> = { should: [], must: [], 'must not': [] };
    let isAlternative = false;
    for (;;) {
      const [occurrence, part] = parseAnd(field);
      const isFollowed = acceptOperator('OR', '||');
      // Beside an OR it is an alternative like any other.
      if (isAlternative || isFollowed) groups.should.push(occurrence === 'must not' ? { type: 'not', part } : part);
      else groups[occurrence].push(part);
      isAlternative = isFollowed;
      skipSpace();
      if (!isFollowed && (position >= text.length || text[position] === ')')) break;
    }
    const needed = [...groups.must];
    // Next to something that is required, alternatives would only say which comes first.
    if (needed.length === 0 && groups.should.length > 0) needed.push(join('or', groups.should));
    return join('and', [...needed, ...groups['must not'].map((part) => ({ type: 'not', part }) as const)]);
  };

  const parseAnd = (field: string | null): [Occurrence, LuceneQuery] => {
    const first = parseModified(field);
    const parts: LuceneQuery[] = [];
    const add = ([occurrence, part]: [Occurrence, LuceneQuery]) =>
      parts.push(occurrence === 'must not' ? { type: 'not', part } : part);
    while (acceptOperator('AND', '&&')) {
      if (parts.length === 0) add(first);
      add(parseModified(field));
    }
    return parts.length === 0 ? first : ['should', join('and', parts)];
  };

  const parseModified = (field: string | null): [Occurrence, LuceneQuery] => {
    skipSpace();
    if (acceptOperator('NOT', '!')) {
      const [occurrence, part] = nest(() => parseModified(field));
      return occurrence === 'must not' ? ['must', part] : ['must not', part];
    }
    if (accept('+')) return ['must', parsePrimary(field)];
    if (accept('-')) return ['must not', parsePrimary(field)];
    return ['should', parsePrimary(field)];
  };

  const nest = <T>(parse: () => T): T => {
    depth += 1;
    if (depth > maxDepth) fail(`brackets and NOT may lie at most ${maxDepth} deep in each other`);
    const result = parse();
    depth -= 1;
    return result;
  };

  const parsePrimary = (field: string | null): LuceneQuery => {
    skipSpace();
    const operator = match(operatorPattern);
    if (operator !== null)
      fail(`expected a word, a phrase or a field, found the operator ${operator}; quote it to search for it`);
    if (accept('(')) {
      const list = nest(() => parseList(field));
      if (!accept(')')) fail(`expected ")", found ${describeHere()}`);
      return list;
    }
    const start = position;
    const name = field === null ? readFieldName() : null;
    if (name !== null) {
      skipSpace();
      if (accept('(')) {
        const list = nest(() => parseList(name));
        if (!accept(')')) fail(`expected ")", found ${describeHere()}`);
        return list;
      }
      return createTerm(name, parseValue(true), start);
    }
    return createTerm(field, parseValue(field !== null), start);
  };

  const createTerm = (field: string | null, value: LuceneValue, at: number): LuceneTerm => {
    terms += 1;
    if (terms > maxTerms) fail(`there may be at most ${maxTerms} terms`, at);
    return { type: 'term', field, value, position: at };
  };

  /** A name with its colon, or null, and nothing is read. */
  const readFieldName = (): string | null => {
    const start = position;
    let name = '';
    while (position < text.length) {
      const character = text[position] ?? '';
      if (character === ':') {
        if (name === '') fail('expected the name of a field before ":"');
        position += 1;
        return name;
      }
      if (/\s/.test(character) || special.includes(character)) break;
      if (character === '\\') position += 1;
      name += text[position] ?? '';
      position += 1;
    }
    position = start;
    return null;
  };

  const parseValue = (hasField: boolean): LuceneValue => {
    skipSpace();
    if (text[position] === '"') return { type: 'phrase', text: readPhrase() };
    if (text[position] === '[' || text[position] === '{') return readRange(hasField);
    const comparison = hasField ? match(comparisonPattern) : null;
    if (comparison !== null) {
      position += comparison.length;
      skipSpace();
      const bound = { text: readBound(), isIncluded: comparison.endsWith('=') };
      return comparison.startsWith('>')
        ? { type: 'range', from: bound, to: null }
        : { type: 'range', from: null, to: bound };
    }
    return readWord();
  };

  const readPhrase = (): string => {
    const start = position;
    position += 1;
    let phrase = '';
    while (position < text.length && text[position] !== '"') {
      if (text[position] === '\\') position += 1;
      phrase += text[position] ?? '';
      position += 1;
    }
    if (!accept('"')) fail('this quotation mark has no end', start);
    if (/[~^]/.test(text[position] ?? '')) fail('~ and ^ have no meaning here');
    return phrase;
  };

  const readWord = (): LuceneValue => {
    const start = position;
    if (text[position] === '/') fail('regular expressions are not supported; quote the text to search for it');
    let word = '';
    let star: number | null = null;
    while (position < text.length) {
      const character = text[position] ?? '';
      if (/\s/.test(character) || special.includes(character)) break;
      if (star !== null) fail('* may only stand at the end of a word', star);
      if (character === '?') fail('? has no meaning here; write \\? to search for it');
      if (character === '~' || character === '^')
        fail(`${character} has no meaning here; write \\${character} to search for it`);
      if (character === '*') star = position;
      else {
        if (character === '\\') position += 1;
        word += text[position] ?? '';
      }
      position += 1;
    }
    if (star !== null) return word === '' ? { type: 'any' } : { type: 'prefix', text: word };
    if (position === start) fail(`expected a word, a phrase or a field, found ${describeHere()}`);
    return { type: 'word', text: word };
  };

  const readRange = (hasField: boolean): LuceneValue => {
    if (!hasField) fail('a range needs a field, as in created_at:[2026-01-01 TO now]');
    const isFromIncluded = text[position] === '[';
    position += 1;
    skipSpace();
    const from = readBound();
    skipSpace();
    if (!accept('TO')) fail(`expected TO, found ${describeHere()}`);
    skipSpace();
    const to = readBound();
    skipSpace();
    const isToIncluded = text[position] === ']';
    if (!accept(']') && !accept('}')) fail(`expected "]" or "}", found ${describeHere()}`);
    return {
      type: 'range',
      from: from === '*' ? null : { text: from, isIncluded: isFromIncluded },
      to: to === '*' ? null : { text: to, isIncluded: isToIncluded },
    };
  };

  const readBound = (): string => {
    if (text[position] === '"') return readPhrase();
    const start = position;
    while (position < text.length && !/\s/.test(text[position] ?? '') && !special.includes(text[position] ?? ''))
      position += 1;
    if (position === start) fail(`expected a value, found ${describeHere()}`);
    return text.slice(start, position);
  };

  if (text.length > maxLength) {
    throw new ValidationError([{ path, message: `must have at most ${maxLength} characters` }]);
  }
  if (text.includes('\0')) fail('the character U+0000 has no meaning here', text.indexOf('\0'));
  const query = parseList(null);
  if (position < text.length) fail(`expected the end, found ${describeHere()}`);
  return query;
}

function join(type: 'and' | 'or', parts: readonly LuceneQuery[]): LuceneQuery {
  const [only] = parts;
  return only !== undefined && parts.length === 1 ? only : { type, parts };
}
