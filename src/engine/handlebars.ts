import { parse } from '@handlebars/parser';
import { ValidationError } from '../errors.ts';

/** What the parser makes of a template, as far as it is read here: its own types do not resolve in an ES module. */
interface Node {
  readonly type: string;
  readonly loc: { readonly start: { readonly line: number; readonly column: number } };
}
interface Program {
  readonly body: readonly Statement[];
  readonly blockParams?: readonly string[];
}
interface Content extends Node {
  readonly type: 'ContentStatement';
  readonly value: string;
}
interface Comment extends Node {
  readonly type: 'CommentStatement';
}
interface Mustache extends Node {
  readonly type: 'MustacheStatement';
  readonly path: Expression;
  readonly params: readonly Expression[];
  readonly hash?: object;
}
interface Block extends Node {
  readonly type: 'BlockStatement';
  readonly path: Expression;
  readonly params: readonly Expression[];
  readonly hash?: object;
  /** Is missing in `{{^if}}`, whose body is the inverse. */
  readonly program?: Program;
  readonly inverse?: Program;
}
interface Refused extends Node {
  readonly type: 'PartialStatement' | 'PartialBlockStatement' | 'Decorator' | 'DecoratorBlock';
}
type Statement = Content | Comment | Mustache | Block | Refused;

interface Path extends Node {
  readonly type: 'PathExpression';
  readonly original: string;
  /** How many `../` it begins with. */
  readonly depth: number;
  /** Whether it begins with `@`. */
  readonly data: boolean;
  readonly parts: readonly (string | Node)[];
}
type Expression = Path | (Node & { readonly type: 'SubExpression' | `${string}Literal` });

/** What names refer to: at the top the data, within `each` the entry that a Liquid variable holds. */
interface Scope {
  readonly entry: string | null;
  readonly blockParams: ReadonlyMap<string, string>;
  readonly parent: Scope | null;
}

interface Translation {
  /** What Liquid variables of the translation begin with; the template has no such name. */
  readonly prefix: string;
  count: number;
}

/** The Liquid filter that lists the entries of what `each` goes through, in the variable that it is told; it prints nothing. */
export const entriesFilter = 'handlebars_entries';

interface Entry {
  readonly key: string | number;
  readonly index: number;
  readonly value: unknown;
  readonly first: boolean;
  readonly last: boolean;
}

/** The members of a list or an object, as `each` goes through them; of anything else there are none. */
export function listEntries(collection: unknown): Entry[] {
  if (typeof collection !== 'object' || collection === null) return [];
  const isList = Array.isArray(collection);
  return Object.entries(collection).map(([key, value], index, { length }) => ({
    key: isList ? index : key,
    index,
    value,
    first: index === 0,
    last: index === length - 1,
  }));
}

/**
 * Writes a Handlebars template as Liquid: variables, `if`, `unless` and `each` with `else`, `this`, `../`, `@index`, `@key`,
 * `@first`, `@last`, `@root`, block parameters, comments and whitespace control. Nothing is escaped for HTML: what is rendered
 * is a prompt. Throws a ValidationError with line and column for helpers, partials, decorators and subexpressions.
 */
export function convertHandlebarsToLiquid(source: string): string {
  let program: Program;
  try {
    program = parse(source);
  } catch (error) {
    throw new ValidationError([{ path: '', message: describeParseError(error) }], error);
  }
  let prefix = 'each';
  while (source.includes(prefix + '_')) prefix += '_';
  return convertProgram(program, { entry: null, blockParams: new Map(), parent: null }, { prefix, count: 0 });
}

function convertProgram(program: Program | undefined, scope: Scope, translation: Translation): string {
  return (program?.body ?? []).map((statement) => convertStatement(statement, scope, translation)).join('');
}

function convertStatement(statement: Statement, scope: Scope, translation: Translation): string {
  switch (statement.type) {
    case 'ContentStatement':
      return quoteText(statement.value);
    case 'CommentStatement':
      return '';
    case 'MustacheStatement':
      if (statement.params.length > 0 || statement.hash !== undefined) {
        return refuse(
          statement,
          `there is no helper ${writeName(statement.path)}, only variables, if, unless and each`,
        );
      }
      return `{{ ${convertPath(statement.path, scope)} }}`;
    case 'BlockStatement':
      return convertBlock(statement, scope, translation);
    default:
      return refuse(
        statement,
        statement.type.startsWith('Partial') ? 'there are no partials' : 'there are no decorators',
      );
  }
}

function convertBlock(block: Block, scope: Scope, translation: Translation): string {
  const name = writeName(block.path);
  if (name !== 'if' && name !== 'unless' && name !== 'each') {
    return refuse(block, `there is no block ${name}, only if, unless and each`);
  }
  const [subject, ...others] = block.params;
  if (subject === undefined || others.length > 0 || block.hash !== undefined) {
    return refuse(block, `${name} takes one variable and no options`);
  }
  translation.count += 1;
  const variable = `${translation.prefix}_${translation.count}`;
  const path = convertPath(subject, scope);
  const inverse = convertProgram(block.inverse, scope, translation);
  if (name === 'each') {
    const [item, key] = block.program?.blockParams ?? [];
    const blockParams = new Map<string, string>();
    if (item !== undefined) blockParams.set(item, `${variable}.value`);
    if (key !== undefined) blockParams.set(key, `${variable}.key`);
    const body = convertProgram(block.program, { entry: variable, blockParams, parent: scope }, translation);
    // Not assign: that takes an undeclared variable for null.
    const entries = `{{ ${path} | ${entriesFilter}: "${variable}s" }}`;
    return `${entries}{% for ${variable} in ${variable}s %}${body}{% else %}${inverse}{% endfor %}`;
  }
  // To Handlebars the empty string, the empty list and 0 are false too.
  const body = convertProgram(block.program, scope, translation);
  const [positive, negative] = name === 'if' ? [body, inverse] : [inverse, body];
  const test = `{% assign ${variable} = ${path} | default: false %}{% if ${variable} and ${variable} != 0 %}`;
  return `${test}${positive}{% else %}${negative}{% endif %}`;
}

const dataVariables = ['index', 'key', 'first', 'last'];

function convertPath(path: Expression, scope: Scope): string {
  if (path.type !== 'PathExpression') {
    return refuse(
      path,
      path.type === 'SubExpression' ? 'there are no subexpressions' : 'must be the name of a variable',
    );
  }
  const names = path.parts.filter((part) => typeof part === 'string');
  if (names.length < path.parts.length) return refuse(path, 'there are no subexpressions');
  const [first, ...rest] = names;
  if (path.data && first === 'root' && rest.length > 0) return writePath(null, rest);

  let target: Scope | null = scope;
  for (let depth = path.depth; depth > 0; depth -= 1) target = target?.parent ?? null;
  if (target === null) return refuse(path, `${path.original} leads out of the template`);
  if (path.data) {
    if (target.entry !== null && rest.length === 0 && first !== undefined && dataVariables.includes(first)) {
      return `${target.entry}.${first}`;
    }
    return refuse(
      path,
      `there is no ${path.original} here, only @index, @key, @first and @last within each, and @root`,
    );
  }
  // A path that begins with ./, this. or ../ never means a block parameter.
  const isPlain = path.depth === 0 && !/^(\.|this\b)/.test(path.original);
  const parameter = isPlain && first !== undefined ? findBlockParam(target, first) : undefined;
  if (parameter !== undefined) return writePath(parameter, rest);
  if (target.entry !== null) return writePath(`${target.entry}.value`, names);
  return names.length > 0 ? writePath(null, names) : refuse(path, `${path.original} is allowed within each only`);
}

/** Names in brackets and quotes mean in Liquid what they say, whatever they say; but `%}` would end a tag. */
function writePath(start: string | null, names: readonly string[]): string {
  return (start ?? '') + names.map((name) => `[${JSON.stringify(name).replaceAll('}', '\\u007d')}]`).join('');
}

function findBlockParam(scope: Scope | null, name: string): string | undefined {
  return scope === null ? undefined : (scope.blockParams.get(name) ?? findBlockParam(scope.parent, name));
}

function writeName(path: Expression): string {
  return path.type === 'PathExpression' ? path.original : 'of this kind';
}

/** Text that would be Liquid's own signs, alone or with what follows it, is printed by Liquid as a string. */
function quoteText(text: string): string {
  return text.replace(/\{(?=[{%]|$)/g, '{{ "{" }}');
}

function refuse({ loc: { start } }: Node, message: string): never {
  throw new ValidationError([{ path: '', message: `${message}, line:${start.line}, col:${start.column + 1}` }]);
}

/** Mismatched blocks come with their own words; of a syntax error the parser says where, and lists its grammar. */
function describeParseError(error: unknown): string {
  if (!(error instanceof Error) || error instanceof RangeError) return 'is nested too deeply';
  const mismatch = /^(.*) - (\d+):(\d+)$/.exec(error.message);
  if (mismatch !== null) return `${mismatch[1]}, line:${mismatch[2]}, col:${Number(mismatch[3]) + 1}`;
  // What the parser adds to its errors; a lexical one says the line only.
  const { hash } = error as { hash?: { line?: number; loc?: { last_line: number; last_column: number } } };
  const line = hash?.loc?.last_line ?? (hash?.line ?? 0) + 1;
  return `what is here is not Handlebars, line:${line}, col:${(hash?.loc?.last_column ?? 0) + 1}`;
}
