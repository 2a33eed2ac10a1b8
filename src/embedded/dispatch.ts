import { catalogReadCommands, catalogWriteCommands } from './catalog-command.ts';
import type { CheckTime } from './check-time.ts';
import { type Command, type CommandContext, type CommandDefinition, checkFields, numberField } from './command.ts';
import { encode } from './document.ts';
import { DatabaseError } from './errors.ts';
import { createExplainCommand } from './explain-command.ts';
import { handshakeCommands } from './handshake-command.ts';
import { cursorCommands, readCommands } from './read-command.ts';
import { writeCommands } from './write-command.ts';

/** Where a command runs: on a cursor of the reader's thread, in a transaction of the writer's, or in either. */
export type CommandKind = 'read' | 'write' | 'cursor';

const explain = createExplainCommand({ ...readCommands, ...writeCommands });
const tables = [
  ['read', { ...handshakeCommands, ...catalogReadCommands, ...readCommands, explain }],
  ['write', { ...writeCommands, ...catalogWriteCommands }],
  ['cursor', cursorCommands],
] as const;

/** Finds a command in the allow-list. Throws code 59 for one that is not there, and those of `checkFields`. */
export function findCommand({ name, fields }: Command): { kind: CommandKind; definition: CommandDefinition } {
  for (const [kind, table] of tables) {
    const definitions: Readonly<Record<string, CommandDefinition>> = table;
    const definition = Object.hasOwn(definitions, name) ? definitions[name] : undefined;
    if (!definition) continue;
    if (definition.fields) checkFields(name, fields, definition.fields);
    return { kind, definition };
  }
  throw new DatabaseError(59, `no such command: '${name}'`);
}

/**
 * Runs a command within its `maxTimeMS` and encodes its reply. `checkBudget` is called as often as the clock is looked at.
 * Both hold for the command, not for a cursor that it leaves behind.
 */
export function runCommand(
  command: Command,
  { run }: CommandDefinition,
  context: Omit<CommandContext, 'checkTime'>,
  checkBudget: CheckTime = () => undefined,
): Buffer {
  const end = performance.now() + (numberField(command.fields, 'maxTimeMS') || Number.POSITIVE_INFINITY);
  let isRunning = true;
  const checkTime = (keys?: number) => {
    if (!isRunning) return;
    if (performance.now() > end) throw new DatabaseError(50, 'operation exceeded time limit');
    checkBudget(keys);
  };
  try {
    const reply = run(command, { ...context, checkTime });
    return Buffer.isBuffer(reply) ? reply : encode(reply);
  } finally {
    isRunning = false;
  }
}
