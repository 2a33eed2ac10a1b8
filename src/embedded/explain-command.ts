import { type CommandDefinition, type CommandTable, checkFields, documentField, namespaceOf } from './command.ts';
import type { Document } from './document.ts';
import { DatabaseError } from './errors.ts';
import { explainPlan } from './plan.ts';
import type { Query } from './query.ts';
import type { Storage } from './storage.ts';

/** `explain`: how a command would be done, read off SQLite's own plan, and what doing it took. Writes are not done. */
export function createExplainCommand(commands: CommandTable): CommandDefinition {
  return {
    fields: ['explain', 'verbosity'],
    run: ({ fields, database }, context) => {
      const inner = documentField(fields, 'explain');
      const command = { name: Object.keys(inner)[0] ?? '', database, fields: inner };
      const definition = Object.hasOwn(commands, command.name) ? commands[command.name] : undefined;
      if (!definition?.plan) throw new DatabaseError(59, `Explain failed due to unknown command: ${command.name}`);
      checkFields(command.name, inner, definition.fields ?? []);
      const query = definition.plan(command, context);
      const winningPlan = query ? describe(query, context.storage) : { stage: 'EOF' };
      const queryPlanner = { namespace: namespaceOf(command).namespace, winningPlan, rejectedPlans: [] };
      if (fields.verbosity === 'queryPlanner') return { explainVersion: '1', queryPlanner, command: inner, ok: 1 };
      const start = performance.now();
      const nReturned = command.name === 'count' ? query?.count() : query?.rows().reduce((sum) => sum + 1, 0);
      const executionStats = {
        executionSuccess: true,
        nReturned: nReturned ?? 0,
        executionTimeMillis: Math.round(performance.now() - start),
        totalKeysExamined: query?.statistics.keys ?? 0,
        totalDocsExamined: query?.statistics.documents ?? 0,
      };
      return { explainVersion: '1', queryPlanner, executionStats, command: inner, ok: 1 };
    },
  };
}

/** The plan in MongoDB's shape. */
function describe({ plan }: Query, storage: Storage): Document {
  const { index } = plan;
  const sqlite = explainPlan(storage, plan);
  const scan = index
    ? {
        stage: 'IXSCAN',
        keyPattern: index.specification.key,
        indexName: index.name,
        isMultiKey: index.multikey !== 0,
        sqlite,
      }
    : { stage: 'COLLSCAN', sqlite };
  const fetch = index ? { stage: 'FETCH', inputStage: scan } : scan;
  return plan.isSorted ? fetch : { stage: 'SORT', inputStage: fetch };
}
