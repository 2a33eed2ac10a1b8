import type { Collection } from './catalog.ts';
import type { CheckTime } from './check-time.ts';
import type { Cursors } from './cursor.ts';
import { type Document, isDocument, toNumber } from './document.ts';
import { DatabaseError } from './errors.ts';
import type { Query } from './query.ts';
import type { Storage } from './storage.ts';

/** A command as it came, with exact types. */
export interface Command {
  readonly name: string;
  readonly database: string;
  readonly fields: Document;
}

/** What a command runs with. */
export interface CommandContext {
  readonly storage: Storage;
  readonly cursors: Cursors;
  readonly checkTime: CheckTime;
}

export interface CommandDefinition {
  /** What the command may say; anything else is refused. Undefined: it may say anything, as drivers do when they say hello. */
  readonly fields?: readonly string[];
  /** Answers a document, or its bytes. */
  run(command: Command, context: CommandContext): Document | Buffer;
  /** The query that the command would make: what `explain` shows. Undefined where the collection does not exist. */
  plan?(command: Command, context: CommandContext): Query | undefined;
}

export type CommandTable = Readonly<Record<string, CommandDefinition>>;

const commonFields = new Set(
  '$db lsid $readPreference readConcern writeConcern comment maxTimeMS apiVersion apiStrict apiDeprecationErrors'.split(
    ' ',
  ),
);

/** Throws for a transaction (20), for collation and let (238), and for any field that is not in the allow-list (40415). */
export function checkFields(where: string, fields: Document, allowed: readonly string[]): void {
  if ('startTransaction' in fields || 'txnNumber' in fields || fields.autocommit === false)
    throw new DatabaseError(20, 'Transaction numbers are only allowed on a replica set member or mongos');
  for (const field of Object.keys(fields)) {
    if (commonFields.has(field) || allowed.includes(field)) continue;
    if (['collation', 'let', 'c', 'arrayFilters'].includes(field))
      throw new DatabaseError(238, `'${field}' is not implemented by the embedded database`);
    throw new DatabaseError(40415, `BSON field '${where}.${field}' is an unknown field.`);
  }
}

/** The collection that a command names with its first field. Throws code 73 for a name that cannot be one. */
export function namespaceOf({ database, name: command, fields }: Command): { name: string; namespace: string } {
  const name = fields[command];
  if (typeof name !== 'string') throw new DatabaseError(73, `collection name has invalid type ${typeof name}`);
  const namespace = `${database}.${name}`;
  if (name === '' || /^\.|[\0$]/.test(name) || namespace.length > 255)
    throw new DatabaseError(73, `Invalid namespace specified '${namespace}'`);
  return { name, namespace };
}

export function findCollection(command: Command, { catalog }: Pick<Storage, 'catalog'>): Collection | undefined {
  return catalog.find(command.database, namespaceOf(command).name);
}

/** A document that may be left out: then an empty one. Throws code 14 for anything else. */
export function documentField(fields: Document, name: string): Document {
  const value = fields[name] ?? {};
  if (!isDocument(value)) throw new DatabaseError(14, `BSON field '${name}' is the wrong type, expected type 'object'`);
  return value;
}

/** An optional whole number, not negative. Throws codes 14 and 51024. */
export function numberField(fields: Document, name: string): number | undefined {
  const value = fields[name];
  if (value === undefined || value === null) return undefined;
  const number = toNumber(value);
  if (number === undefined) throw new DatabaseError(14, `BSON field '${name}' is the wrong type, expected a number`);
  if (number < 0 || !Number.isInteger(number))
    throw new DatabaseError(51024, `BSON field '${name}' value must be >= 0, actual value '${number}'`);
  return number;
}

/** An array of documents. Throws codes 40414 and 14. */
export function documentsField(fields: Document, name: string): Document[] {
  const value = fields[name];
  if (value === undefined) throw new DatabaseError(40414, `BSON field '${name}' is missing but a required field`);
  if (!Array.isArray(value) || !value.every(isDocument))
    throw new DatabaseError(14, `BSON field '${name}' is the wrong type, expected an array of objects`);
  return value;
}
