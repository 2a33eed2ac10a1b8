import { encode } from './bson-document.ts';
import { catalogReadCommands, catalogWriteCommands } from './catalog-command.ts';
import { type Command, type CommandContext, type CommandDefinition, checkFields, numberField } from './command.ts';
import { cursorCommands } from './cursor-command.ts';
import { DatabaseError } from './errors.ts';
import { explainCommand } from './explain-command.ts';
import { handshakeCommands } from './handshake-command.ts';
import { readCommands } from './read-command.ts';
import { createTimeCheck } from './scan.ts';
import { writeCommands } from './write-command.ts';

/** What a command needs: little, documents to read, the cursors of the reader's thread, or a transaction to write. */
export type CommandKind = 'quick' | 'read' | 'cursor' | 'write';

const tables: readonly (readonly [CommandKind, Readonly<Record<string, CommandDefinition>>])[] = [
  ['quick', { ...handshakeCommands, ...catalogReadCommands }],
  ['read', { ...readCommands, explain: explainCommand }],
  ['write', { ...writeCommands, ...catalogWriteCommands }],
  ['cursor', cursorCommands],
];

/** Finds a command in the allow-list. Throws code 59 for one that is not there, 20 and 40415 for what it may not say. */
export function findCommand(command: Command): { kind: CommandKind; definition: CommandDefinition } {
  for (const [kind, definitions] of tables) {
    const definition = Object.hasOwn(definitions, command.name) ? definitions[command.name] : undefined;
    if (!definition) continue;
    checkFields(command, definition);
    return { kind, definition };
  }
  throw new DatabaseError(59, `no such command: '${command.name}'`);
}

/**
 * Runs a command and encodes its reply. `checkBudget` is called as often as the clock is looked at. Both hold for the command, not for a
 * cursor that it leaves behind.
 */
export function runCommand(
  command: Command,
  definition: CommandDefinition,
  context: Omit<CommandContext, 'checkTime'>,
  checkBudget: () => void = () => undefined,
): Buffer {
  const checkClock = createTimeCheck(numberField(command.fields, 'maxTimeMS') ?? 0);
  let isRunning = true;
  const checkTime = () => {
    if (!isRunning) return;
    checkClock();
    checkBudget();
  };
  try {
    const reply = definition.run(command, { ...context, checkTime });
    return Buffer.isBuffer(reply) ? reply : encode(reply);
  } finally {
    isRunning = false;
  }
}
