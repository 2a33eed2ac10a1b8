import { RE2JS } from 're2js';

/** A pattern that is no regular expression. */
export class PatternError extends Error {
  readonly pattern: string;

  constructor(pattern: string, cause: unknown) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    super(`is not a pattern that can be used: ${reason}`, { cause });
    this.name = new.target.name;
    this.pattern = pattern;
  }
}

/** What Ajv takes for a pattern. */
export interface CompiledPattern {
  /** Whether the pattern is anywhere in the text. */
  test(text: string): boolean;
  toString(): string;
}

/**
 * Reads a stranger's regular expression, as JavaScript writes them, for RE2: its time grows with pattern times text, where
 * V8's own engine can be held for long. What only V8 can do (lookaround, backreferences) it does, for whoever calls it within
 * a time limit. Throws a PatternError.
 */
export function compilePattern(pattern: string): CompiledPattern {
  const compiled = compileForRe2(pattern) ?? compileForV8(pattern);
  return { test: (text) => compiled.test(text), toString: () => pattern };
}

function compileForRe2(pattern: string): RE2JS | null {
  try {
    return RE2JS.compile(RE2JS.translateRegExp(pattern));
  } catch {
    return null;
  }
}

function compileForV8(pattern: string): RegExp {
  try {
    return new RegExp(pattern, 'u');
  } catch (error) {
    throw new PatternError(pattern, error);
  }
}
