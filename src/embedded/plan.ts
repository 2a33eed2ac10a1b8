import { type Collection, documentsTable, type Index, indexTable } from './catalog.ts';
import { type Constraint, type Constraints, constraintsOf, implies, intersect } from './constraint.ts';
import { type Document, isDocument } from './document.ts';
import { DatabaseError } from './errors.ts';
import type { Sort } from './sort.ts';
import type { Storage } from './storage.ts';
import { equals } from './value-order.ts';

/** How the rows of a query are found: a statement of SQL on the table of an index, or on the whole collection. */
export interface Plan {
  /** Undefined: the whole collection is read, in the order of insertion. */
  readonly index: Index | undefined;
  /** Selects rows' numbers; `LIMIT` may follow. */
  readonly sql: string;
  readonly parameters: readonly Buffer[];
  /** Whether the rows come in the order asked for. */
  readonly isSorted: boolean;
  /** Whether the keys alone decide, so that nothing is left to match. */
  readonly isExact: boolean;
}

interface Candidate extends Plan {
  /** How many fields of the index, from the first, are held to certain values; and to anything. */
  readonly points: number;
  readonly bounded: number;
  /** Equal where as many keys are read. */
  readonly likeness: string;
}

const mostPoints = 1000;
const peekedKeys = 1000;
const fewKeys = 100;

/** Chooses an index. Where several serve, the one with the fewest keys to read, found by peeking at the first thousand. */
export function makePlan(
  storage: Storage,
  collection: Collection,
  filter: Document,
  sort?: Sort,
  hint?: unknown,
): Plan {
  const sql = `SELECT row FROM ${documentsTable(collection)} ORDER BY row`;
  const isExact = Object.keys(filter).length === 0;
  const scan: Plan = { index: undefined, sql, parameters: [], isSorted: !sort, isExact };
  if (isDocument(hint) && '$natural' in hint) return scan;
  const constraints = constraintsOf(filter);
  const isHinted = hint !== undefined;
  const usable = collection.indexes.filter((index) =>
    isHinted ? isNamed(index, hint) : !index.partial || implies(constraints, index.partial.constraints),
  );
  if (isHinted && usable.length === 0)
    throw new DatabaseError(2, 'planner returned error: hint provided does not correspond to an existing index');
  const makeCandidates = (indexes: readonly Index[]) =>
    indexes.map((index) => makeCandidate(storage, index, constraints, sort));
  // Some unique keys are some documents at most: there is nothing to be compared.
  const byKey = makeCandidates(usable.filter(({ isUnique }) => isUnique)).find(
    ({ points, index, parameters }) => points === index?.fields.length && parameters.length <= fewKeys,
  );
  if (byKey !== undefined) return byKey;
  const candidates = makeCandidates(usable).filter(
    ({ bounded, isSorted }) => isHinted || bounded > 0 || (sort && isSorted),
  );
  if (candidates.length < 2) return candidates[0] ?? scan;
  // Where all have many: first what spares a sort, then what needs no document, then what holds the most fields.
  const rank = ({ isSorted, isExact, points, bounded }: Candidate) =>
    Number(isSorted) * 1000 + Number(isExact) * 500 + points * 20 + bounded;
  // Indexes that hold the same fields have as many keys: those of one are counted, and none where there is nothing to compare.
  const groups = [...Map.groupBy(candidates, ({ likeness }) => likeness).values()].flatMap((group) => {
    const [candidate] = group.toSorted((a, b) => rank(b) - rank(a));
    return candidate ? [candidate] : [];
  });
  if (groups.length === 1) return groups[0] ?? scan;
  const [best] = groups
    .map((candidate) => ({ candidate, keys: countRows(storage, candidate, peekedKeys) }))
    .sort((a, b) => a.keys - b.keys || rank(b.candidate) - rank(a.candidate));
  return best?.candidate ?? scan;
}

/** Whether a hint, or a command that drops indexes, means this index: by its name or its key. */
export function isNamed({ name, specification }: Index, wanted: unknown): boolean {
  return isDocument(wanted) ? equals(specification.key, wanted) : name === wanted;
}

/** How many keys a plan reads, counted up to `most`; -1 for all. */
export function countRows(storage: Storage, { sql, parameters }: Plan, most: number): number {
  const unordered = sql.replace(/ ORDER BY .*/, '');
  return storage.all<[number]>(`SELECT count(*) FROM (${unordered} LIMIT ?)`, ...parameters, most)[0]?.[0] ?? 0;
}

/** What SQLite says it will do. */
export function explainPlan(storage: Storage, { sql }: Pick<Plan, 'sql'>): string {
  const rows = storage.all<[id: number, parent: number, unused: number, detail: string]>(`EXPLAIN QUERY PLAN ${sql}`);
  return rows.map(([, , , detail]) => detail).join('; ');
}

/** An index that holds all that a query asks for, and the values at a path: its table, a condition, and the path's column. */
export interface Covering {
  readonly table: string;
  readonly where: string;
  readonly parameters: readonly Buffer[];
  readonly column: string;
}

/** Finds an index by whose keys alone the documents of a query are known, with what they have at a path; each element, if it is unwound. */
export function findCovering(
  { indexes }: Collection,
  filter: Document,
  path: string,
  isUnwound: boolean,
): Covering | undefined {
  const { paths, isExact } = constraintsOf(filter);
  if (!isExact) return undefined;
  for (const index of indexes) {
    const column = index.fields.find((field) => field.path === path)?.column;
    const isFirstHeld = index.fields.slice(0, 1).every((first) => first.path === path || paths.has(first.path));
    const arrays = isUnwound && !paths.has(path) ? index.fields.findIndex((field) => field.path === path) : -1;
    const areKeysDocuments = index.multikey === 0 || (arrays !== -1 && index.multikey === 1 << arrays);
    if (column === undefined || index.partial || !isFirstHeld || !areKeysDocuments) continue;
    const held = [...paths].map(([name, constraints]) => {
      const field = index.fields.find((field) => field.path === name);
      const constraint = combine(constraints, false);
      return field && constraint && !isWider(constraint, constraints)
        ? conditionOf(field.column, constraint)
        : undefined;
    });
    if (!held.every((condition) => condition !== undefined)) continue;
    return {
      table: indexTable(index),
      where: ['1', ...held.map(({ sql }) => sql)].join(' AND '),
      parameters: held.flatMap(({ parameters }) => parameters),
      column,
    };
  }
  return undefined;
}

function conditionOf(column: string, constraint: Constraint): { sql: string; parameters: readonly Buffer[] } {
  if ('points' in constraint)
    return { sql: `${column} IN (${constraint.points.map(() => '?').join()})`, parameters: constraint.points };
  return { sql: `${column} >= ? AND ${column} < ?`, parameters: [constraint.low, constraint.high] };
}

function makeCandidate(storage: Storage, index: Index, { paths, isExact }: Constraints, sort?: Sort): Candidate {
  const conditions: string[] = [];
  const parameters: Buffer[] = [];
  let points = 0;
  let isWhole = true;
  for (const [position, { path, column }] of index.fields.entries()) {
    const constraints = paths.get(path) ?? [];
    const constraint = combine(constraints, isMultikey(index, position));
    if (!constraint) break;
    isWhole &&= !isWider(constraint, constraints);
    const condition = conditionOf(column, constraint);
    conditions.push(condition.sql);
    parameters.push(...condition.parameters);
    if (!('points' in constraint)) break;
    points += 1;
  }
  const held = index.fields.slice(0, conditions.length).map(({ path }) => path);
  const order = sort?.fields.map(({ path, descending }) => {
    const position = index.fields.findIndex((field) => field.path === path);
    // An array's place in a sort is its least or greatest element: not what its keys are in the order of.
    return position === -1 || isMultikey(index, position) ? undefined : `k${position} ${descending ? 'DESC' : 'ASC'}`;
  });
  const canSort = order?.every((column) => column !== undefined) ?? false;
  const where = conditions.length > 0 ? ` WHERE ${conditions.join(' AND ')}` : '';
  const sql = `SELECT row FROM ${indexTable(index)}${where}${canSort ? ` ORDER BY ${order?.join()}` : ''}`;
  const plan = {
    index,
    sql,
    parameters,
    isExact: isExact && isWhole && index.multikey === 0 && paths.size === new Set(held).size,
  };
  const isSorted = !sort || (canSort && !explainPlan(storage, plan).includes('TEMP B-TREE'));
  const hasOtherKeys = index.partial !== undefined || index.multikey !== 0;
  const likeness = hasOtherKeys ? index.name : held.toSorted().join('\n');
  return { ...plan, isSorted, points, bounded: conditions.length, likeness };
}

const isMultikey = ({ multikey }: Index, position: number) => ((multikey >> position) & 1) === 1;

/** What one field is held to. Where it may be an array, different elements may satisfy different conditions: one is used. */
function combine(constraints: readonly Constraint[], isArray: boolean): Constraint | undefined {
  const [first, ...others] = constraints.toSorted((a, b) => Number('points' in b) - Number('points' in a));
  const both = first && (isArray ? first : others.reduce<Constraint>(intersect, first));
  if (!both || !('points' in both) || both.points.length <= mostPoints) return both;
  const [low, ...higher] = both.points.toSorted(Buffer.compare);
  const last = higher.at(-1);
  return low && last && { low, high: Buffer.concat([last, Buffer.of(0)]) };
}

/** Whether a constraint was made of more values than a statement takes: it lets others through. */
const isWider = (constraint: Constraint, constraints: readonly Constraint[]) =>
  !('points' in constraint) && constraints.some((one) => 'points' in one);
