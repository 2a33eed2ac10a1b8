import {
  checkLimits,
  type Document,
  decode,
  encode,
  isDocument,
  prepareForInsert,
  type RawDocument,
  toNumber,
} from './bson-document.ts';
import type { Collection } from './catalog.ts';
import {
  type Command,
  type CommandContext,
  type CommandDefinition,
  checkCollation,
  documentField,
  documentsField,
  findCollection,
  namespaceOf,
} from './command.ts';
import { DatabaseError, errorReply } from './errors.ts';
import { compileFilter } from './matcher.ts';
import type { MatchDetails } from './path.ts';
import { compileProjection } from './projection.ts';
import { planQuery } from './query.ts';
import type { Row } from './scan.ts';
import type { Storage } from './storage.ts';
import { compileUpdate, makeUpsert, type Update } from './update.ts';

/** The commands that write documents. They run within a transaction; each document is all or nothing. */
export const writeCommands: Readonly<Record<string, CommandDefinition>> = {
  insert: {
    fields: ['documents', 'ordered', 'bypassDocumentValidation'],
    run: (command, { storage }) => {
      if (command.documents.length === 0)
        throw new DatabaseError(2, 'Write batch sizes must be between 1 and 100000. Got 0 operations.');
      const { n, writeErrors } = runStatements(command, command.documents, (raw) => {
        insertOne(storage, ensureCollection(command, storage), raw);
        return 1;
      });
      return { n, ok: 1, ...writeErrors };
    },
  },
  update: {
    fields: ['updates', 'ordered', 'bypassDocumentValidation'],
    run: (command, context) => {
      let nModified = 0;
      const upserted: Document[] = [];
      const statements = documentsField(command.fields, 'updates');
      const { n, writeErrors } = runStatements(command, statements, (statement, index) => {
        const result = updateStatement(command, context, statement);
        nModified += result.modified;
        if (result.upsertedId !== undefined) upserted.push({ index, _id: result.upsertedId });
        return result.matched + (result.upsertedId === undefined ? 0 : 1);
      });
      return { n, nModified, ...(upserted.length > 0 ? { upserted } : {}), ok: 1, ...writeErrors };
    },
  },
  delete: {
    fields: ['deletes', 'ordered'],
    run: (command, context) => {
      const { n, writeErrors } = runStatements(command, documentsField(command.fields, 'deletes'), (statement) => {
        checkCollation(statement.collation);
        const collection = findCollection(command, context.storage);
        const filter = documentField(statement, 'q') ?? {};
        if (!collection) {
          compileFilter(filter);
          return 0;
        }
        const rows = matchingRows(context, collection, statement, filter, toNumber(statement.limit) ?? 0);
        for (const row of rows) {
          const raw = context.storage.read(collection, row);
          if (raw) context.storage.remove(collection, row, raw);
        }
        return rows.length;
      });
      return { n, ok: 1, ...writeErrors };
    },
  },
  findAndModify: {
    fields: [
      'query',
      'sort',
      'remove',
      'update',
      'new',
      'fields',
      'upsert',
      'arrayFilters',
      'hint',
      'bypassDocumentValidation',
    ],
    run: findAndModify,
  },
};

/** Runs the statements of a command one by one; the first error ends an ordered one. */
function runStatements<T>(
  { fields }: Command,
  statements: readonly T[],
  run: (statement: T, index: number) => number,
): { n: number; writeErrors: { writeErrors?: Document[] } } {
  let n = 0;
  const errors: Document[] = [];
  for (const [index, statement] of statements.entries()) {
    try {
      n += run(statement, index);
    } catch (error) {
      if (!(error instanceof DatabaseError)) throw error;
      const { ok: _, codeName: __, ...reply } = errorReply(error);
      errors.push({ index, ...reply });
      if (fields.ordered !== false) break;
    }
  }
  return { n, writeErrors: errors.length > 0 ? { writeErrors: errors } : {} };
}

function ensureCollection(command: Command, storage: Storage): Collection {
  const { database, name } = namespaceOf(command);
  return storage.catalog.find(database, name) ?? storage.catalog.insertCollection(database, name, {});
}

function insertOne(storage: Storage, collection: Collection, raw: RawDocument): void {
  checkLimits(raw);
  storage.insert(collection, prepareForInsert(raw));
}

function matchingRows(
  { storage, checkTime }: CommandContext,
  collection: Collection,
  statement: Document,
  filter: Document,
  limit: number,
): number[] {
  const sort = documentField(statement, 'sort');
  const query = planQuery(storage, collection, {
    filter,
    limit,
    checkTime,
    ...(sort ? { sort } : {}),
    ...(statement.hint === undefined ? {} : { hint: statement.hint }),
  });
  // All are found before the first is changed: a change may move a document within the index that is read.
  return Array.from(query.rows(), ({ row }: Row) => row);
}

interface UpdateResult {
  readonly matched: number;
  readonly modified: number;
  readonly upsertedId?: unknown;
}

const updateFields = new Set(['q', 'u', 'multi', 'upsert', 'arrayFilters', 'hint', 'collation', 'sort', 'c']);

function updateStatement(command: Command, context: CommandContext, statement: Document): UpdateResult {
  for (const name of Object.keys(statement))
    if (!updateFields.has(name))
      throw new DatabaseError(40415, `BSON field 'update.updates.${name}' is an unknown field.`);
  if (isDocument(statement.c) && Object.keys(statement.c).length > 0)
    throw new DatabaseError(238, `'let' is not supported by the embedded database`);
  checkCollation(statement.collation);
  const filter = documentField(statement, 'q') ?? {};
  const update = compileUpdate(statement.u, Array.isArray(statement.arrayFilters) ? statement.arrayFilters : []);
  const isMulti = statement.multi === true;
  if (isMulti && update.isReplacement)
    throw new DatabaseError(9, 'multi update is not supported for replacement-style update');
  const collection =
    statement.upsert === true ? ensureCollection(command, context.storage) : findCollection(command, context.storage);
  if (!collection) {
    compileFilter(filter);
    return { matched: 0, modified: 0 };
  }
  const rows = matchingRows(context, collection, statement, filter, isMulti ? 0 : 1);
  if (rows.length === 0 && statement.upsert === true)
    return { matched: 0, modified: 0, upsertedId: upsert(context.storage, collection, filter, update)._id };
  const matcher = compileFilter(filter);
  let modified = 0;
  for (const row of rows)
    if (updateRow(context.storage, collection, row, update, matcher.matches).isModified) modified += 1;
  return { matched: rows.length, modified };
}

function updateRow(
  storage: Storage,
  collection: Collection,
  row: number,
  update: Update,
  matches: (document: Document, details: MatchDetails) => boolean,
): { before: RawDocument; after: RawDocument; isModified: boolean } {
  const before = storage.read(collection, row);
  if (!before) throw new Error('a document that was just found is gone');
  const document = decode(before);
  const details: MatchDetails = {};
  matches(document, details);
  const after = encode(update.apply(document, details, false));
  const isModified = !after.equals(before);
  if (isModified) {
    checkLimits(after);
    storage.update(collection, row, before, after);
  }
  return { before, after, isModified };
}

function upsert(storage: Storage, collection: Collection, filter: Document, update: Update): Document {
  const document = makeUpsert(filter, update);
  insertOne(storage, collection, encode(document));
  return document;
}

function findAndModify(command: Command, context: CommandContext): Document {
  const { fields } = command;
  const { storage } = context;
  const filter = documentField(fields, 'query') ?? {};
  const isRemove = fields.remove === true;
  const isUpsert = fields.upsert === true;
  if (isRemove === (fields.update !== undefined))
    throw new DatabaseError(
      9,
      isRemove ? `Cannot specify both an update and remove=true` : `Either an update or remove=true must be specified`,
    );
  if (isRemove && (isUpsert || fields.new === true))
    throw new DatabaseError(9, `Cannot specify both ${isUpsert ? 'upsert' : 'new'}=true and remove=true`);
  const update = isRemove
    ? undefined
    : compileUpdate(fields.update, Array.isArray(fields.arrayFilters) ? fields.arrayFilters : []);
  const specification = documentField(fields, 'fields') ?? {};
  const projection = Object.keys(specification).length > 0 ? compileProjection(specification) : undefined;
  const matcher = compileFilter(filter);
  const show = (document: Document) => {
    const details: MatchDetails = {};
    matcher.matches(document, details);
    return projection ? projection.apply(document, details) : document;
  };
  const collection = isUpsert ? ensureCollection(command, storage) : findCollection(command, storage);
  const [row] = collection ? matchingRows(context, collection, fields, filter, 1) : [];
  if (!collection || row === undefined) {
    if (!collection || !isUpsert || !update)
      return { lastErrorObject: { n: 0, ...(isRemove ? {} : { updatedExisting: false }) }, value: null, ok: 1 };
    const document = upsert(storage, collection, filter, update);
    return {
      lastErrorObject: { n: 1, updatedExisting: false, upserted: document._id },
      value: fields.new === true ? show(document) : null,
      ok: 1,
    };
  }
  if (!update) {
    const raw = storage.read(collection, row);
    if (raw) storage.remove(collection, row, raw);
    return { lastErrorObject: { n: raw ? 1 : 0 }, value: raw ? show(decode(raw)) : null, ok: 1 };
  }
  const { before, after } = updateRow(storage, collection, row, update, matcher.matches);
  return {
    lastErrorObject: { n: 1, updatedExisting: true },
    value: show(decode(fields.new === true ? after : before)),
    ok: 1,
  };
}
