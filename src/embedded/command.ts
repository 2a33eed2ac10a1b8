import { type Document, isDocument, type RawDocument, toNumber } from './bson-document.ts';
import type { Collection } from './catalog.ts';
import type { Cursors } from './cursor.ts';
import { DatabaseError } from './errors.ts';
import type { Storage } from './storage.ts';

/** A command as it came: its document with exact types, `documents` of an insert as bytes. */
export interface Command {
  readonly name: string;
  readonly database: string;
  readonly fields: Document;
  readonly documents: readonly RawDocument[];
}

/** What a command runs with. */
export interface CommandContext {
  readonly storage: Storage;
  readonly cursors: Cursors;
  /** Called while documents are read; throws code 50 when the time is over. */
  readonly checkTime: () => void;
}

/** What a command answers: a document, or its bytes. */
export type Reply = Document | Buffer;

export interface CommandDefinition {
  /** What the command may say; anything else is refused. Undefined: it may say anything, as drivers do when they say hello. */
  readonly fields: readonly string[] | undefined;
  run(command: Command, context: CommandContext): Reply;
}

const commonFields = new Set([
  '$db',
  'lsid',
  '$readPreference',
  'readConcern',
  'writeConcern',
  'comment',
  'maxTimeMS',
  '$clusterTime',
  'apiVersion',
  'apiStrict',
  'apiDeprecationErrors',
]);

/** Throws for a transaction (20), a collation (238) and any field that the command does not have (40415). */
export function checkFields({ name, fields }: Command, definition: CommandDefinition): void {
  if ('startTransaction' in fields || 'txnNumber' in fields || fields.autocommit === false)
    throw new DatabaseError(20, 'Transaction numbers are only allowed on a replica set member or mongos');
  if (!definition.fields) return;
  for (const field of Object.keys(fields)) {
    if (field === name || commonFields.has(field) || definition.fields.includes(field)) continue;
    if (field === 'collation') checkCollation(fields[field]);
    else if (field === 'let') {
      if (!isDocument(fields[field]) || Object.keys(fields[field]).length > 0)
        throw new DatabaseError(238, `'let' is not supported by the embedded database`);
    } else throw new DatabaseError(40415, `BSON field '${name}.${field}' is an unknown field.`);
  }
}

/** Throws unless strings are to be compared by their bytes. */
export function checkCollation(collation: unknown): void {
  if (
    collation !== undefined &&
    !(isDocument(collation) && (collation.locale === 'simple' || Object.keys(collation).length === 0))
  )
    throw new DatabaseError(238, 'collation is not supported by the embedded database, but for { locale: "simple" }');
}

/** The collection that a command names with its first field. Throws code 73 for a name that cannot be one. */
export function namespaceOf(command: Command): { database: string; name: string; namespace: string } {
  const name = command.fields[command.name];
  if (typeof name !== 'string') throw new DatabaseError(73, `collection name has invalid type ${typeof name}`);
  if (
    name === '' ||
    name.includes('\0') ||
    name.startsWith('.') ||
    name.includes('$') ||
    `${command.database}.${name}`.length > 255
  )
    throw new DatabaseError(73, `Invalid namespace specified '${command.database}.${name}'`);
  return { database: command.database, name, namespace: `${command.database}.${name}` };
}

export function findCollection(command: Command, storage: Storage): Collection | undefined {
  const { database, name } = namespaceOf(command);
  return storage.catalog.find(database, name);
}

/** An optional document. Throws code 14 for anything else. */
export function documentField(fields: Document, name: string): Document | undefined {
  const value = fields[name];
  if (value === undefined || value === null) return undefined;
  if (!isDocument(value)) throw new DatabaseError(14, `BSON field '${name}' is the wrong type, expected type 'object'`);
  return value;
}

/** An optional whole number, not negative. Throws codes 14 and 2 (51024). */
export function numberField(fields: Document, name: string): number | undefined {
  const value = fields[name];
  if (value === undefined || value === null) return undefined;
  const number = toNumber(value);
  if (number === undefined) throw new DatabaseError(14, `BSON field '${name}' is the wrong type, expected a number`);
  if (number < 0 || !Number.isInteger(number))
    throw new DatabaseError(51024, `BSON field '${name}' value must be >= 0, actual value '${number}'`);
  return number;
}

/** An array of documents; those of a command's further sections too. Throws code 14. */
export function documentsField(fields: Document, name: string): Document[] {
  const value = fields[name];
  if (!Array.isArray(value))
    throw new DatabaseError(
      value === undefined ? 40414 : 14,
      `BSON field '${name}' is missing or the wrong type, expected type 'array'`,
    );
  return value.map((item: unknown) => {
    if (!isDocument(item))
      throw new DatabaseError(14, `BSON field '${name}' has an item of the wrong type, expected type 'object'`);
    return item;
  });
}
