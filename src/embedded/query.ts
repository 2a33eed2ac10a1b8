import { createPicker, type Document, decode, decodePlain, type RawDocument } from './bson-document.ts';
import { type Collection, documentsTable } from './catalog.ts';
import { DatabaseError } from './errors.ts';
import { compileFilter, type Matcher } from './matcher.ts';
import { countKeys, makePlan, type Plan } from './plan.ts';
import { type Row, type ScanStatistics, scan } from './scan.ts';
import { compileSort, type Sort } from './sort.ts';
import type { Storage } from './storage.ts';

export interface QueryOptions {
  readonly filter: Document;
  readonly sort?: Document;
  readonly skip?: number;
  /** 0 for all. */
  readonly limit?: number;
  readonly hint?: unknown;
  readonly checkTime?: () => void;
}

/** A query that is planned; `rows` does the work as it is read. */
export interface Query {
  readonly plan: Plan;
  readonly matcher: Matcher;
  readonly statistics: ScanStatistics;
  /** Whether the rows are sorted in memory. */
  readonly isBlocking: boolean;
  rows(): Generator<Row>;
  /** How many there are, from the index alone where that is enough. */
  count(): number;
}

const mostSortBytes = 100 * 1024 * 1024;

export function planQuery(storage: Storage, collection: Collection, options: QueryOptions): Query {
  const { skip = 0, limit = 0, checkTime = () => undefined } = options;
  const { $natural, ...order } = options.sort ?? {};
  const sort = Object.keys(order).length > 0 ? compileSort(order) : undefined;
  const matcher = compileFilter(options.filter);
  const plan = makePlan(
    storage,
    collection,
    options.filter,
    sort,
    $natural === undefined ? options.hint : { $natural },
  );
  const statistics: ScanStatistics = { keys: 0, documents: 0 };
  const isBlocking = sort !== undefined && !plan.isSorted;
  const firstChunk = limit > 0 && plan.isExact && !isBlocking ? limit + skip : 100;

  function* matching(): Generator<Row> {
    const read = reader(matcher);
    let count = 0;
    for (const row of scan(storage, plan, statistics, checkTime, firstChunk)) {
      if (++count % 256 === 0) checkTime();
      if (plan.isExact || matcher.matches(read(row.raw))) yield row;
    }
  }

  function* rows(): Generator<Row> {
    let index = 0;
    for (const row of isBlocking && sort ? sorted(matching(), sort, limit > 0 ? limit + skip : 0) : matching()) {
      if (index++ < skip) continue;
      yield row;
      if (limit > 0 && index >= skip + limit) return;
    }
  }

  const count = () => {
    if (!plan.isExact || isBlocking) {
      let found = 0;
      for (const _ of rows()) found += 1;
      return found;
    }
    const all = plan.index
      ? countKeys(storage, plan, limit > 0 ? limit + skip : undefined)
      : (storage.all<[number]>(`SELECT count(*) FROM ${documentsTable(collection)}`)[0]?.[0] ?? 0);
    if (plan.index) statistics.keys = all;
    return Math.max(0, Math.min(all - skip, limit > 0 ? limit : all));
  };
  return { plan, matcher, statistics, isBlocking, rows, count };
}

/** Decodes no more of a document than a matcher reads. */
export function reader({
  fields,
  needsExactTypes,
}: Pick<Matcher, 'fields' | 'needsExactTypes'>): (raw: RawDocument) => Document {
  if (fields === null) return needsExactTypes ? decode : decodePlain;
  if (fields.size === 0) return () => ({});
  const pick = createPicker(fields);
  return needsExactTypes ? (raw) => decode(pick(raw)) : (raw) => decodePlain(pick(raw));
}

/** Sorted in memory: at most `keep` rows are held (0: all), and at most 100 MB of them. */
function sorted(rows: Iterable<Row>, sort: Sort, keep: number): Row[] {
  const read = reader({ fields: sort.roots, needsExactTypes: false });
  let held: { key: Buffer; row: Row }[] = [];
  let bytes = 0;
  const trim = () => {
    held.sort((a, b) => Buffer.compare(a.key, b.key));
    if (keep > 0 && held.length > keep) {
      held = held.slice(0, keep);
      bytes = held.reduce((sum, { row }) => sum + row.raw.length, 0);
    }
  };
  for (const row of rows) {
    held.push({ key: sort.keyOf(read(row.raw)), row });
    bytes += row.raw.length;
    if (keep > 0 && held.length >= keep * 2 + 1000) trim();
    if (bytes > mostSortBytes) {
      trim();
      if (bytes > mostSortBytes)
        throw new DatabaseError(
          292,
          'Executor error during find command :: caused by :: Sort exceeded memory limit of 104857600 bytes, but did not opt in to external sorting.',
        );
    }
  }
  trim();
  return held.map(({ row }) => row);
}
