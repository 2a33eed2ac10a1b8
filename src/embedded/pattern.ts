import { BSONRegExp } from 'bson';
import { DatabaseError } from './errors.ts';

/** A regular expression of those that the store sends. */
export interface Pattern {
  matches(text: string): boolean;
  /** What every text begins with that it matches; null where it may begin with anything. */
  readonly prefix: string | null;
}

/** A text has its zeros as `\x00`: BSON's patterns end at one. */
const literal = String.raw`[^\\^$.[\]|()?*+{}]|\\[^a-zA-Z0-9]|\\x00`;
const characterClass = String.raw`\[\^?(?:[^\\\[\]]|\\[^a-zA-Z0-9]|\\p\{[A-Z][a-z]?\})+\]`;
const alternative = String.raw`(?:\^|\$|${characterClass})`;
/** Nothing is repeated but a class, and no repetition is within another: none of them takes long. */
const allowed = new RegExp(
  String.raw`^(\^?)((?:${literal})*)((?:${literal}|${characterClass}[+*]?|\(${alternative}(?:\|${alternative})*\))*)$`,
  's',
);

/** Throws code 51091 for any other, and 51108 for another option than `i`. `options` stands beside `$regex`. */
export function readPattern(operand: unknown, options: unknown = ''): Pattern {
  const { pattern, options: flags } =
    operand instanceof BSONRegExp && options === '' ? operand : { pattern: readSource(operand), options };
  if (flags !== '' && flags !== 'i') throw new DatabaseError(51108, `invalid flag in regex options: ${flags}`);
  const [, anchor, escaped = '', rest] = allowed.exec(pattern) ?? [];
  if (rest === undefined) {
    const what = 'text, classes of characters and alternatives of these';
    throw new DatabaseError(51091, `the embedded database matches ${what}, not ${pattern}`);
  }
  const text = escaped.replace(/\\(x00|.)/gs, (_, character: string) => (character === 'x00' ? '\0' : character));
  const isAnchored = anchor === '^';
  const prefix = isAnchored && flags === '' ? text : null;
  if (rest === '' && flags === '') {
    return { prefix, matches: (value) => (isAnchored ? value.startsWith(text) : value.includes(text)) };
  }
  // What is escaped without need, `u` does not take; without it there is no \p.
  const expression = new RegExp(pattern.replace(/\\([^a-zA-Z0-9\\^$.[\]|()?*+{}/-])/g, '$1'), `${flags}u`);
  return { prefix, matches: (value) => expression.test(value) };
}

function readSource(operand: unknown): string {
  return operand instanceof BSONRegExp ? operand.pattern : String(operand);
}
