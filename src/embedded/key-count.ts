import { type CheckTime, manyKeys } from './check-time.ts';
import type { Covering } from './plan.ts';
import type { Storage } from './storage.ts';
import { encodeKey, readDateKey } from './value-order.ts';

/** Keys that were counted together: how many, one of them, and the row of a document that has it. */
export interface KeyCount {
  readonly key: Uint8Array;
  readonly row: number;
  readonly count: number;
}

/** Counts the keys of an index by value; by spans of time where a unit is given, and then undefined where one is no date. */
export function countKeys(
  storage: Storage,
  covering: Covering,
  checkTime: CheckTime,
  unitMs: number | undefined,
): KeyCount[] | undefined {
  const { table, where, parameters, column } = covering;
  const limited = `SELECT 1 FROM ${table} WHERE ${where} LIMIT ?`;
  checkTime(storage.all<[number]>(`SELECT count(*) FROM (${limited})`, ...parameters, manyKeys)[0]?.[0]);
  if (unitMs !== undefined) return countDates(storage, covering, checkTime, unitMs);
  const sql = `SELECT ${column}, min(row), count(*) FROM ${table} WHERE ${where} GROUP BY ${column}`;
  const counts = storage.all<[key: Uint8Array, row: number, count: number]>(sql, ...parameters);
  return counts.map(([key, row, count]) => ({ key, row, count }));
}

/** Goes from one span that has any to the next, so that the index only counts. */
function countDates(
  storage: Storage,
  { table, where, parameters, column }: Covering,
  checkTime: CheckTime,
  unitMs: number,
): KeyCount[] | undefined {
  const first = `SELECT ${column}, row FROM ${table} WHERE ${where} AND ${column} >= ? ORDER BY ${column} LIMIT 1`;
  const within = `SELECT count(*) FROM ${table} WHERE ${where} AND ${column} >= ? AND ${column} < ?`;
  const counts: KeyCount[] = [];
  for (let low: Uint8Array = Buffer.alloc(0); ; ) {
    checkTime();
    const [found] = storage.all<[key: Uint8Array, row: number]>(first, ...parameters, low);
    if (!found) return counts;
    const [key, row] = found;
    const time = readDateKey(key);
    if (time === undefined) return undefined;
    const end = encodeKey(new Date((Math.floor(time / unitMs) + 1) * unitMs));
    const count = storage.all<[number]>(within, ...parameters, key, end)[0]?.[0] ?? 0;
    counts.push({ key, row, count });
    low = end;
  }
}
