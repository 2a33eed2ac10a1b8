import { stringify } from 'safe-stable-stringify';
import { isJsonObject, type JsonValue } from '../json.ts';
import type { DocumentPart } from './split-document.ts';

/** What was found in a part of a document. */
export interface PartAnswer {
  readonly part: DocumentPart;
  readonly answer: JsonValue;
}

export interface MergedAnswer {
  readonly result: JsonValue;
  /** By each key of the result, the pages that its value came from; null where the result is no object. */
  readonly pages: Record<string, number[]> | null;
}

/** The most values of a list or table that are looked for. */
const needlesMax = 200;

/**
 * One answer of those to the parts of a document: of each key the first value that is there, of lists and tables all members
 * without repetitions; texts one after the other. `pages` are those of the whole document.
 */
export function mergeAnswers(answers: readonly PartAnswer[], pages: readonly string[]): MergedAnswer {
  const values = answers.map(({ answer }) => answer);
  const [first = null, ...others] = values;
  if (!values.every(isJsonObject) || !isJsonObject(first)) {
    const areTexts = others.length > 0 && values.every((value) => typeof value === 'string');
    return { result: areTexts ? values.join('\n\n') : mergeValues(values), pages: null };
  }
  const keys = [...new Set(values.flatMap((value) => Object.keys(value)))];
  const merged: [string, JsonValue][] = [];
  const found: [string, number[]][] = [];
  const words = pages.map(normalize);
  for (const key of keys) {
    const given = answers.flatMap(({ part, answer }) => {
      const value = (isJsonObject(answer) && Object.hasOwn(answer, key) ? answer[key] : null) ?? null;
      return value === null ? [] : [{ part, value }];
    });
    const value = mergeValues(given.map((one) => one.value));
    merged.push([key, value]);
    if (value === null) continue;
    const used = Array.isArray(value) ? given : given.slice(0, 1);
    const places = new Set(used.flatMap((one) => locate(one.value, one.part, words)));
    found.push([key, [...places].sort((one, other) => one - other)]);
  }
  return { result: Object.fromEntries(merged), pages: Object.fromEntries(found) };
}

function mergeValues(values: readonly JsonValue[]): JsonValue {
  const given = values.filter((value) => value !== null);
  const [first = null] = given;
  const lists = given.filter((value) => Array.isArray(value));
  if (lists.length === 0) return first;
  const members = new Map(lists.flat().map((member) => [stringify(member), member]));
  return [...members.values()];
}

/** The pages of a part on which a value stands as it is; all of the part where it stands on none, such as a sum. */
function locate(value: JsonValue, { firstPage, lastPage }: DocumentPart, words: readonly string[]): number[] {
  const range = Array.from({ length: lastPage - firstPage + 1 }, (_, index) => firstPage + index);
  if (range.length === 1) return range;
  const needles = listNeedles(value).slice(0, needlesMax);
  const places = range.filter((page) => needles.some((needle) => words[page - 1]?.includes(needle)));
  return places.length > 0 ? places : range;
}

function listNeedles(value: JsonValue): string[] {
  if (typeof value === 'string') return value.trim() === '' ? [] : [normalize(value)];
  if (typeof value === 'number') {
    const decimals = { minimumFractionDigits: 2, maximumFractionDigits: 2 };
    const written = [String(value), value.toLocaleString('en-US'), value.toLocaleString('en-US', decimals)];
    return [...written, value.toLocaleString('de-DE'), value.toLocaleString('de-DE', decimals)];
  }
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(listNeedles) : [];
}

function normalize(text: string): string {
  return text.toLowerCase().replaceAll(/\s+/g, ' ').trim();
}
