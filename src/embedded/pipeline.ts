import { type Accumulation, compileAccumulator } from './accumulator.ts';
import { type Document, isDocument, toNumber, toPlain } from './bson-document.ts';
import { DatabaseError } from './errors.ts';
import { compileExpression, fieldsOfExpression } from './expression.ts';
import { keyText } from './key-encoding.ts';
import { compileFilter } from './matcher.ts';
import { valueAtPath } from './path.ts';
import { compileAddFields, compileProjection, setPath } from './projection.ts';
import { compileSort } from './sort.ts';

/** One compiled stage of an aggregation. */
export interface Stage {
  readonly name: string;
  run(documents: Iterable<Document>): Iterable<Document>;
  /** The top-level fields that it reads of its input; null for all. */
  readonly fields: ReadonlySet<string> | null;
  /** Whether nothing of its input but `fields` reaches its output. */
  readonly closes: boolean;
}

/** Compiles the stages. Throws code 40324 for a stage that it does not know. */
export function compilePipeline(stages: readonly unknown[]): Stage[] {
  return stages.map((stage) => {
    const [name, ...others] = isDocument(stage) ? Object.keys(stage) : [];
    if (!isDocument(stage) || name === undefined || others.length > 0)
      throw new DatabaseError(40323, 'A pipeline stage specification object must contain exactly one field.');
    return { name, ...compileStage(name, stage[name]) };
  });
}

/** The top-level fields that a pipeline reads of the documents it starts with; null for all. */
export function fieldsOfPipeline(stages: readonly Stage[]): ReadonlySet<string> | null {
  const fields = new Set<string>();
  for (const stage of stages) {
    if (!stage.fields) return null;
    for (const name of stage.fields) fields.add(name);
    if (stage.closes) return fields;
  }
  return null;
}

/** Runs documents through the stages, one by one where the stages allow it. */
export function runPipeline(documents: Iterable<Document>, stages: readonly Stage[]): Iterable<Document> {
  return stages.reduce((input, stage) => stage.run(input), documents);
}

const none: ReadonlySet<string> = new Set();

function compileStage(name: string, operand: unknown): Omit<Stage, 'name'> {
  switch (name) {
    case '$match': {
      const { matches, fields } = compileFilter(requireDocument(name, operand, 15959));
      return { run: (documents) => filter(documents, matches), fields, closes: false };
    }
    case '$project': {
      const specification = requireDocument(name, operand, 15969);
      if (Object.keys(specification).length === 0)
        throw new DatabaseError(
          51272,
          'Invalid $project :: caused by :: projection specification must have at least one field',
        );
      const { apply, fields } = compileProjection(specification);
      return {
        run: (documents) => map(documents, apply),
        fields: fields ?? (isExclusion(specification) ? none : null),
        closes: fields !== null,
      };
    }
    case '$set':
    case '$addFields': {
      const { apply, fields } = compileAddFields(requireDocument(name, operand, 40272));
      return { run: (documents) => map(documents, apply), fields, closes: false };
    }
    case '$unset': {
      const paths = (Array.isArray(operand) ? operand : [operand]).map(String);
      const { apply } = compileProjection(Object.fromEntries(paths.map((path) => [path, 0])));
      return { run: (documents) => map(documents, apply), fields: none, closes: false };
    }
    case '$replaceRoot':
    case '$replaceWith': {
      const expression = name === '$replaceWith' ? operand : requireDocument(name, operand, 40229).newRoot;
      const evaluate = compileExpression(expression);
      const replace = (document: Document) => {
        const root = evaluate(document);
        if (!isDocument(root))
          throw new DatabaseError(
            40228,
            `PlanExecutor error during aggregation :: caused by :: 'newRoot' expression must evaluate to an object, but resulting value was: ${String(root)}`,
          );
        return root;
      };
      return {
        run: (documents) => map(documents, replace),
        fields: fieldsOfExpression(toPlain(expression)),
        closes: true,
      };
    }
    case '$sort': {
      const sort = compileSort(requireDocument(name, operand, 15973));
      const run = (documents: Iterable<Document>) =>
        Array.from(documents, (document) => ({ key: sort.keyOf(document), document }))
          .sort((a, b) => Buffer.compare(a.key, b.key))
          .map(({ document }) => document);
      return { run: (documents) => lazily(() => run(documents)), fields: sort.roots, closes: false };
    }
    case '$limit': {
      const limit = requireCount(name, operand, 1);
      return { run: (documents) => slice(documents, 0, limit), fields: none, closes: false };
    }
    case '$skip': {
      const skip = requireCount(name, operand, 0);
      return { run: (documents) => slice(documents, skip, Number.POSITIVE_INFINITY), fields: none, closes: false };
    }
    case '$count': {
      if (typeof operand !== 'string' || operand === '' || operand.startsWith('$') || operand.includes('.'))
        throw new DatabaseError(40156, `the count field must be a non-empty string without '$' and '.'`);
      return {
        run: (documents) =>
          lazily(() => {
            let count = 0;
            for (const _ of documents) count += 1;
            return count === 0 ? [] : [{ [operand]: count }];
          }),
        fields: none,
        closes: true,
      };
    }
    case '$unwind':
      return compileUnwind(operand);
    case '$group':
      return compileGroup(requireDocument(name, operand, 15947));
    case '$sortByCount': {
      const [group, sort] = compilePipeline([
        { $group: { _id: operand, count: { $sum: 1 } } },
        { $sort: { count: -1 } },
      ]);
      return {
        run: (documents) => sort?.run(group?.run(documents) ?? []) ?? [],
        fields: group?.fields ?? null,
        closes: true,
      };
    }
    case '$facet':
      return compileFacet(requireDocument(name, operand, 40169));
    default:
      throw new DatabaseError(40324, `Unrecognized pipeline stage name: '${name}'`);
  }
}

function requireDocument(name: string, operand: unknown, code: number): Document {
  if (!isDocument(operand)) throw new DatabaseError(code, `the ${name} stage specification must be an object`);
  return operand;
}

function requireCount(name: string, operand: unknown, least: number): number {
  const count = toNumber(operand);
  if (count === undefined || !Number.isInteger(count) || count < least)
    throw new DatabaseError(
      5107201,
      `invalid argument to ${name} stage: Expected ${least === 0 ? 'a non-negative' : 'a positive'} number in: ${name}: ${String(operand)}`,
    );
  return count;
}

function isExclusion(specification: Document): boolean {
  return Object.values(specification).every((value) => value === false || toNumber(value) === 0);
}

function* lazily(make: () => Iterable<Document>): Generator<Document> {
  yield* make();
}

function* filter(documents: Iterable<Document>, matches: (document: Document) => boolean): Generator<Document> {
  for (const document of documents) if (matches(document)) yield document;
}

function* map(documents: Iterable<Document>, apply: (document: Document) => Document): Generator<Document> {
  for (const document of documents) yield apply(document);
}

function* slice(documents: Iterable<Document>, start: number, count: number): Generator<Document> {
  let index = 0;
  for (const document of documents) {
    if (index >= start) yield document;
    index += 1;
    if (index >= start + count) return;
  }
}

function compileUnwind(operand: unknown): Omit<Stage, 'name'> {
  const specification = isDocument(operand) ? operand : { path: operand };
  const { path, includeArrayIndex, preserveNullAndEmptyArrays } = specification;
  if (typeof path !== 'string' || !path.startsWith('$'))
    throw new DatabaseError(28818, `path option to $unwind stage should be prefixed with a '$': ${String(path)}`);
  const parts = path.slice(1).split('.');
  const [name = ''] = parts;
  const put = (document: Document, value: unknown, index: number | null) => {
    const result =
      parts.length === 1 && value !== undefined ? { ...document, [name]: value } : setPath(document, parts, value);
    return typeof includeArrayIndex === 'string' ? setPath(result, includeArrayIndex.split('.'), index) : result;
  };
  function* run(documents: Iterable<Document>): Generator<Document> {
    for (const document of documents) {
      const value = valueAtPath(document, parts);
      if (Array.isArray(value) && value.length > 0)
        for (const [index, item] of value.entries()) yield put(document, item, index);
      else if (!Array.isArray(value) && value !== null && value !== undefined) yield put(document, value, null);
      else if (preserveNullAndEmptyArrays === true)
        yield Array.isArray(value) ? put(document, undefined, null) : put(document, value, null);
    }
  }
  return { run, fields: new Set([name]), closes: false };
}

function compileGroup(specification: Document): Omit<Stage, 'name'> {
  if (!('_id' in specification)) throw new DatabaseError(15955, 'a group specification must include an _id');
  const idOf = compileExpression(specification._id);
  const accumulators = Object.entries(specification)
    .filter(([name]) => name !== '_id')
    .map(([name, accumulator]) => {
      const [operator, ...others] = isDocument(accumulator) ? Object.keys(accumulator) : [];
      if (!isDocument(accumulator) || operator === undefined || !operator.startsWith('$'))
        throw new DatabaseError(40234, `The field '${name}' must be an accumulator object`);
      if (others.length > 0) throw new DatabaseError(40238, `The field '${name}' must specify one accumulator`);
      if (name.includes('.')) throw new DatabaseError(40235, `The field name '${name}' cannot contain '.'`);
      return { name, create: compileAccumulator(operator, accumulator[operator]) };
    });
  const run = (documents: Iterable<Document>) => {
    const groups: { id: unknown; states: Accumulation[] }[] = [];
    // Strings are keys as they are; of all else the encoding is, which is equal where the values are.
    const [byText, byKey] = [new Map<string, Accumulation[]>(), new Map<string, Accumulation[]>()];
    for (const document of documents) {
      const id = idOf(document) ?? null;
      const known = typeof id === 'string' ? byText : byKey;
      const key = typeof id === 'string' ? id : keyText(id);
      let states = known.get(key);
      if (!states) {
        states = accumulators.map(({ create }) => create());
        known.set(key, states);
        groups.push({ id, states });
      }
      for (const state of states) state.add(document);
    }
    return groups.map(({ id, states }) => {
      const result: Document = { _id: id };
      for (const [index, { name }] of accumulators.entries()) result[name] = states[index]?.result() ?? null;
      return result;
    });
  };
  return {
    run: (documents) => lazily(() => run(documents)),
    fields: fieldsOfExpression(toPlain(specification)),
    closes: true,
  };
}

function compileFacet(specification: Document): Omit<Stage, 'name'> {
  const facets = Object.entries(specification).map(([name, stages]) => {
    if (!Array.isArray(stages)) throw new DatabaseError(40170, `arguments to $facet must be arrays, ${name} is not`);
    for (const stage of stages)
      if (isDocument(stage) && '$facet' in stage)
        throw new DatabaseError(40600, '$facet is not allowed to be used within a $facet stage');
    return { name, stages: compilePipeline(stages) };
  });
  const read = facets.map(({ stages }) => fieldsOfPipeline(stages));
  const fields = read.every((names) => names !== null) ? new Set(read.flatMap((names) => [...(names ?? [])])) : null;
  const run = (documents: Iterable<Document>) => {
    // Stages make new documents and leave their input as it was, so the facets can share it.
    const shared = Array.isArray(documents) ? documents : [...documents];
    return [Object.fromEntries(facets.map(({ name, stages }) => [name, [...runPipeline(shared, stages)]]))];
  };
  return { run: (documents) => lazily(() => run(documents)), fields, closes: true };
}
