import { ObjectId } from 'bson';
import { type Document, fieldOf, isDocument } from './document.ts';
import { DatabaseError } from './errors.ts';
import { isOperators } from './matcher.ts';
import { type Change, removed, unchanged, updateOperators } from './update-operator.ts';
import { equals } from './value-order.ts';

/** A compiled update. */
export interface Update {
  /** The new document. `document` is decoded with exact types and may be changed in place. */
  apply(document: Document, isInsert: boolean): Document;
  readonly isReplacement: boolean;
}

/** Compiles the `u` of an update: a replacement or operators. Throws codes 9, 40, 52, 238 and those of the operators. */
export function compileUpdate(update: unknown): Update {
  if (Array.isArray(update))
    throw new DatabaseError(238, 'updates by a pipeline are not implemented by the embedded database');
  if (!isDocument(update)) throw new DatabaseError(9, 'Update argument must be either an object or an array');
  const names = Object.keys(update);
  if (names[0]?.startsWith('$')) return compileModifiers(update);
  const dollar = names.find((name) => name.startsWith('$'));
  if (dollar)
    throw new DatabaseError(52, `The dollar ($) prefixed field '${dollar}' is not allowed in a replacement document`);
  return { apply: ({ _id }) => keepId(_id, { ...update }), isReplacement: true };
}

interface Modifier {
  readonly path: string;
  /** Whether what is missing on the way to the field is made. */
  readonly creates: boolean;
  readonly onInsertOnly: boolean;
  apply(document: Document): void;
}

function compileModifiers(update: Document): Update {
  const modifiers = Object.entries(update).flatMap(([name, fields]): Modifier[] => {
    const compile = Object.hasOwn(updateOperators, name) ? updateOperators[name] : undefined;
    if (!compile)
      throw new DatabaseError(
        9,
        `Unknown modifier: ${name}. Expected a valid update modifier or a replacement document`,
      );
    if (!isDocument(fields))
      throw new DatabaseError(9, `Modifiers operate on fields but we found type ${typeof fields} instead in ${name}`);
    return Object.entries(fields).flatMap(([path, operand]) => {
      const parts = readPath(path);
      const change = compile(path, operand);
      const creates = name !== '$unset';
      const apply = (document: Document) => changeAt(document, parts, change, creates);
      return [{ path, creates, onInsertOnly: name === '$setOnInsert', apply }];
    });
  });
  // MongoDB applies them in the order of their names, which is the order that new fields get.
  modifiers.sort((a, b) => (a.path < b.path ? -1 : Number(a.path > b.path)));
  for (const [index, { path }] of modifiers.entries()) {
    const others = modifiers.slice(index + 1);
    if (others.some((other) => `${other.path}.`.startsWith(`${path}.`)))
      throw new DatabaseError(40, `Updating the path '${path}' would create a conflict at '${path}'`);
  }
  const apply = (document: Document, isInsert: boolean) => {
    const { _id } = document;
    for (const modifier of modifiers) if (isInsert || !modifier.onInsertOnly) modifier.apply(document);
    return keepId(_id, document);
  };
  return { apply, isReplacement: false };
}

function readPath(path: string): string[] {
  const parts = path.split('.');
  if (parts.includes('')) throw new DatabaseError(56, `The update path '${path}' contains an empty field name.`);
  if (parts.some((part) => part === '$' || part.startsWith('$[')))
    throw new DatabaseError(238, `the embedded database has no positional operators: '${path}'`);
  const dollar = parts.find((part) => part.startsWith('$'));
  if (dollar)
    throw new DatabaseError(52, `The dollar ($) prefixed field '${dollar}' in '${path}' is not valid for storage.`);
  return parts;
}

const mostPadding = 1_500_000;

/**
 * Applies a change at a path. `creates` says whether what is missing on the way is made. Throws code 28 where the way
 * leads through something that is neither a document nor an array with that index.
 */
function changeAt(holder: unknown, [part = '', ...rest]: readonly string[], change: Change, creates: boolean): void {
  const isIndex = Array.isArray(holder) && /^\d+$/.test(part);
  if (!isIndex && !isDocument(holder)) {
    if (creates) throw new DatabaseError(28, `Cannot create field '${part}' in element ${JSON.stringify(holder)}`);
    return;
  }
  // A document, or an array with one of its indexes.
  const container = holder as Document;
  const old = fieldOf(container, part);
  if (rest.length > 0 && old !== undefined) {
    changeAt(old, rest, change, creates);
    return;
  }
  if (rest.length > 0 && !creates) return;
  const value = change(rest.length > 0 ? undefined : old);
  if (value === unchanged) return;
  if (Array.isArray(holder)) {
    if (Number(part) - holder.length > mostPadding)
      throw new DatabaseError(2, `can't backfill more than ${mostPadding} elements`);
    while (value !== removed && holder.length < Number(part)) holder.push(null);
    if (value === removed && Number(part) >= holder.length) return;
  }
  if (value === removed && !isIndex) delete container[part];
  else {
    const made = value === removed ? null : rest.reduceRight<unknown>((inner, name) => ({ [name]: inner }), value);
    Object.defineProperty(container, part, { value: made, enumerable: true, configurable: true, writable: true });
  }
}

function keepId(id: unknown, after: Document): Document {
  if (id === undefined) return after;
  if ('_id' in after ? !equals(after._id, id) : false)
    throw new DatabaseError(66, `Performing an update on the path '_id' would modify the immutable field '_id'`);
  const { _id, ...others } = after;
  return { _id: id, ...others };
}

/** The document that an upsert inserts: what the query says by equality, changed by the update, with an `_id` in front. */
export function makeUpsert(query: Document, update: Update): Document {
  const base: Document = {};
  const seed = (filter: Document): void => {
    for (const [name, condition] of Object.entries(filter)) {
      if (name === '$and' && Array.isArray(condition)) condition.forEach(seed);
      else if (!name.startsWith('$') && (!update.isReplacement || name === '_id')) {
        const value = isOperators(condition) ? condition.$eq : condition;
        const isPattern = isDocument(value) === false && typeof value === 'object' && `${value}`.startsWith('/');
        if (value !== undefined && !isPattern) changeAt(base, name.split('.'), () => value, true);
      }
    }
  };
  seed(query);
  const { _id = new ObjectId(), ...others } = update.apply(base, true);
  return { _id, ...others };
}
