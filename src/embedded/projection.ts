import { type Document, isDocument, toNumber, toPlain } from './bson-document.ts';
import { DatabaseError } from './errors.ts';
import { compileExpression, type Expression, fieldsOfExpression } from './expression.ts';
import { compileFilter } from './matcher.ts';
import type { MatchDetails } from './path.ts';

export interface Projection {
  apply(document: Document, details?: MatchDetails): Document;
  /** The top-level fields whose bytes are the whole result, where nothing has to be computed; else undefined. */
  readonly topLevel: ReadonlySet<string> | undefined;
  /** The top-level fields that it reads; null for all. */
  readonly fields: ReadonlySet<string> | null;
}

/** What is done at one name of the tree of paths. */
type Node =
  | { readonly children: Map<string, Node> }
  | 'keep'
  | 'drop'
  | { readonly compute: (value: unknown, document: Document, details?: MatchDetails) => unknown };

/**
 * Compiles a projection of `find` or `$project`: inclusion or exclusion, `$slice`, `$elemMatch`, `a.$`, and expressions.
 * Throws code 31253 or 31254 when inclusion and exclusion are mixed.
 */
export function compileProjection(specification: Document): Projection {
  const root = { children: new Map<string, Node>() };
  const fields = new Set<string>();
  let readsAll = false;
  let mode: 'include' | 'exclude' | undefined;
  let keepsId = true;
  let onlyTopLevel = true;
  const setMode = (wanted: 'include' | 'exclude', path: string) => {
    if (mode && mode !== wanted) {
      throw new DatabaseError(
        wanted === 'include' ? 31253 : 31254,
        `Invalid $project :: caused by :: Cannot do ${wanted === 'include' ? 'inclusion' : 'exclusion'} on field ${path} in ${wanted === 'include' ? 'exclusion' : 'inclusion'} projection`,
      );
    }
    mode = wanted;
  };
  const read = (expression: unknown) => {
    const names = fieldsOfExpression(expression);
    if (names) for (const name of names) fields.add(name);
    else readsAll = true;
  };
  const visit = (path: string, value: unknown): void => {
    const number = typeof value === 'boolean' ? Number(value) : toNumber(value);
    const [operator] = isDocument(value) ? Object.keys(value) : [];
    if (number !== undefined && path === '_id') {
      keepsId = number !== 0;
      if (keepsId && Object.keys(specification).length === 1) mode = 'include';
    } else if (number !== undefined) {
      setMode(number === 0 ? 'exclude' : 'include', path);
      if (path.includes('.')) onlyTopLevel = false;
      if (path.endsWith('.$')) place(path.slice(0, -2), { compute: matchedElement });
      else place(path, number === 0 ? 'drop' : 'keep');
    } else {
      onlyTopLevel = false;
      if (isDocument(value) && operator === '$slice' && !isExpressionSlice(value.$slice)) {
        const slice = compileSlice(value.$slice);
        place(path, { compute: (array) => (Array.isArray(array) ? slice(array) : array) });
      } else if (isDocument(value) && operator === '$elemMatch') {
        setMode('include', path);
        place(path, { compute: firstMatching(value.$elemMatch) });
      } else if (isDocument(value) && operator !== undefined && !operator.startsWith('$')) {
        for (const [name, inner] of Object.entries(value)) visit(`${path}.${name}`, inner);
      } else {
        if (path !== '_id') setMode('include', path);
        const evaluate: Expression = compileExpression(value);
        read(toPlain(value));
        place(path, { compute: (_, document) => evaluate(document) });
      }
    }
  };
  const place = (path: string, leaf: Node) => {
    const names = path.split('.');
    let node = root;
    for (const [index, name] of names.entries()) {
      if (name === '') throw new DatabaseError(40353, "FieldPath must not end with a '.'.");
      if (name.startsWith('$'))
        throw new DatabaseError(
          16410,
          `FieldPath field names may not start with '$'. Consider using $getField or $setField.`,
        );
      const existing = node.children.get(name);
      if (index === names.length - 1) {
        if (existing) throw new DatabaseError(31250, `Invalid $project :: caused by :: Path collision at ${path}`);
        node.children.set(name, leaf);
      } else if (existing && typeof existing === 'object' && 'children' in existing) node = existing;
      else {
        if (existing)
          throw new DatabaseError(
            31249,
            `Invalid $project :: caused by :: Path collision at ${path} remaining portion ${names.slice(index + 1).join('.')}`,
          );
        const created = { children: new Map<string, Node>() };
        node.children.set(name, created);
        node = created;
      }
    }
    fields.add(names[0] ?? '');
  };
  for (const [path, value] of Object.entries(specification)) visit(path, value);
  const including = mode === 'include';
  if (!root.children.has('_id')) {
    if (including && keepsId) root.children.set('_id', 'keep');
    if (!including && !keepsId) root.children.set('_id', 'drop');
  }
  fields.add('_id');
  const names = new Set(root.children.keys());
  return {
    apply: (document, details) => applyTo(document, root, including, document, details),
    topLevel: including && onlyTopLevel ? names : undefined,
    fields: including && !readsAll ? fields : null,
  };
}

function applyTo(
  document: Document,
  node: { children: Map<string, Node> },
  including: boolean,
  root: Document,
  details?: MatchDetails,
): Document {
  const result: Document = {};
  const computed: [string, Node][] = [...node.children].filter(
    ([name, child]) => !Object.hasOwn(document, name) && typeof child === 'object',
  );
  for (const [name, value] of [...Object.entries(document), ...computed.map(([name]) => [name, undefined] as const)]) {
    const child = node.children.get(name);
    const projected =
      child === undefined ? (including ? undefined : value) : applyNode(value, child, including, root, details);
    if (projected !== undefined)
      Object.defineProperty(result, name, { value: projected, enumerable: true, configurable: true, writable: true });
  }
  return result;
}

function applyNode(value: unknown, node: Node, including: boolean, root: Document, details?: MatchDetails): unknown {
  if (node === 'keep') return value;
  if (node === 'drop') return undefined;
  if ('compute' in node) return node.compute(value, root, details);
  if (Array.isArray(value))
    return value.map((item) => applyNode(item, node, including, root, details)).filter((item) => item !== undefined);
  if (isDocument(value)) return applyTo(value, node, including, root, details);
  const hasComputed = [...node.children.values()].some((child) => typeof child === 'object');
  if (including && hasComputed) {
    const made = applyTo({}, node, including, root, details);
    return Object.keys(made).length > 0 ? made : undefined;
  }
  return including ? undefined : value;
}

/** `a.$`: the element that the query matched. */
function matchedElement(array: unknown, _: Document, details?: MatchDetails): unknown {
  const position = details?.position ?? 0;
  return Array.isArray(array) ? array.slice(position, position + 1) : array;
}

/** `$elemMatch`: an array of the first element that matches. */
function firstMatching(condition: unknown): (array: unknown) => unknown {
  const { matches } = compileFilter({ item: { $elemMatch: condition } });
  return (array) => {
    const found = Array.isArray(array) ? array.find((item: unknown) => matches({ item: [item] })) : undefined;
    return found === undefined ? undefined : [found];
  };
}

function isExpressionSlice(operand: unknown): boolean {
  return Array.isArray(operand) && (toNumber(operand[0]) === undefined || operand.length > 2);
}

function compileSlice(operand: unknown): (array: unknown[]) => unknown[] {
  const [first, second] = (Array.isArray(operand) ? operand : [operand]).map(toNumber);
  if (first === undefined || (Array.isArray(operand) && (second === undefined || second <= 0)))
    throw new DatabaseError(28724, 'First argument to $slice must be a number and the limit positive');
  if (!Array.isArray(operand)) return (array) => (first >= 0 ? array.slice(0, first) : array.slice(first));
  return (array) => {
    const start = first >= 0 ? first : Math.max(0, array.length + first);
    return array.slice(start, start + (second ?? 0));
  };
}

/** Compiles `$set`/`$addFields`: the document with further or other fields. */
export function compileAddFields(specification: Document): {
  apply(document: Document): Document;
  fields: ReadonlySet<string> | null;
} {
  const flat: [string[], Expression][] = [];
  const flatten = (prefix: string[], value: unknown) => {
    const [operator] = isDocument(value) ? Object.keys(value) : [];
    if (isDocument(value) && operator !== undefined && !operator.startsWith('$'))
      for (const [name, inner] of Object.entries(value)) flatten([...prefix, ...name.split('.')], inner);
    else flat.push([prefix, compileExpression(value)]);
  };
  for (const [name, value] of Object.entries(specification)) flatten(name.split('.'), value);
  return {
    apply: (document) =>
      flat.reduce((result, [parts, evaluate]) => setPath(result, parts, evaluate(document)), document),
    fields: fieldsOfExpression(toPlain(specification)),
  };
}

/** A copy of the document with the value at the path, through every document of an array on the way; undefined removes it. */
export function setPath(document: Document, parts: readonly string[], value: unknown): Document {
  const [name = '', ...rest] = parts;
  const old = Object.hasOwn(document, name) ? document[name] : undefined;
  const deep = (inner: unknown): unknown =>
    Array.isArray(inner) ? inner.map(deep) : setPath(isDocument(inner) ? inner : {}, rest, value);
  const next = rest.length === 0 ? value : deep(old);
  if (next !== undefined) return { ...document, [name]: next };
  const { [name]: _, ...others } = document;
  return others;
}
