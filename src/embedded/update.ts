import { ObjectId } from 'bson';
import { type Document, decodePlain, encode, isDocument } from './bson-document.ts';
import { equals } from './compare.ts';
import { DatabaseError } from './errors.ts';
import { compileFilter } from './matcher.ts';
import { type MatchDetails, rootOf } from './path.ts';
import { compilePipeline, runPipeline } from './pipeline.ts';
import { compileOperator, type Operator, operatorNames } from './update-operator.ts';
import { changeAt, type Positions, removed, resolvePositions, unchanged } from './update-path.ts';
import { isOperators } from './value-test.ts';

/** A compiled update. */
export interface Update {
  /** The new document. `document` is decoded with exact types and may be changed in place. */
  apply(document: Document, details: MatchDetails, isInsert: boolean): Document;
  readonly isReplacement: boolean;
}

/** Compiles the `u` of an update: a replacement, operators, or a pipeline. Throws codes 9, 40, 52 and those of the operators. */
export function compileUpdate(update: unknown, arrayFilters: readonly unknown[] = []): Update {
  if (Array.isArray(update)) return compilePipelineUpdate(update);
  if (!isDocument(update)) throw new DatabaseError(9, 'Update argument must be either an object or an array');
  const [first] = Object.keys(update);
  if (!first?.startsWith('$')) {
    for (const name of Object.keys(update))
      if (name.startsWith('$'))
        throw new DatabaseError(
          52,
          `The dollar ($) prefixed field '${name}' in '${name}' is not allowed in the context of an update's replacement document. Consider using an aggregation pipeline with $replaceWith.`,
        );
    return { apply: (document) => keepId(document, { ...update }), isReplacement: true };
  }
  return compileModifiers(update, compileArrayFilters(arrayFilters));
}

interface Modifier {
  readonly path: string;
  readonly operator: Operator;
  readonly onInsertOnly: boolean;
  /** Where `$rename` takes the value. */
  readonly from?: string;
}

function compileModifiers(update: Document, filters: Positions['filters']): Update {
  const modifiers: Modifier[] = [];
  for (const [name, fields] of Object.entries(update)) {
    if (!operatorNames.has(name))
      throw new DatabaseError(
        9,
        `Unknown modifier: ${name}. Expected a valid update modifier or pipeline-style update specified as an array`,
      );
    if (!isDocument(fields))
      throw new DatabaseError(
        9,
        `Modifiers operate on fields but we found type ${typeof fields} instead. For example: {$mod: {<field>: ...}} not {${name}: ${JSON.stringify(fields)}}`,
      );
    for (const [path, operand] of Object.entries(fields)) {
      checkPath(path, filters);
      if (name === '$rename') {
        if (typeof operand !== 'string')
          throw new DatabaseError(2, `The 'to' field for $rename must be a string: ${path}: ${String(operand)}`);
        if (operand === path)
          throw new DatabaseError(2, `The source and target field for $rename must differ: ${path}: "${operand}"`);
        checkPath(operand, filters);
        modifiers.push({ path, operator: { change: () => unchanged, creates: false }, onInsertOnly: false });
        modifiers.push({
          path: operand,
          operator: { change: () => unchanged, creates: true },
          onInsertOnly: false,
          from: path,
        });
      } else
        modifiers.push({ path, operator: compileOperator(name, path, operand), onInsertOnly: name === '$setOnInsert' });
    }
  }
  // MongoDB applies them in the order of their names, which is the order that new fields get.
  modifiers.sort((a, b) => comparePaths(a.path, b.path));
  for (const [index, { path }] of modifiers.entries()) {
    const conflict = modifiers
      .slice(index + 1)
      .find((other) => other.path === path || other.path.startsWith(`${path}.`) || path.startsWith(`${other.path}.`));
    if (conflict)
      throw new DatabaseError(40, `Updating the path '${conflict.path}' would create a conflict at '${path}'`);
  }
  const apply = (document: Document, details: MatchDetails, isInsert: boolean): Document => {
    const id = document._id;
    const positions: Positions = { matched: details.position, filters };
    for (const { path, operator, onInsertOnly, from } of modifiers) {
      if (onInsertOnly && !isInsert) continue;
      if (from !== undefined) {
        rename(document, from, path);
        continue;
      }
      for (const parts of resolvePositions(document, path, positions))
        changeAt(document, parts, operator.change, operator.creates);
    }
    if (id !== undefined && !equals(id, document._id ?? null)) throw immutableId();
    return document;
  };
  return { apply, isReplacement: false };
}

function rename(document: Document, from: string, to: string): void {
  let value: unknown = removed;
  const source = from.split('.');
  for (const [index] of source.entries()) {
    const holder = source
      .slice(0, index)
      .reduce<unknown>((inner, part) => (inner as Document | undefined)?.[part], document);
    if (Array.isArray(holder))
      throw new DatabaseError(
        2,
        `The source field cannot be an array element, '${from}' in doc with an array field called '${source[index - 1]}'`,
      );
  }
  changeAt(
    document,
    source,
    (old) => {
      if (old === undefined) return unchanged;
      value = old;
      return removed;
    },
    false,
  );
  if (value !== removed) changeAt(document, to.split('.'), () => value, true);
}

function checkPath(path: string, filters: Positions['filters']): void {
  if (path === '') throw new DatabaseError(56, 'An empty update path is not valid.');
  for (const [index, part] of path.split('.').entries()) {
    if (part === '')
      throw new DatabaseError(56, `The update path '${path}' contains an empty field name, which is not allowed.`);
    const name = /^\$\[(.*)\]$/.exec(part)?.[1];
    if (index === 0 && (name !== undefined || part === '$'))
      throw new DatabaseError(
        2,
        `Cannot have array filter identifier (i.e. '$[<id>]') element in the first position in path '${path}'`,
      );
    if (name !== undefined && name !== '' && !filters.has(name))
      throw new DatabaseError(2, `No array filter found for identifier '${name}' in path '${path}'`);
    if (name === undefined && part !== '$' && part.startsWith('$'))
      throw new DatabaseError(52, `The dollar ($) prefixed field '${part}' in '${path}' is not valid for storage.`);
  }
}

function comparePaths(a: string, b: string): number {
  const [x, y] = [a.split('.'), b.split('.')];
  for (const [index, part] of x.entries()) {
    const other = y[index];
    if (other === undefined) return 1;
    if (part === other) continue;
    return /^\d+$/.test(part) && /^\d+$/.test(other) ? Number(part) - Number(other) : part < other ? -1 : 1;
  }
  return x.length - y.length;
}

function compileArrayFilters(arrayFilters: readonly unknown[]): Positions['filters'] {
  const filters = new Map<string, (item: unknown) => boolean>();
  for (const filter of arrayFilters) {
    const names = isDocument(filter) ? namesOf(filter) : new Set<string>();
    const [name] = names;
    if (!isDocument(filter) || name === undefined || names.size !== 1)
      throw new DatabaseError(9, 'Error parsing array filter :: caused by :: Expected a single top-level field name');
    if (filters.has(name))
      throw new DatabaseError(9, `Found multiple array filters with the same top-level field name ${name}`);
    const { matches } = compileFilter(filter);
    filters.set(name, (item) => matches({ [name]: item }));
  }
  return filters;
}

function namesOf(filter: Document): Set<string> {
  return new Set(
    Object.entries(filter).flatMap(([name, condition]) =>
      name.startsWith('$') && Array.isArray(condition)
        ? condition.flatMap((branch) => [...namesOf(branch)])
        : [rootOf(name)],
    ),
  );
}

const pipelineStages = new Set(['$set', '$addFields', '$unset', '$project', '$replaceRoot', '$replaceWith']);

function compilePipelineUpdate(update: readonly unknown[]): Update {
  const stages = compilePipeline(update);
  for (const { name } of stages)
    if (!pipelineStages.has(name)) throw new DatabaseError(72, `${name} is not allowed to be used within an update`);
  const apply = (document: Document) => {
    const plain = decodePlain(encode(document));
    const [result = {}] = runPipeline([plain], stages);
    // isDocument: what is restored from a document is one.
    return keepId(document, restore(result, plain, document) as Document);
  };
  return { apply, isReplacement: false };
}

/** What an expression left as it was keeps its exact type. */
function restore(result: unknown, plain: unknown, exact: unknown): unknown {
  if (result === plain) return exact;
  if (!isDocument(result)) return result;
  const [before, types] = [isDocument(plain) ? plain : {}, isDocument(exact) ? exact : {}];
  return Object.fromEntries(
    Object.entries(result).map(([name, value]) => [
      name,
      name in before ? restore(value, before[name], types[name]) : value,
    ]),
  );
}

function keepId(before: Document, after: Document): Document {
  const id = before._id;
  if (id === undefined) return after;
  if ('_id' in after && !equals(after._id, id)) throw immutableId();
  const { _id, ...others } = after;
  return { _id: id, ...others };
}

function immutableId(): DatabaseError {
  return new DatabaseError(66, `Performing an update on the path '_id' would modify the immutable field '_id'`);
}

/** The document that an upsert inserts: what the query says by equality, changed by the update, with an `_id` in front. */
export function makeUpsert(query: Document, update: Update): Document {
  const base: Document = {};
  const seed = (filter: Document): void => {
    for (const [name, condition] of Object.entries(filter)) {
      if (name === '$and' && Array.isArray(condition)) for (const branch of condition) seed(branch);
      else if (name === '$or' && Array.isArray(condition) && condition.length === 1) seed(condition[0]);
      else if (!name.startsWith('$') && (!update.isReplacement || name === '_id')) {
        const all = isOperators(condition) ? condition.$all : undefined;
        const value = !isOperators(condition)
          ? condition
          : '$eq' in condition
            ? condition.$eq
            : Array.isArray(all) && all.length === 1
              ? all[0]
              : undefined;
        if (value !== undefined && !isPattern(value)) changeAt(base, name.split('.'), () => value, true);
      }
    }
  };
  seed(query);
  const { _id = new ObjectId(), ...others } = update.apply(base, {}, true);
  return { _id, ...others };
}

function isPattern(value: unknown): boolean {
  return typeof value === 'object' && value !== null && '_bsontype' in value && value._bsontype === 'BSONRegExp';
}
