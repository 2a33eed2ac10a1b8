import { Long } from 'bson';
import { aggregate } from './aggregate.ts';
import {
  type Command,
  type CommandContext,
  type CommandTable,
  documentField,
  documentsField,
  findCollection,
  namespaceOf,
  numberField,
} from './command.ts';
import { type Document, isDocument, type RawDocument, rootOf, toNumber } from './document.ts';
import { DatabaseError } from './errors.ts';
import { compileFilter } from './matcher.ts';
import { someAtPath } from './path.ts';
import { compilePipeline, type Stage } from './pipeline.ts';
import { compileProjection } from './projection.ts';
import { createReader, planQuery, type Query, type QueryOptions } from './query.ts';
import { compare, keyText } from './value-order.ts';

/** The commands that read. They run in the writer's thread where they are short, else in the reader's. */
export const readCommands: CommandTable = {
  find: {
    fields:
      'find filter sort projection hint skip limit batchSize singleBatch allowDiskUse noCursorTimeout allowPartialResults'.split(
        ' ',
      ),
    run: (command, context) => {
      const { fields } = command;
      const documents = project(planFind(command, context), documentField(fields, 'projection'));
      const isSingleBatch = fields.singleBatch === true || (toNumber(fields.limit) ?? 0) < 0;
      const batchSize = numberField(fields, 'batchSize') ?? 101;
      return context.cursors.open(namespaceOf(command).namespace, documents, batchSize, isSingleBatch);
    },
    plan: planFind,
  },
  aggregate: {
    fields: ['aggregate', 'pipeline', 'cursor', 'hint', 'allowDiskUse', 'bypassDocumentValidation', 'explain'],
    run: (command, context) => {
      if (!isDocument(command.fields.cursor)) throw new DatabaseError(9, `The 'cursor' option is required`);
      const batchSize = numberField(command.fields.cursor, 'batchSize') ?? 101;
      const { query, stages } = planAggregate(command, context);
      return context.cursors.open(
        namespaceOf(command).namespace,
        aggregate(query, stages, context.checkTime),
        batchSize,
      );
    },
    plan: (command, context) => planAggregate(command, context).query,
  },
  count: {
    fields: ['count', 'query', 'limit', 'skip', 'hint'],
    run: (command, context) => ({ n: planCount(command, context)?.count() ?? 0, ok: 1 }),
    plan: planCount,
  },
  distinct: {
    fields: ['distinct', 'key', 'query', 'hint'],
    run: (command, context) => {
      const path = String(command.fields.key);
      const values = new Map<string, unknown>();
      const read = createReader(new Set([rootOf(path)]));
      for (const { raw } of planCount(command, context)?.rows() ?? []) {
        someAtPath(read(raw), path.split('.'), 0, false, (value) => {
          const found = (Array.isArray(value) ? value : [value]).filter((item) => item !== undefined);
          for (const item of found) values.set(keyText(item), item);
          return false;
        });
      }
      return { values: [...values.values()].sort(compare), ok: 1 };
    },
    plan: planCount,
  },
};

/** The commands on cursors. They run in the reader's thread, which keeps all that outlive their first batch. */
export const cursorCommands: CommandTable = {
  getMore: {
    fields: ['getMore', 'collection', 'batchSize'],
    run: ({ fields, database }, { cursors }) =>
      cursors.more(cursorId(fields.getMore), `${database}.${fields.collection}`, numberField(fields, 'batchSize') ?? 0),
  },
  killCursors: {
    fields: ['killCursors', 'cursors'],
    run: ({ fields }, { cursors }) => {
      const ids = (Array.isArray(fields.cursors) ? fields.cursors : []).map(cursorId);
      const killed = new Set(ids.filter((id) => cursors.kill(id)));
      const longs = (wasThere: boolean) =>
        ids.filter((id) => killed.has(id) === wasThere).map((id) => Long.fromBigInt(id));
      return { cursorsKilled: longs(true), cursorsNotFound: longs(false), cursorsAlive: [], cursorsUnknown: [], ok: 1 };
    },
  },
};

function cursorId(value: unknown): bigint {
  if (value instanceof Long || toNumber(value) !== undefined) return BigInt(String(value));
  throw new DatabaseError(14, 'the id of a cursor must be a long');
}

/** Plans a query; undefined where the collection does not exist. A filter that is wrong is wrong then too. */
export function planCommand(command: Command, { storage, checkTime }: CommandContext, options: QueryOptions) {
  const collection = findCollection(command, storage);
  compileFilter(options.filter);
  const { hint } = options;
  const given = isDocument(hint) && Object.keys(hint).length === 0 ? undefined : hint;
  return collection && planQuery(storage, collection, { ...options, hint: given, checkTime });
}

function windowOf(fields: Document) {
  return { skip: numberField(fields, 'skip') ?? 0, limit: Math.abs(toNumber(fields.limit) ?? 0), hint: fields.hint };
}

function planFind(command: Command, context: CommandContext): Query | undefined {
  const { fields } = command;
  const [filter, sort] = [documentField(fields, 'filter'), documentField(fields, 'sort')];
  return planCommand(command, context, { ...windowOf(fields), filter, sort });
}

function planCount(command: Command, context: CommandContext): Query | undefined {
  return planCommand(command, context, { ...windowOf(command.fields), filter: documentField(command.fields, 'query') });
}

/** The query that an aggregation starts with (its first stages, where an index can do them) and the stages that are left. */
function planAggregate(command: Command, context: CommandContext): { query: Query | undefined; stages: Stage[] } {
  const pipeline = documentsField(command.fields, 'pipeline');
  const stages = compilePipeline(pipeline);
  const take = (name: string) => {
    const [first] = pipeline;
    if (!first || !(name in first)) return undefined;
    stages.shift();
    return pipeline.shift()?.[name];
  };
  const matches: Document[] = [];
  for (let match = take('$match'); isDocument(match); match = take('$match')) matches.push(match);
  const filter = matches.length > 1 ? { $and: matches } : (matches[0] ?? {});
  const sort = take('$sort');
  const [skip, limit] = [toNumber(take('$skip')) ?? 0, toNumber(take('$limit')) ?? 0];
  const options = { filter, sort: isDocument(sort) ? sort : {}, skip, limit, hint: command.fields.hint };
  return { query: planCommand(command, context, options), stages };
}

function* project(query: Query | undefined, specification: Document): Generator<RawDocument> {
  const isEmpty = Object.keys(specification).length === 0;
  const { applyRaw } = compileProjection(specification);
  for (const { raw } of query?.rows() ?? []) yield isEmpty ? raw : applyRaw(raw);
}
