import { type Document, decode, encode, isDocument, type RawDocument, rootOf, toNumber } from './document.ts';
import { DatabaseError } from './errors.ts';
import { createPicker } from './raw-document.ts';

export interface Projection {
  apply(document: Document): Document;
  /** The same of bytes, which are decoded only where it is about more than top-level fields. */
  applyRaw(raw: RawDocument): RawDocument;
  /** The top-level fields that it reads; null for all. */
  readonly fields: ReadonlySet<string> | null;
}

/** What is done at the names of a document: kept, dropped, or done to its own names. */
type Tree = Map<string, boolean | Tree>;

/** Compiles a projection of `find` or `$project`. Throws codes 31253 and 31254 when inclusion and exclusion are mixed. */
export function compileProjection(specification: Document): Projection {
  const tree: Tree = new Map();
  const fields = new Set<string>();
  let mode: 'inclusion' | 'exclusion' | undefined;
  const visit = (path: string, value: unknown): void => {
    const flag = typeof value === 'boolean' ? Number(value) : toNumber(value);
    const wanted = flag === 0 ? 'exclusion' : 'inclusion';
    if (path !== '_id') {
      if (mode && mode !== wanted)
        throw new DatabaseError(
          flag === 0 ? 31254 : 31253,
          `Cannot do ${wanted} on field ${path} in ${mode} projection`,
        );
      mode = wanted;
    }
    if (flag !== undefined) place(tree, path, flag !== 0);
    else if (isNested(value)) for (const [name, inner] of Object.entries(value)) visit(`${path}.${name}`, inner);
    else throw new DatabaseError(238, `the embedded database has no computed fields in projections: ${path}`);
    fields.add(rootOf(path));
  };
  for (const [path, value] of Object.entries(specification)) visit(path, value);
  const including = mode === 'inclusion' || (mode === undefined && tree.get('_id') !== false);
  if (including && !tree.has('_id')) tree.set('_id', true);
  fields.add('_id');
  const apply = (document: Document) => applyTree(tree, document, including);
  const isPlain = [...tree.values()].every((node) => typeof node === 'boolean');
  const named = [...tree].filter(([, node]) => node === including).map(([name]) => name);
  return {
    apply,
    applyRaw: isPlain ? createPicker(named, !including) : (raw) => encode(apply(decode(raw))),
    fields: including ? fields : null,
  };
}

function isNested(value: unknown): value is Document {
  const [name] = isDocument(value) ? Object.keys(value) : [];
  return name !== undefined && !name.startsWith('$');
}

function place(tree: Tree, path: string, leaf: boolean): void {
  const names = path.split('.');
  let node = tree;
  for (const [index, name] of names.entries()) {
    if (name === '') throw new DatabaseError(40353, `FieldPath must not have an empty part: ${path}`);
    if (name.startsWith('$')) throw new DatabaseError(16410, `FieldPath field names may not start with '$': ${path}`);
    const existing = node.get(name);
    const isLast = index === names.length - 1;
    if (existing !== undefined && (isLast || !(existing instanceof Map)))
      throw new DatabaseError(31250, `Invalid projection :: caused by :: Path collision at ${path}`);
    const next = existing instanceof Map ? existing : new Map();
    node.set(name, isLast ? leaf : next);
    node = next;
  }
}

function applyTree(tree: Tree, document: Document, including: boolean): Document {
  const entries = Object.entries(document).map(([name, value]) => {
    const node = tree.get(name);
    if (node instanceof Map) return [name, applyWithin(node, value, including)] as const;
    return [name, (node ?? !including) ? value : undefined] as const;
  });
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined));
}

function applyWithin(tree: Tree, value: unknown, including: boolean): unknown {
  if (Array.isArray(value))
    return value.map((item) => applyWithin(tree, item, including)).filter((item) => item !== undefined);
  if (isDocument(value)) return applyTree(tree, value, including);
  return including ? undefined : value;
}
