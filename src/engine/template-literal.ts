import { ValidationError } from '../errors.ts';

/** Where a part of the source begins, as people count. */
interface Place {
  readonly line: number;
  readonly column: number;
}

const escapes: Readonly<Record<string, string>> = {
  n: '\n',
  t: '\t',
  r: '\r',
  b: '\b',
  f: '\f',
  v: '\v',
  0: '\0',
  '\n': '',
};

const statement = /^\s*(?:return\s*)?`([\s\S]*)`\s*;?\s*$/;
const identifier = '[\\p{ID_Start}$_][\\p{ID_Continue}$]*';
/** A name, and names or whole numbers behind it: `a.b?.c[0]['d']`. */
const pathPattern = new RegExp(
  `^${identifier}(?:\\??\\.${identifier}|(?:\\?\\.)?\\[(?:\\d+|'[^'\\\\]*'|"[^"\\\\]*")\\])*$`,
  'u',
);
const stepPattern = new RegExp(`${identifier}|\\d+|'[^']*'|"[^"]*"`, 'gu');

/**
 * Writes a body of JavaScript that is nothing but a template literal, `` return `Hello ${name}` ``, as Liquid. What stands in
 * `${}` must be the path of a variable, `a.b[0]`, or `JSON.stringify` of one. It is read, never evaluated: everything else is
 * refused by a ValidationError that says where.
 */
export function convertTemplateLiteralToLiquid(source: string): string {
  const [, literal] = statement.exec(source) ?? [];
  if (literal === undefined) {
    throw refuse('must be a template literal, return `…`; other JavaScript is not executed', { line: 1, column: 1 });
  }
  const start = source.indexOf('`') + 1;
  let text = '';
  let liquid = '';
  const flush = () => {
    liquid += text.replace(/\{(?=[{%]|$)/g, '{{ "{" }}');
    text = '';
  };
  for (let index = 0; index < literal.length; index += 1) {
    const character = literal.charAt(index);
    const place = () => locate(source, start + index);
    if (character === '`') throw refuse('the template literal ends here, and nothing may follow it', place());
    if (character === '\\') {
      const next = literal.charAt(index + 1);
      if (/[xu1-9]/.test(next)) throw refuse(`the escape \\${next} is not supported; write the character`, place());
      text += escapes[next] ?? next;
      index += 1;
    } else if (character === '$' && literal[index + 1] === '{') {
      const end = literal.indexOf('}', index);
      if (end === -1) throw refuse('${ is not closed', place());
      flush();
      liquid += convertExpression(literal.slice(index + 2, end).trim(), place());
      index = end;
    } else {
      text += character;
    }
  }
  flush();
  return liquid;
}

function convertExpression(expression: string, place: Place): string {
  const [, argument] =
    /^JSON\.stringify\(\s*([^,()]+?)\s*(?:,\s*(?:null|undefined)\s*,\s*\d+\s*)?\)$/.exec(expression) ?? [];
  const path = argument ?? expression;
  if (!pathPattern.test(path)) {
    const shown = expression.length > 60 ? `${expression.slice(0, 60)}…` : expression;
    throw refuse(
      `\${${shown}} must be the path of a variable, such as \${customer.name}, or JSON.stringify of one`,
      place,
    );
  }
  const steps = (path.match(stepPattern) ?? []).map((step) => (/^['"]/.test(step) ? step.slice(1, -1) : step));
  // Brackets and quotes: whatever a name is, it means itself; but `}` could end the tag.
  const written = steps.map((step) => (/^\d+$/.test(step) ? `[${step}]` : `[${quote(step)}]`)).join('');
  return argument === undefined ? `{{ ${written} }}` : `{{ ${written} | json }}`;
}

const quote = (name: string) => JSON.stringify(name).replaceAll('}', '\\u007d');

function locate(source: string, index: number): Place {
  const lines = source.slice(0, index).split('\n');
  return { line: lines.length, column: (lines.at(-1) ?? '').length + 1 };
}

function refuse(message: string, { line, column }: Place): ValidationError {
  return new ValidationError([{ path: '', message: `${message}, line:${line}, col:${column}` }]);
}
