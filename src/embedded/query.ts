import { type Collection, documentsTable } from './catalog.ts';
import { type CheckTime, manyKeys } from './check-time.ts';
import { type Document, decodePlain, type RawDocument } from './document.ts';
import { countKeys } from './key-count.ts';
import { compileFilter } from './matcher.ts';
import { countRows, findCovering, makePlan, type Plan } from './plan.ts';
import { createPicker } from './raw-document.ts';
import { compileSort } from './sort.ts';
import type { Storage } from './storage.ts';

export interface QueryOptions {
  readonly filter: Document;
  readonly sort?: Document;
  readonly skip?: number;
  /** 0 for all. */
  readonly limit?: number;
  readonly hint?: unknown;
  readonly checkTime?: CheckTime;
}

export interface Row {
  readonly row: number;
  readonly raw: RawDocument;
}

/** A query that is planned; `rows` does the work as it is read. */
export interface Query {
  readonly plan: Plan;
  readonly statistics: { keys: number; documents: number };
  rows(): Generator<Row>;
  /** How many there are, from the index alone where that is enough. */
  count(): number;
  /** The same query of fewer documents. */
  narrow(filter: Document): Query;
  /**
   * How many documents have each value at a path (or each element, if it is unwound; or a date in each span of `unitMs`), counted
   * from an index alone, with a document that has it and the value's key. Undefined where no index can tell.
   */
  groups(path: string, isUnwound: boolean, unitMs?: number): readonly Group[] | undefined;
}

export interface Group {
  readonly raw: RawDocument | undefined;
  readonly key: Uint8Array;
  readonly count: number;
}

/** Rows are found in steps, each of which starts again: a page needs a step, and a cursor holds nothing of SQLite's. */
const steps = [128, 4096, -1];
const documentsAtOnce = 256;

export function planQuery(storage: Storage, collection: Collection, options: QueryOptions): Query {
  const { skip = 0, limit = 0, checkTime = () => undefined } = options;
  const end = limit > 0 ? skip + limit : Number.POSITIVE_INFINITY;
  const sort = Object.keys(options.sort ?? {}).length > 0 ? compileSort(options.sort ?? {}) : undefined;
  const { matches, fields } = compileFilter(options.filter);
  const plan = makePlan(storage, collection, options.filter, sort, options.hint);
  const statistics = { keys: 0, documents: 0 };
  const isOrdered = !sort || plan.isSorted;
  const first = plan.isExact && isOrdered && limit > 0 ? Math.min(end, documentsAtOnce) : 16;

  /** Rows as the index has them now, each once; a document that is written meanwhile is found as it is then, or not. */
  function* found(): Generator<number> {
    const seen = new Set<number>();
    for (const step of plan.isExact && isOrdered && end <= 4096 ? [end, -1] : steps) {
      checkTime();
      const rows = storage.all<[number]>(`${plan.sql} LIMIT ?`, ...plan.parameters, step);
      for (const [row] of rows) {
        if (seen.has(row)) continue;
        seen.add(row);
        if (plan.index) statistics.keys += 1;
        yield row;
      }
      if (rows.length < step) return;
    }
  }

  function* matching(): Generator<Row> {
    const read = createReader(fields);
    for (const row of readRows(storage, collection, found(), checkTime, first)) {
      statistics.documents += 1;
      if (matches(read(row.raw))) yield row;
    }
  }

  function* sorted(): Generator<Row> {
    if (!sort || isOrdered) return yield* matching();
    const read = createReader(sort.roots);
    const keyed = Array.from(matching(), ({ row, raw }) => ({ key: sort.keyOf(read(raw)), row }));
    keyed.sort((a, b) => Buffer.compare(a.key, b.key));
    const wanted = keyed.slice(0, end).map(({ row }) => row);
    yield* readRows(storage, collection, wanted.values(), checkTime, documentsAtOnce);
  }

  function* rows(): Generator<Row> {
    let index = 0;
    for (const row of sorted()) {
      if (index++ >= skip) yield row;
      if (index >= end) return;
    }
  }

  const count = () => {
    if (!plan.isExact) return rows().reduce((sum) => sum + 1, 0);
    checkTime(countRows(storage, plan, manyKeys));
    const all = countRows(storage, plan, limit > 0 ? end : -1);
    if (plan.index) statistics.keys = all;
    return Math.max(0, all - skip);
  };

  const narrow = (filter: Document) =>
    planQuery(storage, collection, { ...options, filter: { $and: [options.filter, filter] } });

  const groups = (path: string, isUnwound: boolean, unitMs?: number) => {
    const isWhole = skip === 0 && limit === 0;
    const covering = isWhole ? findCovering(collection, options.filter, path, isUnwound) : undefined;
    const found = covering && countKeys(storage, covering, checkTime, unitMs);
    return found?.map(({ row, key, count }) => ({ raw: storage.read(collection, row), key, count }));
  };
  return { plan, statistics, rows, count, narrow, groups };
}

/** Decodes no more of a document than the named top-level fields; null for all. */
export function createReader(fields: ReadonlySet<string> | null): (raw: RawDocument) => Document {
  if (!fields) return decodePlain;
  const pick = createPicker(fields);
  return (raw) => decodePlain(pick(raw));
}

/** Reads the documents of rows, some at a time; what is not there any more is left out. */
function* readRows(
  storage: Storage,
  collection: Collection,
  rows: Iterator<number>,
  checkTime: CheckTime,
  first: number,
): Generator<Row> {
  const sql = `SELECT d.row, d.document FROM json_each(?) r CROSS JOIN ${documentsTable(collection)} d ON d.row = r.value`;
  for (let size = first; ; size = Math.min(size * 4, documentsAtOnce)) {
    checkTime();
    const chunk: number[] = [];
    for (let next = rows.next(); !next.done; next = rows.next()) {
      chunk.push(next.value);
      if (chunk.length === size) break;
    }
    for (const [row, raw] of storage.all<[number, Uint8Array]>(sql, JSON.stringify(chunk))) yield { row, raw };
    if (chunk.length < size) return;
  }
}
