import { documentsTable } from './catalog.ts';
import { keySource, type Plan } from './plan.ts';
import { scanStatement } from './scan.ts';
import type { Storage } from './storage.ts';

/** What SQLite says of the statement that a plan reads with: whether it searches the index, and its own words. */
export function explainScan(storage: Storage, plan: Plan): { usesIndex: boolean; detail: string } {
  const rows = storage.all<[id: number, parent: number, unused: number, detail: string]>(
    `EXPLAIN QUERY PLAN ${scanStatement(plan)}`,
  );
  const steps = rows.map(([, , , detail]) => detail);
  const [table] = plan.index ? keySource(plan.collection, plan.index) : [documentsTable(plan.collection)];
  const search = new RegExp(`^SEARCH (i|${table}) USING (COVERING )?(PRIMARY KEY|INDEX)`);
  const isSorted = !steps.some((step) => step.includes('TEMP B-TREE'));
  return { usesIndex: isSorted && steps.some((step) => search.test(step)), detail: steps.join('; ') };
}
