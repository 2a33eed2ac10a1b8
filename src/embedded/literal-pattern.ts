import { BSONRegExp } from 'bson';
import { DatabaseError } from './errors.ts';

/** The text of a regular expression, which has to be a literal one: `^` may come first, and `\` before punctuation. */
export interface LiteralPattern {
  readonly text: string;
  readonly isAnchored: boolean;
}

const literal = /^(\^?)((?:[^\\^$.[\]|()?*+{}]|\\[^a-zA-Z0-9])*)$/s;

/** Throws code 51091 for what only a regular expression engine could match. */
export function readPattern(operand: unknown): LiteralPattern {
  const { pattern, options } = operand instanceof BSONRegExp ? operand : new BSONRegExp(String(operand));
  const [, anchor, escaped] = (options === '' && literal.exec(pattern)) || [];
  if (escaped !== undefined) return { text: escaped.replace(/\\(.)/gs, '$1'), isAnchored: anchor === '^' };
  throw new DatabaseError(51091, `the embedded database matches literal patterns, which may begin with ^: ${pattern}`);
}
