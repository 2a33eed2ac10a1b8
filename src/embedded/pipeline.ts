import type { CheckTime } from './check-time.ts';
import { type Document, isDocument, toNumber } from './document.ts';
import { DatabaseError } from './errors.ts';
import { type Counting, compileGroup } from './group.ts';
import { compileFilter } from './matcher.ts';
import { valueAtPath } from './path.ts';
import { compileProjection } from './projection.ts';
import { compileSort } from './sort.ts';

/** One compiled stage of an aggregation. */
export interface Stage {
  readonly name: string;
  /** Leaves its input as it is: facets share theirs. */
  run(documents: Iterable<Document>, checkTime: CheckTime): Iterable<Document>;
  /** The top-level fields that it reads of its input; null for all. */
  readonly fields: ReadonlySet<string> | null;
  /** Whether nothing of its input but `fields` reaches its output. */
  readonly closes: boolean;
  /** What the stage is, where an index may do it. */
  readonly filter?: Document;
  readonly unwound?: { readonly path: string; readonly keepsEmpty: boolean };
  readonly counting?: Counting | undefined;
  readonly facets?: readonly { readonly name: string; readonly stages: readonly Stage[] }[];
}

/** Compiles the stages. Throws code 40324 for a stage that it does not know. */
export function compilePipeline(stages: readonly unknown[]): Stage[] {
  return stages.map((stage) => {
    const [name, ...others] = isDocument(stage) ? Object.keys(stage) : [];
    if (!isDocument(stage) || name === undefined || others.length > 0)
      throw new DatabaseError(40323, 'A pipeline stage specification object must contain exactly one field.');
    const compile = Object.hasOwn(compilers, name) ? compilers[name] : undefined;
    if (!compile) throw new DatabaseError(40324, `Unrecognized pipeline stage name: '${name}'`);
    return { name, ...compile(stage[name], name) };
  });
}

/** The top-level fields that a pipeline reads of the documents it starts with; null for all. */
export function fieldsOfPipeline(stages: readonly Stage[]): ReadonlySet<string> | null {
  const last = stages.findIndex(({ closes }) => closes);
  const read = stages.slice(0, last + 1).map(({ fields }) => fields);
  if (last === -1 || read.includes(null)) return null;
  return new Set(read.flatMap((names) => [...(names ?? [])]));
}

/** Runs documents through the stages, one by one where the stages allow it. */
export function runPipeline(
  documents: Iterable<Document>,
  stages: readonly Stage[],
  checkTime: CheckTime,
): Iterable<Document> {
  return stages.reduce((input, stage) => timed(stage.run(input, checkTime), checkTime), documents);
}

function* timed(documents: Iterable<Document>, checkTime: CheckTime): Generator<Document> {
  let count = 0;
  for (const document of documents) {
    if (++count % 256 === 0) checkTime();
    yield document;
  }
}

const none: ReadonlySet<string> = new Set();

const compilers: Readonly<Record<string, (operand: unknown, name: string) => Omit<Stage, 'name'>>> = {
  $match: (operand) => {
    const filter = requireDocument('$match', operand, 15959);
    const { matches, fields } = compileFilter(filter);
    return { run: (documents) => Iterator.from(documents).filter(matches), fields, closes: false, filter };
  },
  $project: (operand) => {
    const specification = requireDocument('$project', operand, 15969);
    if (Object.keys(specification).length === 0)
      throw new DatabaseError(51272, 'projection specification must have at least one field');
    const { apply, fields } = compileProjection(specification);
    return { run: (documents) => Iterator.from(documents).map(apply), fields, closes: fields !== null };
  },
  $sort: (operand) => {
    const { keyOf, roots } = compileSort(requireDocument('$sort', operand, 15973));
    const run = function* (documents: Iterable<Document>) {
      const keyed = Array.from(documents, (document) => ({ key: keyOf(document), document }));
      for (const { document } of keyed.sort((a, b) => Buffer.compare(a.key, b.key))) yield document;
    };
    return { run, fields: roots, closes: false };
  },
  $limit: (operand) => {
    const limit = requireCount('$limit', operand, 1);
    return { run: (documents) => Iterator.from(documents).take(limit), fields: none, closes: false };
  },
  $skip: (operand) => {
    const skip = requireCount('$skip', operand, 0);
    return { run: (documents) => Iterator.from(documents).drop(skip), fields: none, closes: false };
  },
  $count: (operand) => {
    if (typeof operand !== 'string' || operand === '' || operand.startsWith('$') || operand.includes('.'))
      throw new DatabaseError(40156, `the count field must be a non-empty string without '$' and '.'`);
    const run = function* (documents: Iterable<Document>) {
      const count = Iterator.from(documents).reduce((sum) => sum + 1, 0);
      if (count > 0) yield { [operand]: count };
    };
    const counting: Counting = { path: undefined, idOf: () => null, resultOf: (_, count) => ({ [operand]: count }) };
    return { run, fields: none, closes: true, counting };
  },
  $unwind: compileUnwind,
  $group: (operand) => {
    const { run, fields, counting } = compileGroup(requireDocument('$group', operand, 15947));
    return { run: (documents) => lazily(() => run(documents)), fields, closes: true, counting };
  },
  $facet: compileFacet,
};

function* lazily(make: () => Iterable<Document>): Generator<Document> {
  yield* make();
}

function requireDocument(name: string, operand: unknown, code: number): Document {
  if (!isDocument(operand)) throw new DatabaseError(code, `the ${name} stage specification must be an object`);
  return operand;
}

function requireCount(name: string, operand: unknown, least: number): number {
  const count = toNumber(operand);
  if (count === undefined || !Number.isInteger(count) || count < least)
    throw new DatabaseError(5107201, `invalid argument to ${name} stage: Expected a number >= ${least} in: ${operand}`);
  return count;
}

function compileUnwind(operand: unknown): Omit<Stage, 'name'> {
  const { path, preserveNullAndEmptyArrays, ...others } = isDocument(operand) ? operand : { path: operand };
  if (typeof path !== 'string' || !path.startsWith('$'))
    throw new DatabaseError(28818, `path option to $unwind stage should be prefixed with a '$': ${path}`);
  const name = path.slice(1);
  if (Object.keys(others).length > 0 || name.includes('.'))
    throw new DatabaseError(28811, 'the embedded database unwinds top-level fields, without includeArrayIndex');
  const keepsEmpty = preserveNullAndEmptyArrays === true;
  function* run(documents: Iterable<Document>): Generator<Document> {
    for (const document of documents) {
      const value = valueAtPath(document, [name]);
      if (Array.isArray(value)) for (const item of value) yield { ...document, [name]: item };
      const isEmpty = value === undefined || value === null || (Array.isArray(value) && value.length === 0);
      if (isEmpty ? keepsEmpty : !Array.isArray(value)) {
        const { [name]: _, ...rest } = document;
        yield Array.isArray(value) ? rest : document;
      }
    }
  }
  return { run, fields: new Set([name]), closes: false, unwound: { path: name, keepsEmpty } };
}

function compileFacet(operand: unknown): Omit<Stage, 'name'> {
  const facets = Object.entries(requireDocument('$facet', operand, 40169)).map(([name, stages]) => {
    if (!Array.isArray(stages)) throw new DatabaseError(40170, `arguments to $facet must be arrays, ${name} is not`);
    if (stages.some((stage) => isDocument(stage) && '$facet' in stage))
      throw new DatabaseError(40600, '$facet is not allowed to be used within a $facet stage');
    return { name, stages: compilePipeline(stages) };
  });
  return makeFacetStage(facets);
}

/** `$facet` of compiled pipelines. */
export function makeFacetStage(facets: NonNullable<Stage['facets']>): Stage {
  const read = facets.map(({ stages }) => fieldsOfPipeline(stages));
  const fields = read.every((names) => names !== null) ? new Set(read.flatMap((names) => [...names])) : null;
  const run = function* (documents: Iterable<Document>, checkTime: CheckTime) {
    const shared = [...documents];
    yield Object.fromEntries(facets.map(({ name, stages }) => [name, [...runPipeline(shared, stages, checkTime)]]));
  };
  return { name: '$facet', run, fields, closes: true, facets };
}
