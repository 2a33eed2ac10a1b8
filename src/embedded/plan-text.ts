import { documentsTable } from './catalog.ts';
import { keySource, type Plan } from './plan.ts';
import { scanStatement } from './scan.ts';
import type { Storage } from './storage.ts';

/** What SQLite says of the statement that a plan reads with: whether it searches the index, and its own words. */
export function explainScan(storage: Storage, plan: Plan): { usesIndex: boolean; detail: string } {
  const steps = storage.prepare(`EXPLAIN QUERY PLAN ${scanStatement(plan)}`).all() as unknown as (readonly [
    number,
    number,
    number,
    string,
  ])[];
  const detail = steps.map(([, , , text]) => text).join('; ');
  const [table] = plan.index ? keySource(plan.collection, plan.index) : [documentsTable(plan.collection)];
  const isSearch = steps.some(([, , , text]) =>
    new RegExp(`^SEARCH (i|${table}) USING (COVERING )?(PRIMARY KEY|INDEX)`).test(text),
  );
  return { usesIndex: isSearch && !steps.some(([, , , text]) => text.includes('TEMP B-TREE')), detail };
}
