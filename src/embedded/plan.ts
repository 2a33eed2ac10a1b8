import {
  bytesOf,
  type Constraints,
  constraintsOf,
  type Interval,
  implies,
  intersect,
  invertInterval,
} from './bounds.ts';
import { type Document, isDocument, toNumber } from './bson-document.ts';
import { type Collection, documentsTable, type Index, indexTable } from './catalog.ts';
import { DatabaseError } from './errors.ts';
import { encodeKey } from './key-encoding.ts';
import type { Sort } from './sort.ts';
import type { Storage } from './storage.ts';

/** The keys from `low` to before `high`. */
export interface KeyRange {
  readonly low: Buffer;
  readonly high: Buffer;
}

/** How the documents of a query are reached. */
export interface Plan {
  readonly collection: Collection;
  /** Undefined: the whole collection is read, in the order of insertion. */
  readonly index: Index | undefined;
  readonly ranges: readonly KeyRange[];
  readonly isReverse: boolean;
  /** Whether the documents come in the order asked for. */
  readonly isSorted: boolean;
  /** Whether the keys alone decide, so that nothing is left to match. */
  readonly isExact: boolean;
}

interface Candidate extends Plan {
  /** How many fields of the index, from the first, are held to single values; and to anything. */
  readonly points: number;
  readonly bounded: number;
}

const mostRanges = 2000;
const peekedKeys = 1000;

/** Chooses an index. Where several serve, the one with the fewest keys to read, found by peeking at the first thousand. */
export function makePlan(
  storage: Storage,
  collection: Collection,
  filter: Document,
  sort: Sort | undefined,
  hint?: unknown,
): Plan {
  const natural = isDocument(hint) ? toNumber(hint.$natural) : undefined;
  const scan: Plan = {
    collection,
    index: undefined,
    ranges: [],
    isReverse: natural === -1,
    isSorted: sort === undefined,
    isExact: Object.keys(filter).length === 0,
  };
  if (natural !== undefined) return scan;
  const constraints = constraintsOf(filter);
  const hinted = hint === undefined ? undefined : findHinted(collection, hint);
  const candidates = (hinted ? [hinted] : collection.indexes)
    .filter((index) => hinted !== undefined || isUsable(index, filter, constraints))
    .map((index) => makeCandidate(collection, index, constraints, sort))
    .filter((candidate) => hinted !== undefined || candidate.bounded > 0 || (sort !== undefined && candidate.isSorted));
  const [first] = candidates;
  if (!first) return scan;
  if (candidates.length === 1) return first;
  const certain = candidates.find(
    ({ index, points, ranges }) => index?.isUnique && points === index.fields.length && ranges.length <= 1,
  );
  if (certain) return certain;
  const counted = candidates.map((candidate) => ({ candidate, keys: countKeys(storage, candidate, peekedKeys) }));
  // Where all have many: first what spares a sort, then what needs no document, then what holds the most fields.
  const rank = ({ isSorted, isExact, index, points, bounded }: Candidate) =>
    Number(isSorted) * 1000 + Number(isExact) * 500 + points * 20 + bounded * 2 + Number(index?.multikey === 0);
  counted.sort((a, b) => a.keys - b.keys || rank(b.candidate) - rank(a.candidate));
  return counted[0]?.candidate ?? first;
}

/** How many keys a plan with an index has to read, counted up to `most`. */
export function countKeys(
  storage: Storage,
  { index, collection, ranges }: Plan,
  most = Number.MAX_SAFE_INTEGER,
): number {
  if (!index) return most;
  const [table, key] = keySource(collection, index);
  const sql = `SELECT count(*) FROM (SELECT 1 FROM ${table} WHERE ${key} >= ? AND ${key} < ? LIMIT ?)`;
  let count = 0;
  for (const { low, high } of ranges) {
    if (count >= most) break;
    for (const [found] of storage.all<[number]>(sql, low, high, most - count)) count += found;
  }
  return count;
}

/** The table that holds an index's keys, and the column. */
export function keySource(collection: Collection, index: Index): readonly [table: string, key: string] {
  return index.id === 0 ? [documentsTable(collection), 'id'] : [indexTable(index), 'key'];
}

function findHinted(collection: Collection, hint: unknown): Index {
  const index = collection.indexes.find(({ name, specification }) =>
    isDocument(hint) ? encodeKey(specification.key).equals(encodeKey(hint)) : name === hint,
  );
  if (!index)
    throw new DatabaseError(
      2,
      'error processing query: planner returned error :: caused by :: hint provided does not correspond to an existing index',
    );
  return index;
}

/** A sparse or partial index serves only queries that can find nothing outside it. */
function isUsable(index: Index, filter: Document, { paths }: Constraints): boolean {
  if (index.partial && !implies(filter, index.partial.filter)) return false;
  return (
    !index.isSparse ||
    index.fields.some(({ path }) => paths.has(path) && implies(filter, { [path]: { $exists: true } }))
  );
}

function makeCandidate(
  collection: Collection,
  index: Index,
  { paths, isExact }: Constraints,
  sort: Sort | undefined,
): Candidate {
  let prefixes: Buffer[] = [Buffer.alloc(0)];
  let ranges: KeyRange[] | undefined;
  let points = 0;
  let bounded = 0;
  /** Paths that are held to one value: a sort by them changes nothing. */
  const fixed = new Set<string>();
  for (const [position, field] of index.fields.entries()) {
    const isMultikey = ((index.multikey >> position) & 1) === 1;
    const intervals = combine(paths.get(field.path), isMultikey);
    if (!intervals || prefixes.length * intervals.length > mostRanges) break;
    const stored = field.descending ? intervals.map(invertInterval).reverse() : intervals;
    bounded += 1;
    if (!stored.every(({ isPoint }) => isPoint)) {
      ranges = prefixes.flatMap((prefix) =>
        stored.map(({ low, high }) => ({
          low: Buffer.concat([prefix, bytesOf(low)]),
          high: Buffer.concat([prefix, bytesOf(high)]),
        })),
      );
      break;
    }
    points += 1;
    if (stored.length === 1 && !isMultikey) fixed.add(field.path);
    prefixes = prefixes.flatMap((prefix) => stored.map(({ low }) => Buffer.concat([prefix, low.bytes])));
  }
  ranges ??= prefixes.map((prefix) => ({ low: prefix, high: Buffer.concat([prefix, Buffer.of(0xff)]) }));
  const order = sort ? orderOf(index, sort, paths, fixed, ranges.length === 1 ? points : 0) : 1;
  const coversAll = [...paths.keys()].every((path) =>
    index.fields.slice(0, bounded).some((field) => field.path === path),
  );
  return {
    collection,
    index,
    ranges,
    isReverse: order === -1,
    isSorted: order !== 0,
    isExact: isExact && coversAll && index.multikey === 0,
    points,
    bounded,
  };
}

/** The intervals of one field. Where it may be an array, different elements may satisfy different conditions: one is used. */
function combine(
  unions: readonly (readonly Interval[])[] | undefined,
  isMultikey: boolean,
): readonly Interval[] | undefined {
  const [first, ...others] = unions ?? [];
  if (!first) return undefined;
  if (isMultikey)
    return unions?.toSorted(
      (a, b) =>
        Number(b.every(({ isPoint }) => isPoint)) - Number(a.every(({ isPoint }) => isPoint)) || a.length - b.length,
    )[0];
  return others.reduce<readonly Interval[]>(intersect, first);
}

/** 1 where the index is in the order of the sort, -1 where it is in the reverse, else 0. `points` fields come before with one value each. */
function orderOf(
  index: Index,
  sort: Sort,
  paths: Constraints['paths'],
  fixed: ReadonlySet<string>,
  points: number,
): -1 | 0 | 1 {
  let direction: -1 | 0 | 1 = 0;
  let position = 0;
  for (const wanted of sort.fields) {
    if (fixed.has(wanted.path)) continue;
    while (
      position < index.fields.length &&
      index.fields[position]?.path !== wanted.path &&
      (fixed.has(index.fields[position]?.path ?? '') || position < points)
    )
      position += 1;
    const field = index.fields[position];
    if (field?.path !== wanted.path) return 0;
    // An array's place in a sort is its least or greatest element, which an index has only where no bounds cut them.
    if ((index.multikey >> position) & 1 && (paths.has(field.path) || index.fields.length > 1)) return 0;
    const own = field.descending === wanted.descending ? 1 : -1;
    if (direction !== 0 && direction !== own) return 0;
    direction = own;
    position += 1;
  }
  return direction === 0 ? 1 : direction;
}
