import {
  createPicker,
  type Document,
  decode,
  decodePlain,
  encode,
  isDocument,
  type RawDocument,
  toNumber,
} from './bson-document.ts';
import {
  type Command,
  type CommandContext,
  type CommandDefinition,
  documentField,
  documentsField,
  findCollection,
  namespaceOf,
  numberField,
} from './command.ts';
import { cursorReply } from './cursor.ts';
import { DatabaseError } from './errors.ts';
import { keyText } from './key-encoding.ts';
import { compileFilter } from './matcher.ts';
import { type MatchDetails, rootOf, someAtPath } from './path.ts';
import { compilePipeline, fieldsOfPipeline, runPipeline, type Stage } from './pipeline.ts';
import { compileProjection } from './projection.ts';
import { planQuery, type Query, reader } from './query.ts';

/** The commands that read. They run in the writer's thread where they are short, else in the reader's. */
export const readCommands: Readonly<Record<string, CommandDefinition>> = {
  find: {
    fields: [
      'filter',
      'sort',
      'projection',
      'hint',
      'skip',
      'limit',
      'batchSize',
      'singleBatch',
      'allowDiskUse',
      'noCursorTimeout',
      'oplogReplay',
      'allowPartialResults',
    ],
    run: (command, context) => {
      const { fields } = command;
      const { namespace } = namespaceOf(command);
      const query = planFind(command, context);
      const projection = documentField(fields, 'projection');
      const documents = query
        ? project(query, documentField(fields, 'filter') ?? {}, projection)
        : [][Symbol.iterator]();
      const limit = toNumber(fields.limit) ?? 0;
      return context.cursors.open(
        namespace,
        documents,
        numberField(fields, 'batchSize') ?? 101,
        fields.singleBatch === true || limit < 0,
      );
    },
  },
  aggregate: {
    fields: ['pipeline', 'cursor', 'hint', 'allowDiskUse', 'bypassDocumentValidation'],
    run: (command, context) => {
      const { fields } = command;
      if (!isDocument(fields.cursor))
        throw new DatabaseError(9, `The 'cursor' option is required, except for aggregate with the explain argument`);
      const batchSize = numberField(fields.cursor, 'batchSize') ?? 101;
      if (fields.aggregate === undefined || toNumber(fields.aggregate) === 1)
        throw new DatabaseError(
          73,
          `{aggregate: 1} is not valid for this pipeline: the embedded database has no stage that starts without a collection`,
        );
      const { namespace } = namespaceOf(command);
      const { query, stages } = planAggregate(command, context);
      return context.cursors.open(namespace, aggregate(query, stages), batchSize);
    },
  },
  count: {
    fields: ['query', 'limit', 'skip', 'hint'],
    run: (command, context) => ({ n: planCount(command, context)?.count() ?? 0, ok: 1 }),
  },
  distinct: {
    fields: ['key', 'query', 'hint'],
    run: (command, context) => {
      const path = String(command.fields.key);
      const collection = findCollection(command, context.storage);
      const values = new Map<string, unknown>();
      const query =
        collection &&
        planQuery(context.storage, collection, { ...filterOf(command, 'query'), checkTime: context.checkTime });
      const pick = createPicker(new Set([rootOf(path)]));
      for (const { raw } of query?.rows() ?? []) {
        someAtPath(decode(pick(raw)), path.split('.'), 0, false, (value) => {
          for (const item of Array.isArray(value) ? value : [value])
            if (item !== undefined) values.set(keyText(item), item);
          return false;
        });
      }
      return { values: [...values.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, value]) => value), ok: 1 };
    },
  },
};

function filterOf(command: Command, name: string): { filter: Document; hint?: unknown } {
  const hint = command.fields.hint;
  return {
    filter: documentField(command.fields, name) ?? {},
    ...(hint === undefined || (isDocument(hint) && Object.keys(hint).length === 0) ? {} : { hint }),
  };
}

/** The query of a `find`; undefined where the collection does not exist. */
export function planFind(command: Command, { storage, checkTime }: CommandContext): Query | undefined {
  const { fields } = command;
  const collection = findCollection(command, storage);
  const options = {
    ...filterOf(command, 'filter'),
    sort: documentField(fields, 'sort') ?? {},
    skip: numberField(fields, 'skip') ?? 0,
    limit: Math.abs(toNumber(fields.limit) ?? 0),
    checkTime,
  };
  const projection = documentField(fields, 'projection');
  if (projection) compileProjection(projection);
  // A filter that is wrong is wrong without a collection too.
  if (!collection) compileFilter(options.filter);
  return collection && planQuery(storage, collection, options);
}

/** The query of a `count`. */
export function planCount(command: Command, { storage, checkTime }: CommandContext): Query | undefined {
  const collection = findCollection(command, storage);
  const { fields } = command;
  const options = {
    ...filterOf(command, 'query'),
    skip: numberField(fields, 'skip') ?? 0,
    limit: Math.abs(toNumber(fields.limit) ?? 0),
    checkTime,
  };
  if (!collection) compileFilter(options.filter);
  return collection && planQuery(storage, collection, options);
}

/** The query that an aggregation starts with (its first stages, where an index can do them) and the stages that are left. */
export function planAggregate(
  command: Command,
  { storage, checkTime }: CommandContext,
): { query: Query | undefined; stages: Stage[] } {
  const collection = findCollection(command, storage);
  const pipeline = documentsField(command.fields, 'pipeline');
  const all = compilePipeline(pipeline);
  let left = 0;
  const matches: Document[] = [];
  const take = (name: string) => (all[left]?.name === name ? pipeline[left++]?.[name] : undefined);
  for (let match = take('$match'); isDocument(match); match = take('$match')) matches.push(match);
  const sort = take('$sort');
  const skip = toNumber(take('$skip')) ?? 0;
  const limit = toNumber(take('$limit')) ?? 0;
  const [only] = matches;
  const options = {
    ...filterOf(command, ''),
    filter: matches.length === 1 && only ? only : matches.length > 0 ? { $and: matches } : {},
    ...(isDocument(sort) ? { sort } : {}),
    skip,
    limit,
    checkTime,
  };
  return { query: collection && planQuery(storage, collection, options), stages: all.slice(left) };
}

function* aggregate(query: Query | undefined, stages: readonly Stage[]): Generator<RawDocument> {
  if (stages.length === 0) {
    for (const { raw } of query?.rows() ?? []) yield raw;
    return;
  }
  const fields = fieldsOfPipeline(stages);
  // Where nothing of the documents is read they are only counted, from the index if it can.
  const documents =
    fields?.size === 0
      ? blanks(query?.count() ?? 0)
      : decoded(query?.rows() ?? [], reader({ fields, needsExactTypes: false }));
  for (const document of runPipeline(documents, stages)) yield encode(document);
}

function* blanks(count: number): Generator<Document> {
  for (let index = 0; index < count; index += 1) yield {};
}

function* decoded(rows: Iterable<{ raw: RawDocument }>, read: (raw: RawDocument) => Document): Generator<Document> {
  for (const { raw } of rows) yield read(raw);
}

function* project(query: Query, filter: Document, specification: Document | undefined): Generator<RawDocument> {
  if (!specification || Object.keys(specification).length === 0) {
    for (const { raw } of query.rows()) yield raw;
    return;
  }
  const { apply, topLevel } = compileProjection(specification);
  const isPositional = Object.keys(specification).some((path) => path.endsWith('.$'));
  const computes = Object.values(specification).some(
    (value) =>
      typeof value === 'string' ||
      (isDocument(value) &&
        Object.keys(value).some((name) => name.startsWith('$') && name !== '$slice' && name !== '$elemMatch')),
  );
  const matcher = isPositional ? compileFilter(filter) : undefined;
  const pick = topLevel && createPicker(topLevel);
  for (const { raw } of query.rows()) {
    if (pick) {
      yield pick(raw);
      continue;
    }
    const details: MatchDetails = {};
    const document = computes ? decodePlain(raw) : decode(raw);
    if (matcher && (!matcher.matches(document, details) || details.position === undefined))
      throw new DatabaseError(
        51246,
        `Executor error during find command :: caused by :: positional operator '.$' couldn't find a matching element in the array`,
      );
    yield encode(apply(document, details));
  }
}

/** The reply of a command whose cursor holds a few documents that are there already. */
export function cursorOf(namespace: string, documents: readonly Document[]): Buffer {
  return cursorReply('firstBatch', 0n, namespace, documents.map(encode));
}
