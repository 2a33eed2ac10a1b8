import type { ValidationIssue } from '../errors.ts';
import type { JsonValue } from '../json.ts';

export type StructuredResult =
  | { readonly ok: true; readonly value: JsonValue }
  | { readonly ok: false; readonly message: string };

/**
 * Reads the JSON of a model's answer: the whole of it, what a Markdown fence holds, or the first object or array that stands
 * in prose. Nothing is repaired.
 */
export function parseStructuredResult(text: string): StructuredResult {
  const trimmed = text.trim();
  if (trimmed === '') return { ok: false, message: 'it is empty' };
  const fenced = /```(?:json)?\s*\n([\s\S]*?)\n?\s*```/i.exec(trimmed)?.[1];
  const candidates = [trimmed, fenced, findBalanced(trimmed)];
  for (const candidate of candidates) {
    if (candidate === undefined) continue;
    try {
      return { ok: true, value: JSON.parse(candidate) };
    } catch {
      // The next candidate may be it.
    }
  }
  const beginning = trimmed.length > 80 ? `${trimmed.slice(0, 80)}…` : trimmed;
  return { ok: false, message: `no JSON is in ${JSON.stringify(beginning)}` };
}

/** The first object or array of a text, up to the bracket that closes it. */
function findBalanced(text: string): string | undefined {
  const start = text.search(/[[{]/);
  if (start === -1) return undefined;
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
      if (depth === 0) return text.slice(start, index + 1);
    }
  }
  return undefined;
}

/** What a model is told when its answer does not fit. */
export function describeMisfit(issues: readonly ValidationIssue[]): string {
  const lines = issues.slice(0, 20).map(({ path, message }) => `- ${path === '' ? 'the answer' : path}: ${message}`);
  return [
    'Your answer does not fit the required JSON Schema:',
    ...lines,
    'Answer again with the corrected JSON only, without any other text.',
  ].join('\n');
}
