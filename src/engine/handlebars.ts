import { parse } from '@handlebars/parser';
import { ValidationError } from '../errors.ts';

// The parser's own types do not resolve for an ECMAScript module; these are of the nodes that we read.
interface SyntaxNode {
  readonly type: string;
  readonly loc: { readonly start: { readonly line: number; readonly column: number } };
}
interface Program {
  readonly body: readonly SyntaxNode[];
  readonly blockParams?: readonly string[];
}
interface Call extends SyntaxNode {
  readonly path: SyntaxNode;
  readonly params: readonly SyntaxNode[];
  readonly hash?: { readonly pairs: readonly unknown[] };
}
interface Content extends SyntaxNode {
  readonly value: string;
}
interface Block extends Call {
  readonly path: Path;
  readonly program: Program;
  readonly inverse?: Program;
}
interface Path extends SyntaxNode {
  readonly data: boolean;
  readonly depth: number;
  readonly original: string;
  readonly parts: readonly unknown[];
}

/** A block that changes what names refer to: `each`. */
interface Scope {
  /** The Liquid variable that `this` is; null at the top, where names stand for themselves. */
  readonly variable: string | null;
  readonly blockParams: ReadonlyMap<string, string>;
  readonly parent: Scope | null;
}

interface Translation {
  /** For names of variables that no template has. */
  count: number;
}

const root: Scope = { variable: null, blockParams: new Map(), parent: null };

/**
 * Writes a Handlebars template as Liquid: variables, `if`, `unless`, `each` with `else`, `this`, `../`, `@index`, `@first`,
 * `@last`, block parameters and comments. Nothing is escaped for HTML: what is rendered is a prompt. Throws a
 * ValidationError with line and column for helpers, partials, decorators and whatever else would have to be run.
 */
export function convertHandlebarsToLiquid(source: string): string {
  let program: Program;
  try {
    program = parse(source);
  } catch (error) {
    throw new ValidationError([{ path: '', message: error instanceof Error ? error.message : String(error) }], error);
  }
  return convertProgram(program, root, { count: 0 });
}

function convertProgram({ body }: Program, scope: Scope, translation: Translation): string {
  return body.map((statement) => convertStatement(statement, scope, translation)).join('');
}

function convertStatement(statement: SyntaxNode, scope: Scope, translation: Translation): string {
  if (isContent(statement)) return quoteText(statement.value);
  if (isMustache(statement)) return `{{ ${convertMustache(statement, scope)} }}`;
  if (isBlock(statement)) return convertBlock(statement, scope, translation);
  if (statement.type === 'CommentStatement') return '';
  return refuse(statement, `${statement.type.replace('Statement', '').toLowerCase()}s are not allowed`);
}

function convertMustache(statement: Call, scope: Scope): string {
  const { path, params, hash } = statement;
  if (params.length > 0 || (hash?.pairs.length ?? 0) > 0 || !isPath(path)) {
    return refuse(statement, 'helpers are not allowed, only variables, if, unless and each');
  }
  return convertPath(path, scope);
}

function convertBlock(block: Block, scope: Scope, translation: Translation): string {
  const name = block.path.original;
  const [subject, ...others] = block.params;
  if (!['if', 'unless', 'each'].includes(name) || (block.hash?.pairs.length ?? 0) > 0) {
    return refuse(block, `the block ${name} is not allowed, only if, unless and each`);
  }
  if (subject === undefined || others.length > 0 || !isPath(subject))
    return refuse(block, `${name} takes one variable`);
  translation.count += 1;
  const variable = `hbs_${translation.count}`;
  const path = convertPath(subject, scope);
  const inverse = block.inverse ? convertProgram(block.inverse, scope, translation) : '';
  if (name === 'each') {
    const [item, index] = block.program.blockParams ?? [];
    const blockParams = new Map([[item, variable] as const, [index, 'forloop.index0'] as const].filter(isNamed));
    const body = convertProgram(block.program, { variable, blockParams, parent: scope }, translation);
    return `{% for ${variable} in ${path} %}${body}{% else %}${inverse}{% endfor %}`;
  }
  // What Handlebars takes for false is more than Liquid does: the empty string, the empty list, and 0.
  const body = convertProgram(block.program, scope, translation);
  const [positive, negative] = name === 'if' ? [body, inverse] : [inverse, body];
  const test = `{% assign ${variable} = ${path} | default: false %}{% if ${variable} and ${variable} != 0 %}`;
  return `${test}${positive}{% else %}${negative}{% endif %}`;
}

function convertPath(path: Path, scope: Scope): string {
  const names = path.parts.filter((part) => typeof part === 'string');
  if (names.length < path.parts.length) return refuse(path, 'subexpressions are not allowed');
  if (path.data) {
    const [name = ''] = names;
    const loopVariable = loopVariables.get(name);
    if (loopVariable === undefined || names.length > 1 || scope.variable === null) {
      return refuse(path, `@${names.join('.')} is not allowed, only @index, @first and @last within each`);
    }
    return loopVariable;
  }
  let target: Scope | null = scope;
  for (let depth = path.depth; depth > 0; depth -= 1) target = target?.parent ?? null;
  if (target === null) return refuse(path, `${path.original} leads out of the template`);
  const [first, ...rest] = names;
  const parameter = first === undefined ? undefined : findBlockParam(target, first);
  const steps = parameter !== undefined ? rest : names;
  const start = parameter ?? target.variable;
  if (start === null && steps.length === 0) return refuse(path, 'this is allowed within each only');
  const [head = '', ...tail] = start === null ? steps : [start, ...steps];
  return (
    head + tail.map((step) => (/^[A-Za-z_][\w-]*$/.test(step) ? `.${step}` : `[${JSON.stringify(step)}]`)).join('')
  );
}

const loopVariables = new Map([
  ['index', 'forloop.index0'],
  ['first', 'forloop.first'],
  ['last', 'forloop.last'],
]);

function findBlockParam(scope: Scope | null, name: string): string | undefined {
  return scope === null ? undefined : (scope.blockParams.get(name) ?? findBlockParam(scope.parent, name));
}

/** Text that would be Liquid's own signs is printed by Liquid as a string. */
function quoteText(text: string): string {
  return text.replace(/\{[{%]/g, (sign) => `{{ "${sign}" }}`);
}

function refuse(node: SyntaxNode, message: string): never {
  const { line, column } = node.loc.start;
  throw new ValidationError([{ path: '', message: `${message}, line:${line}, col:${column + 1}` }]);
}

const isContent = (node: SyntaxNode): node is Content => node.type === 'ContentStatement';
const isMustache = (node: SyntaxNode): node is Call => node.type === 'MustacheStatement';
const isBlock = (node: SyntaxNode): node is Block => node.type === 'BlockStatement';
const isPath = (node: SyntaxNode): node is Path => node.type === 'PathExpression';
const isNamed = (entry: readonly [string | undefined, string]): entry is readonly [string, string] =>
  entry[0] !== undefined;
