import { RE2JS } from 're2js';

/** A pattern that RE2 cannot read. */
export class PatternError extends Error {
  readonly pattern: string;

  constructor(pattern: string, cause: unknown) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    super(`is not a pattern that can be used (no lookaround, no backreferences): ${reason}`, { cause });
    this.name = new.target.name;
    this.pattern = pattern;
  }
}

/**
 * Reads a stranger's regular expression, as JavaScript writes them, for RE2: its time grows with pattern times text, where
 * V8's own engine can be held for ever. `test` looks for the pattern anywhere in a text. Throws a PatternError.
 */
export function compilePattern(pattern: string): { test(text: string): boolean; toString(): string } {
  let compiled: RE2JS;
  try {
    compiled = RE2JS.compile(RE2JS.translateRegExp(pattern));
  } catch (error) {
    throw new PatternError(pattern, error);
  }
  return { test: (text) => compiled.test(text), toString: () => pattern };
}
