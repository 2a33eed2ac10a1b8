import type { Message } from '../domain.ts';
import type { JsonValue } from '../json.ts';

/** What of a run free words can find: kept with the run where its payloads are. */
export interface SearchWords {
  /** Every word once, for the index. */
  readonly searchTokens: readonly string[];
  /** The words in their order, for phrases; texts that are not one are kept apart. */
  readonly searchText: string;
}

/** A run without payloads has no words. */
export const noSearchWords: SearchWords = { searchTokens: [], searchText: '' };

const maxTokens = 2_000;
const maxTextLength = 20_000;
/** Longer ones (base64, hashes) are found by their beginning. */
const maxWordLength = 64;

/** The characters of languages that write without spaces: each is a word, and several are a phrase. */
const ideographs = '\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff';
const wordCharacters = '\\p{L}\\p{N}\\p{M}_';
const wordPattern = new RegExp(`[${ideographs}]|[[${wordCharacters}]--[${ideographs}]]+`, 'gv');
const ideographPattern = new RegExp(`^[${ideographs}]`, 'u');

/** The words of a text as they are kept and searched: in lower case, compatible forms made equal (Unicode NFKC). */
export function splitWords(text: string): string[] {
  const words = text.normalize('NFKC').toLowerCase().match(wordPattern) ?? [];
  return words.map((word) => word.slice(0, maxWordLength));
}

/** The words of what a run was given and gave: of its prompt, and of the values (not the keys) of its input and result. */
export function collectSearchWords(prompt: readonly Message[], ...values: readonly JsonValue[]): SearchWords {
  const tokens = new Set<string>();
  const texts: string[] = [];
  let length = 0;
  const isFull = () => tokens.size >= maxTokens && length >= maxTextLength;
  const add = (text: string) => {
    // What lies beyond all limits is not even read.
    const words = splitWords(text.slice(0, 20 * maxTextLength));
    for (const word of words) if (tokens.size < maxTokens) tokens.add(word);
    const line = words.join(' ').slice(0, maxTextLength - length);
    if (line === '') return;
    texts.push(line);
    length += line.length;
  };
  const visit = (value: JsonValue): void => {
    if (isFull() || value === null) return;
    if (typeof value === 'object') for (const item of Object.values(value)) visit(item);
    else add(String(value));
  };
  for (const { content } of prompt) visit(content);
  for (const value of values) visit(value);
  return { searchTokens: [...tokens], searchText: texts.length === 0 ? '' : ` ${texts.join(' | ')} ` };
}

/**
 * A regular expression, for MongoDB and for JavaScript, for a text that has these words in a row; with `isPrefix` the last one only
 * begins so. It has no way to be slow: what may stand between two words is no part of any.
 */
export function makeSequencePattern(words: readonly string[], isPrefix: boolean): string {
  const between = `[^${wordCharacters}]`;
  const edge = `${between}|[${ideographs}]`;
  const isIdeograph = (word: string | undefined) => word !== undefined && ideographPattern.test(word);
  const parts = words.map((word, index) => {
    const next = words[index + 1];
    const isLoose = isIdeograph(word) || isIdeograph(next);
    return next === undefined ? escapePattern(word) : `${escapePattern(word)}${between}${isLoose ? '*' : '+'}`;
  });
  const last = words.at(-1) ?? '';
  const isOpen = isPrefix || isIdeograph(last) || last.length === maxWordLength;
  return `${isIdeograph(words[0]) ? '' : `(^|${edge})`}${parts.join('')}${isOpen ? '' : `(${edge}|$)`}`;
}

/** A regular expression for a text as it is. The text must not have a NUL: MongoDB takes none in an expression. */
export function escapePattern(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
}
