import type { CheckTime } from './check-time.ts';
import { type Document, encode, type RawDocument, rootOf } from './document.ts';
import type { Counting } from './group.ts';
import { valueAtPath } from './path.ts';
import { fieldsOfPipeline, makeFacetStage, runPipeline, type Stage } from './pipeline.ts';
import { createReader, type Query } from './query.ts';
import { encodeKey, keyText } from './value-order.ts';

/** Runs the stages over what a query finds: from an index alone where one knows enough, else from the documents. */
export function* aggregate(
  query: Query | undefined,
  stages: readonly Stage[],
  checkTime: CheckTime,
): Generator<RawDocument> {
  if (stages.length === 0) for (const { raw } of query?.rows() ?? []) yield raw;
  else for (const document of compute(query, stages, checkTime)) yield encode(document);
}

function compute(query: Query | undefined, stages: readonly Stage[], checkTime: CheckTime): Iterable<Document> {
  if (!query) return runPipeline([], stages, checkTime);
  const [first, ...others] = stages;
  if (first?.facets) return runPipeline(computeFacets(query, first.facets, checkTime), others, checkTime);
  return countByIndex(query, stages, checkTime) ?? runPipeline(read(query, stages), stages, checkTime);
}

/** What no index knows is computed from the documents, which are read once for all such facets. */
function* computeFacets(query: Query, facets: NonNullable<Stage['facets']>, checkTime: CheckTime): Generator<Document> {
  const counted = new Map(facets.map(({ name, stages }) => [name, countByIndex(query, stages, checkTime)]));
  const rest = facets.filter(({ name }) => !counted.get(name));
  const stage = makeFacetStage(rest);
  const [computed = {}] = rest.length > 0 ? stage.run(read(query, [stage]), checkTime) : [];
  const results = facets.map(({ name }) => {
    const found = counted.get(name);
    return [name, found ? [...found] : computed[name]];
  });
  yield Object.fromEntries(results);
}

function* read(query: Query, stages: readonly Stage[]): Generator<Document> {
  const decode = createReader(fieldsOfPipeline(stages));
  for (const { raw } of query.rows()) yield decode(raw);
}

/** The result of stages that count documents, or values at one path; undefined where no index can tell. */
function countByIndex(query: Query, stages: readonly Stage[], checkTime: CheckTime): Iterable<Document> | undefined {
  const [first, ...others] = stages;
  if (first?.filter) return countByIndex(query.narrow(first.filter), others, checkTime);
  const [stage, ...rest] = first?.unwound ? others : stages;
  if (!stage?.counting) return undefined;
  const unwind = first?.unwound ? first : undefined;
  const groups =
    stage.counting.path === undefined
      ? countAll(query, unwind, stage.counting)
      : countValues(query, unwind, stage.counting, stage.counting.path);
  return groups && runPipeline(groups, rest, checkTime);
}

function countAll(query: Query, unwind: Stage | undefined, { idOf, resultOf }: Counting): Document[] | undefined {
  if (unwind || !query.plan.isExact) return undefined;
  const count = query.count();
  return count > 0 ? [resultOf(idOf({}), count)] : [];
}

function countValues(
  query: Query,
  unwind: Stage | undefined,
  { unitMs, idOf, resultOf }: Counting,
  path: string,
): Document[] | undefined {
  if (unwind && unwind.unwound?.path !== path) return undefined;
  const found = query.groups(path, unwind !== undefined, unitMs);
  // A null in an array has the key of what is missing, and only one of them is dropped.
  if (!found || (unwind?.unwound?.keepsEmpty === false && found.some(({ key }) => nullKey.equals(key))))
    return undefined;

  const decode = createReader(new Set([rootOf(path)]));
  const groups = new Map<string, { id: unknown; count: number }>();
  for (const { raw, key, count } of found) {
    const documents = raw ? [decode(raw)] : [];
    const unwound = unwind ? [...unwind.run(documents, () => undefined)] : documents;
    // Of an array, the element that was counted; what is no array, or an empty one, is one document or none.
    const isCounted = (one: Document) =>
      unwound.length === 1 || encodeKey(valueAtPath(one, path.split('.'))).equals(key);
    const document = unwound.find(isCounted);
    if (!document) continue;
    const id = idOf(document);
    // Keys may differ where groups do not: an empty array that was unwound is as nothing at all.
    groups.set(keyText(id), { id, count: count + (groups.get(keyText(id))?.count ?? 0) });
  }
  return Array.from(groups.values(), ({ id, count }) => resultOf(id, count));
}

const nullKey = encodeKey(null);
