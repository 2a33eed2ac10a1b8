import { ObjectId } from 'bson';
import type { Collection } from './catalog.ts';
import {
  type Command,
  type CommandContext,
  type CommandTable,
  checkFields,
  documentField,
  documentsField,
  findCollection,
  namespaceOf,
} from './command.ts';
import { type Document, decode, encode, isDocument, type RawDocument, toNumber } from './document.ts';
import { DatabaseError, errorReply } from './errors.ts';
import { maxDocumentBytes } from './handshake-command.ts';
import { compileProjection } from './projection.ts';
import type { Query } from './query.ts';
import { element, joinElements } from './raw-document.ts';
import { planCommand } from './read-command.ts';
import type { Storage } from './storage.ts';
import { compileUpdate, makeUpsert, type Update } from './update.ts';
import { typeOf } from './value-order.ts';

const statementFields = ['q', 'u', 'multi', 'upsert', 'hint', 'sort', 'limit'];
const commandFields = ['ordered', 'bypassDocumentValidation', 'explain'];

/** The commands that write documents. They run within a transaction; each document is all or nothing. */
export const writeCommands: CommandTable = {
  insert: {
    fields: ['insert', 'documents', ...commandFields],
    run: (command, { storage }) => {
      const documents = documentsField(command.fields, 'documents');
      return runStatements(command, documents, (document) => {
        insertOne(storage, ensureCollection(command, storage), document);
        return 1;
      });
    },
  },
  update: {
    fields: ['update', 'updates', ...commandFields],
    run: (command, context) => {
      let nModified = 0;
      const upserted: Document[] = [];
      const reply = runStatements(command, documentsField(command.fields, 'updates'), (statement, index) => {
        const { matched, modified, upsertedId } = updateStatement(command, context, statement);
        nModified += modified;
        if (upsertedId !== undefined) upserted.push({ index, _id: upsertedId });
        return matched;
      });
      return { ...reply, nModified, ...(upserted.length > 0 ? { upserted } : {}) };
    },
    plan: (command, context) => planStatement(command, context, documentsField(command.fields, 'updates')[0] ?? {}),
  },
  delete: {
    fields: ['delete', 'deletes', ...commandFields],
    run: (command, context) =>
      runStatements(command, documentsField(command.fields, 'deletes'), (statement) => {
        const found = find(command, context, planStatement(command, context, statement));
        for (const { collection, row, raw } of found) context.storage.remove(collection, row, raw);
        return found.length;
      }),
    plan: (command, context) => planStatement(command, context, documentsField(command.fields, 'deletes')[0] ?? {}),
  },
  findAndModify: {
    fields: 'findAndModify query sort remove update new fields upsert hint bypassDocumentValidation'.split(' '),
    run: findAndModify,
    plan: (command, context) => planStatement(command, context, asStatement(command.fields)),
  },
};

/** Runs the statements of a command one by one; the first error ends an ordered one. */
function runStatements(
  { fields }: Command,
  statements: readonly Document[],
  run: (statement: Document, index: number) => number,
) {
  if (statements.length === 0)
    throw new DatabaseError(2, 'Write batch sizes must be between 1 and 100000. Got 0 operations.');
  let n = 0;
  const writeErrors: Document[] = [];
  for (const [index, statement] of statements.entries()) {
    try {
      n += run(statement, index);
    } catch (error) {
      if (!(error instanceof DatabaseError)) throw error;
      const { ok: _, codeName: __, ...reply } = errorReply(error);
      writeErrors.push({ index, ...reply });
      if (fields.ordered !== false) break;
    }
  }
  return { n, ...(writeErrors.length > 0 ? { writeErrors } : {}), ok: 1 };
}

function ensureCollection(command: Command, storage: Storage): Collection {
  return (
    findCollection(command, storage) ?? storage.catalog.insertCollection(command.database, namespaceOf(command).name)
  );
}

function insertOne(
  storage: Storage,
  collection: Collection,
  { _id = new ObjectId(), ...fields }: Document,
): RawDocument {
  const type = typeOf(_id);
  if (type === 'array' || type === 'regex' || type === 'undefined')
    throw new DatabaseError(53, `The '_id' value cannot be of type ${type}`);
  const dollar = isDocument(_id) && Object.keys(_id).find((name) => name.startsWith('$'));
  if (dollar)
    throw new DatabaseError(52, `_id fields may not contain '$'-prefixed fields: ${dollar} is not valid for storage.`);
  const raw = encodeForStorage({ _id, ...fields });
  storage.insert(collection, raw);
  return raw;
}

const mostDepth = 180;

function encodeForStorage(document: Document): RawDocument {
  if (isDeeper(document, mostDepth))
    throw new DatabaseError(15, `Document exceeds the maximum nesting depth of ${mostDepth}`);
  const raw = encode(document);
  if (raw.length <= maxDocumentBytes) return raw;
  throw new DatabaseError(10334, `BSONObj size: ${raw.length} is invalid. Size must be between 0 and 16793600(16MB)`);
}

function isDeeper(value: unknown, depth: number): boolean {
  if (!isDocument(value) && !Array.isArray(value)) return false;
  return depth === 0 || Object.values(value).some((inner) => isDeeper(inner, depth - 1));
}

/** The query of one statement of an update or a delete. */
function planStatement(command: Command, context: CommandContext, statement: Document): Query | undefined {
  checkFields(`${command.name}.${command.name}s`, statement, statementFields);
  const isMany = statement.u === undefined ? toNumber(statement.limit) !== 1 : statement.multi === true;
  const [filter, sort] = [documentField(statement, 'q'), documentField(statement, 'sort')];
  return planCommand(command, context, { filter, sort, limit: isMany ? 0 : 1, hint: statement.hint });
}

/** All are found before the first is changed: a change may move a document within the index that is read. */
function find(command: Command, { storage }: CommandContext, query: Query | undefined) {
  const collection = findCollection(command, storage);
  return collection && query ? Array.from(query.rows(), (row) => ({ collection, ...row })) : [];
}

interface UpdateResult {
  readonly matched: number;
  readonly modified: number;
  readonly upsertedId?: unknown;
  /** The last document as it was and as it is. */
  readonly before?: RawDocument;
  readonly after?: RawDocument;
}

function updateStatement(command: Command, context: CommandContext, statement: Document): UpdateResult {
  const { storage } = context;
  const query = planStatement(command, context, statement);
  const update = compileUpdate(statement.u);
  if (statement.multi === true && update.isReplacement)
    throw new DatabaseError(9, 'multi update is not supported for replacement-style update');
  const found = find(command, context, query);
  if (found.length === 0 && statement.upsert === true) {
    const made = makeUpsert(documentField(statement, 'q'), update);
    const after = insertOne(storage, ensureCollection(command, storage), made);
    return { matched: 1, modified: 0, upsertedId: made._id, after };
  }
  let result: UpdateResult = { matched: 0, modified: 0 };
  for (const { collection, row, raw } of found) {
    const after = updateRow(storage, collection, row, raw, update);
    const [matched, modified] = [result.matched + 1, result.modified + (after === raw ? 0 : 1)];
    result = { matched, modified, before: raw, after };
  }
  return result;
}

/** The bytes as they are now; the very same where the update changes nothing. */
function updateRow(
  storage: Storage,
  collection: Collection,
  row: number,
  raw: RawDocument,
  update: Update,
): RawDocument {
  const after = encodeForStorage(update.apply(decode(raw), false));
  if (Buffer.compare(after, raw) === 0) return raw;
  storage.update(collection, row, raw, after);
  return after;
}

/** A `findAndModify` as the statement of an update or a delete that it is. */
function asStatement({ query, update, sort, hint, upsert }: Document): Document {
  return { q: query, sort, hint, upsert, ...(update === undefined ? { limit: 1 } : { u: update }) };
}

function findAndModify(command: Command, context: CommandContext): Document | Buffer {
  const { fields } = command;
  const isRemove = fields.remove === true;
  if (isRemove === (fields.update !== undefined) || (isRemove && (fields.upsert === true || fields.new === true)))
    throw new DatabaseError(9, 'findAndModify takes either an update, or remove=true without upsert and new');
  const specification = documentField(fields, 'fields');
  const isEmpty = Object.keys(specification).length === 0;
  const { applyRaw } = compileProjection(specification);
  const reply = (lastErrorObject: Document, raw: RawDocument | undefined) => {
    const rest = { lastErrorObject, ok: 1 };
    if (raw === undefined) return { ...rest, value: null };
    return joinElements([element(3, 'value', isEmpty ? raw : applyRaw(raw)), encode(rest).subarray(4, -1)]);
  };
  const statement = asStatement(fields);
  if (isRemove) {
    const [first] = find(command, context, planStatement(command, context, statement));
    if (first) context.storage.remove(first.collection, first.row, first.raw);
    return reply({ n: first ? 1 : 0 }, first?.raw);
  }
  const { matched, upsertedId, before, after } = updateStatement(command, context, statement);
  const isUpsert = upsertedId !== undefined;
  const lastErrorObject = {
    n: matched,
    updatedExisting: matched > 0 && !isUpsert,
    ...(isUpsert ? { upserted: upsertedId } : {}),
  };
  return reply(lastErrorObject, fields.new === true ? after : before);
}
