import { DatabaseError } from './errors.ts';

/** Makes a JavaScript expression of MongoDB's (PCRE) one. Throws code 51091 for what does not compile, 2 for an option we lack. */
export function compileRegularExpression(pattern: string, options: string): RegExp {
  const inline = /^\(\?([a-z]+)\)/.exec(pattern);
  const source = inline ? pattern.slice(inline[0].length) : pattern;
  const letters = new Set([...options, ...(inline?.[1] ?? '')]);
  for (const letter of letters)
    if (!'imsxu'.includes(letter)) throw new DatabaseError(51108, `invalid flag in regex options: ${letter}`);
  const flags = ['i', 'm', 's'].filter((flag) => letters.has(flag)).join('');
  const body = letters.has('x')
    ? source.replace(/\\.|\[(?:\\.|[^\]])*\]|\s+|#[^\n]*/gs, (part) => (/^[\s#]/.test(part) ? '' : part))
    : source;
  // What PCRE alone knows would mean something else, or its letter, to JavaScript.
  const bare = body.replace(/\\[^a-zA-Z]|\[(?:\\.|[^\]])*\]/gs, '');
  if (/\\[AzZGhHRXKQEyYNaeglLuUoO]|\(\?[>|#(&RP+-]|[*+?}]\+/.test(bare))
    throw new DatabaseError(51091, `Regular expression is not supported by the embedded database: ${pattern}`);
  try {
    return new RegExp(body, `${flags}u`);
  } catch (error) {
    try {
      // Without `u`, JavaScript takes escapes that mean themselves, as PCRE does.
      if (!/\\[pPkx]/.test(body)) return new RegExp(body, flags);
    } catch {
      // Both say no: the first error is the better one.
    }
    throw new DatabaseError(51091, `Regular expression is invalid: ${String(error)}`);
  }
}

/** The text that every match starts with (`^abc…`), or undefined where there is none. */
export function literalPrefix(pattern: string, options: string): string | undefined {
  if (/[imx]/.test(options) || !pattern.startsWith('^') || /[|(]/.test(pattern)) return undefined;
  const literal = /^(?:[^\\^$.[\]|()?*+{}]|\\[^a-zA-Z0-9])*/.exec(pattern.slice(1))?.[0] ?? '';
  const rest = pattern.slice(1 + literal.length);
  // A quantifier makes the last character optional.
  const kept = /^[?*{]/.test(rest) ? literal.replace(/(?:\\.|[^\\])$/s, '') : literal;
  const prefix = kept.replace(/\\(.)/gs, '$1');
  return prefix === '' ? undefined : prefix;
}
