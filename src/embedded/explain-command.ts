import type { Document } from './bson-document.ts';
import { isDocument } from './bson-document.ts';
import {
  type Command,
  type CommandContext,
  type CommandDefinition,
  checkFields,
  documentField,
  findCollection,
  namespaceOf,
} from './command.ts';
import { DatabaseError } from './errors.ts';
import { explainScan } from './plan-text.ts';
import { planQuery, type Query } from './query.ts';
import { planAggregate, planCount, planFind, readCommands } from './read-command.ts';
import { writeCommands } from './write-command.ts';

/** `explain`: how a command would be done, read off SQLite's own plan, and what doing it took. Writes are not done. */
export const explainCommand: CommandDefinition = {
  fields: ['verbosity'],
  run: ({ fields, database }, context) => {
    const inner = documentField(fields, 'explain') ?? {};
    const command: Command = { name: Object.keys(inner)[0] ?? '', database, fields: inner, documents: [] };
    const definition = readCommands[command.name] ?? writeCommands[command.name];
    if (definition) checkFields(command, { ...definition, fields: [...(definition.fields ?? []), 'explain'] });
    const query = planOf(command, context);
    const { namespace } = namespaceOf(command);
    const verbosity = fields.verbosity ?? 'allPlansExecution';
    const winningPlan = query ? describe(query, context) : { stage: 'EOF' };
    const queryPlanner = { namespace, parsedQuery: filterOf(inner), winningPlan, rejectedPlans: [] };
    if (verbosity === 'queryPlanner') return { explainVersion: '1', queryPlanner, command: inner, ok: 1 };
    const start = performance.now();
    let nReturned = 0;
    if (command.name === 'count') {
      query?.count();
      nReturned = 0;
    } else for (const _ of query?.rows() ?? []) nReturned += 1;
    const { keys = 0, documents = 0 } = query?.statistics ?? {};
    const executionStats = {
      executionSuccess: true,
      nReturned,
      executionTimeMillis: Math.round(performance.now() - start),
      totalKeysExamined: keys,
      totalDocsExamined: documents,
      executionStages: { ...winningPlan, nReturned },
    };
    return { explainVersion: '1', queryPlanner, executionStats, command: inner, ok: 1 };
  },
};

function filterOf(command: Document): unknown {
  const [first] = [command.filter, command.query, command.updates, command.deletes, command.pipeline].filter(
    (value) => value !== undefined,
  );
  return isDocument(first) ? first : {};
}

function planOf(command: Command, context: CommandContext): Query | undefined {
  switch (command.name) {
    case 'find':
      return planFind(command, context);
    case 'count':
      return planCount(command, context);
    case 'aggregate':
      return planAggregate(command, context).query;
    case 'distinct':
    case 'findAndModify':
      return planFilter(
        command,
        context,
        command.fields.query,
        command.fields.sort,
        command.name === 'distinct' ? 0 : 1,
      );
    case 'update':
    case 'delete': {
      const statements = command.fields[command.name === 'update' ? 'updates' : 'deletes'];
      const statement: unknown = Array.isArray(statements) ? statements[0] : undefined;
      if (!isDocument(statement)) throw new DatabaseError(9, 'nothing to explain');
      const isOne = command.name === 'update' ? statement.multi !== true : Number(statement.limit) === 1;
      return planFilter(command, context, statement.q, statement.sort, isOne ? 1 : 0);
    }
    default:
      throw new DatabaseError(59, `Explain failed due to unknown command: ${command.name}`);
  }
}

function planFilter(
  command: Command,
  { storage }: CommandContext,
  filter: unknown,
  sort: unknown,
  limit: number,
): Query | undefined {
  const collection = findCollection(command, storage);
  return (
    collection &&
    planQuery(storage, collection, {
      filter: isDocument(filter) ? filter : {},
      limit,
      ...(isDocument(sort) ? { sort } : {}),
    })
  );
}

/** The plan in MongoDB's shape. */
function describe({ plan, isBlocking }: Query, { storage }: CommandContext): Document {
  const { index, isReverse } = plan;
  const direction = isReverse ? 'backward' : 'forward';
  const { usesIndex, detail } = explainScan(storage, plan);
  const scan: Document =
    index && usesIndex
      ? {
          stage: 'FETCH',
          inputStage: {
            stage: 'IXSCAN',
            keyPattern: index.specification.key,
            indexName: index.name,
            isMultiKey: index.multikey !== 0,
            isUnique: index.isUnique,
            isSparse: index.isSparse,
            isPartial: index.partial !== undefined,
            direction,
            sqlite: detail,
          },
        }
      : { stage: 'COLLSCAN', direction, sqlite: detail };
  return isBlocking ? { stage: 'SORT', type: 'simple', inputStage: scan } : scan;
}
