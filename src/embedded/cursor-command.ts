import { Long } from 'bson';
import { type CommandDefinition, namespaceOf, numberField } from './command.ts';
import { DatabaseError } from './errors.ts';

/** The commands on cursors. They run in the reader's thread, which keeps all that outlive their first batch. */
export const cursorCommands: Readonly<Record<string, CommandDefinition>> = {
  getMore: {
    fields: ['collection', 'batchSize'],
    run: ({ fields, database }, { cursors }) => {
      const namespace = `${database}.${String(fields.collection)}`;
      return cursors.more(cursorId(fields.getMore), namespace, numberField(fields, 'batchSize') ?? 0);
    },
  },
  killCursors: {
    fields: ['cursors'],
    run: (command, { cursors }) => {
      namespaceOf(command);
      const ids = (Array.isArray(command.fields.cursors) ? command.fields.cursors : []).map(cursorId);
      const killed = new Set(ids.filter((id) => cursors.kill(id)));
      const [cursorsKilled, cursorsNotFound] = [true, false].map((was) =>
        ids.filter((id) => killed.has(id) === was).map((id) => Long.fromBigInt(id)),
      );
      return { cursorsKilled, cursorsNotFound, cursorsAlive: [], cursorsUnknown: [], ok: 1 };
    },
  },
};

function cursorId(value: unknown): bigint {
  if (!(value instanceof Long) && typeof value !== 'number')
    throw new DatabaseError(14, 'the id of a cursor must be a long');
  return BigInt(String(value));
}
