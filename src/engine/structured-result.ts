import type { ValidationIssue } from '../errors.ts';
import { type JsonValue, maxJsonDepth, measureDepth } from '../json.ts';

export type StructuredResult =
  | { readonly ok: true; readonly value: JsonValue }
  | { readonly ok: false; readonly message: string };

const maxIssues = 20;
/** An answer may be full of fences and brackets that hold no JSON. */
const maxCandidates = 1_000;

/**
 * Reads the JSON of a model's answer: the whole of it, what a Markdown fence holds, or the longest object or array that
 * stands in prose, the first of several: prose has brackets of its own, such as those of `[1]`. Nothing is repaired.
 */
export function parseStructuredResult(text: string): StructuredResult {
  const trimmed = text.trim();
  if (trimmed === '') return { ok: false, message: 'it is empty' };
  for (const candidate of listCandidates(trimmed)) {
    try {
      const value: JsonValue = JSON.parse(candidate);
      return measureDepth(value, maxJsonDepth) <= maxJsonDepth
        ? { ok: true, value }
        : { ok: false, message: `it is more than ${maxJsonDepth} levels deep` };
    } catch {
      // The next candidate may be it.
    }
  }
  const beginning = trimmed.length > 80 ? `${trimmed.slice(0, 80)}…` : trimmed;
  return { ok: false, message: `no JSON is in ${JSON.stringify(beginning)}` };
}

function* listCandidates(text: string): Generator<string> {
  yield text;
  yield* listFenced(text);
  yield* [...listBracketed(text)].sort((one, other) => other.length - one.length).slice(0, maxCandidates);
}

/** What stands between brackets and is in no others. */
function* listBracketed(text: string): Generator<string> {
  // Never what is within a bracket that does not close or holds no JSON: a part of an answer is not the answer.
  for (let start = findBracket(text, 0); start !== -1; ) {
    const end = findClosing(text, start);
    if (end === -1) return;
    yield text.slice(start, end + 1);
    start = findBracket(text, end + 1);
  }
}

/** What stands between lines of three backticks that are marked as JSON or not marked at all. */
function* listFenced(text: string): Generator<string> {
  const parts = text.split('```').filter((_, index) => index % 2 === 1);
  for (const part of parts.slice(0, maxCandidates)) {
    const lineEnd = part.indexOf('\n');
    const mark = part.slice(0, Math.max(lineEnd, 0)).trim().toLowerCase();
    if (mark === '' || mark === 'json') yield part.slice(lineEnd + 1);
  }
}

function findBracket(text: string, from: number): number {
  const offset = text.slice(from).search(/[[{]/);
  return offset === -1 ? -1 : from + offset;
}

/** Where the bracket closes that opens at `start`; -1 where it does not. */
function findClosing(text: string, start: number): number {
  let depth = 0;
  let isInString = false;
  for (let index = start; index < text.length; index += 1) {
    const character = text[index];
    if (isInString) {
      if (character === '\\') index += 1;
      else if (character === '"') isInString = false;
    } else if (character === '"') {
      isInString = true;
    } else if (character === '{' || character === '[') {
      depth += 1;
    } else if (character === '}' || character === ']') {
      depth -= 1;
      if (depth === 0) return index;
    }
  }
  return -1;
}

/** What a model is told when its answer does not fit: what is wrong where, the first twenty, and to answer again. */
export function describeMisfit(issues: readonly ValidationIssue[]): string {
  const lines = issues
    .slice(0, maxIssues)
    .map(({ path, message }) => `- ${path === '' ? 'the answer' : path}: ${message}`);
  return [
    'Your answer does not fit the required JSON Schema:',
    ...lines,
    'Answer again with the corrected JSON only, without any other text.',
  ].join('\n');
}
