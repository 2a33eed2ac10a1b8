import type { SQLInputValue } from 'node:sqlite';
import type { RawDocument } from './bson-document.ts';
import { documentsTable } from './catalog.ts';
import { DatabaseError } from './errors.ts';
import { keySource, type Plan } from './plan.ts';
import type { Storage } from './storage.ts';

export interface Row {
  readonly row: number;
  readonly raw: RawDocument;
}

/** What a scan did so far. */
export interface ScanStatistics {
  keys: number;
  documents: number;
}

const mostChunkBytes = 4 * 1024 * 1024;
const mostChunkRows = 1000;

/**
 * Yields the documents of a plan. It reads in chunks, each one going on after the last key of the one before, so that
 * a cursor may rest between them while documents are written: it neither holds a transaction nor loses its place.
 */
export function* scan(
  storage: Storage,
  plan: Plan,
  statistics: ScanStatistics,
  checkTime: () => void,
  firstChunk = 100,
): Generator<Row> {
  const { index, isReverse } = plan;
  const seen = index?.multikey ? new Set<number>() : undefined;
  const sql = scanStatement(plan);
  let chunk = Math.max(1, Math.min(firstChunk, mostChunkRows));
  const ranges = index ? (isReverse ? plan.ranges.toReversed() : plan.ranges) : [undefined];
  for (const range of ranges) {
    // After this key and row the next chunk begins; the first, where the range does.
    let place: SQLInputValue[] = range
      ? [isReverse ? range.high : range.low, -1]
      : [isReverse ? Number.MAX_SAFE_INTEGER : -1];
    const end = range ? [isReverse ? range.low : range.high] : [];
    for (;;) {
      checkTime();
      const rows = storage.all<[key: SQLInputValue, row: number, raw: Uint8Array]>(sql, ...place, ...end, chunk);
      let bytes = 0;
      for (const [at, row, raw] of rows) {
        place = range ? [at, row] : [row];
        bytes += raw.length;
        if (index) statistics.keys += 1;
        if (seen?.has(row)) continue;
        seen?.add(row);
        statistics.documents += 1;
        yield { row, raw };
      }
      if (rows.length < chunk) break;
      chunk = Math.max(16, Math.min(mostChunkRows, Math.floor(mostChunkBytes / (bytes / rows.length + 1)), chunk * 2));
    }
  }
}

/** The statement that reads a chunk of a plan: key, row and document, after a given place. */
export function scanStatement({ collection, index, isReverse }: Plan): string {
  const [order, beyond, within] = isReverse ? ['DESC', '<', '>='] : ['ASC', '>', '<'];
  const documents = documentsTable(collection);
  if (!index) return `SELECT row, row, document FROM ${documents} WHERE row ${beyond} ? ORDER BY row ${order} LIMIT ?`;
  const [table, key] = keySource(collection, index);
  if (table === documents)
    return `SELECT ${key}, row, document FROM ${documents} WHERE (${key}, row) ${beyond} (?, ?) AND ${key} ${within} ? ORDER BY ${key} ${order} LIMIT ?`;
  return `SELECT i.${key}, i.row, d.document FROM ${table} i CROSS JOIN ${documents} d ON d.row = i.row WHERE (i.${key}, i.row) ${beyond} (?, ?) AND i.${key} ${within} ? ORDER BY i.${key} ${order}, i.row ${order} LIMIT ?`;
}

/** A function that throws code 50 once the time is over; it looks at the clock when called. */
export function createTimeCheck(maxTimeMs: number): () => void {
  if (maxTimeMs <= 0) return () => undefined;
  const end = Date.now() + maxTimeMs;
  return () => {
    if (Date.now() > end) throw new DatabaseError(50, 'operation exceeded time limit');
  };
}
