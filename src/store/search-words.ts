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

/**
 * Languages that write without spaces are read a character at a time; a search for several is a phrase. Everything else is a word
 * from one space or mark to the next.
 */
const wordPattern = /[\p{sc=Han}\p{sc=Hira}\p{sc=Kana}]|[[\p{L}\p{N}\p{M}_]--[\p{sc=Han}\p{sc=Hira}\p{sc=Kana}]]+/gv;

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
