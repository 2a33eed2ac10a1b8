import { catalogReadCommands, catalogWriteCommands } from './catalog-command.ts';
import {
  type Command,
  type CommandContext,
  type CommandDefinition,
  checkFields,
  numberField,
  type Reply,
} from './command.ts';
import { DatabaseError } from './errors.ts';
import { explainCommand } from './explain-command.ts';
import { handshakeCommands } from './handshake-command.ts';
import { readCommands } from './read-command.ts';
import { createTimeCheck } from './scan.ts';
import { writeCommands } from './write-command.ts';

/** What a command needs: nothing, a look at the catalogue, documents to read, or a transaction to write. */
export type CommandKind = 'handshake' | 'catalog' | 'read' | 'write';

const tables: readonly (readonly [CommandKind, Readonly<Record<string, CommandDefinition>>])[] = [
  ['handshake', handshakeCommands],
  ['read', { ...readCommands, explain: explainCommand }],
  ['write', { ...writeCommands, ...catalogWriteCommands }],
  ['catalog', catalogReadCommands],
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
 * Runs a command. `checkBudget` is called as often as the clock is looked at. Both hold for the command, not for a
 * cursor that it leaves behind.
 */
export function runCommand(
  command: Command,
  definition: CommandDefinition,
  context: Omit<CommandContext, 'checkTime'>,
  checkBudget: () => void = () => undefined,
): Reply {
  const checkClock = createTimeCheck(numberField(command.fields, 'maxTimeMS') ?? 0);
  let isRunning = true;
  const checkTime = () => {
    if (!isRunning) return;
    checkClock();
    checkBudget();
  };
  try {
    return definition.run(command, { ...context, checkTime });
  } finally {
    isRunning = false;
  }
}
