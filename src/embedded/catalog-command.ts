import type { Collection } from './catalog.ts';
import {
  type Command,
  type CommandTable,
  documentField,
  documentsField,
  findCollection,
  namespaceOf,
} from './command.ts';
import { constraintsOf } from './constraint.ts';
import { cursorReply } from './cursor.ts';
import { type Document, encode, isDocument, toNumber } from './document.ts';
import { DatabaseError } from './errors.ts';
import { compileFilter } from './matcher.ts';
import { isNamed } from './plan.ts';
import type { Storage } from './storage.ts';
import { equals } from './value-order.ts';

/** The commands that show collections and indexes. */
export const catalogReadCommands: CommandTable = {
  listCollections: {
    fields: ['listCollections', 'filter', 'nameOnly', 'authorizedCollections', 'cursor'],
    run: ({ fields, database }, { storage }) => {
      const { matches } = compileFilter(documentField(fields, 'filter'));
      const collections = storage.catalog.all().filter((collection) => collection.database === database);
      const documents = collections.map(({ name, uuid, indexes: [idIndex] }) => {
        const details = { options: {}, info: { readOnly: false, uuid }, idIndex: idIndex?.specification };
        return { name, type: 'collection', ...(fields.nameOnly === true ? {} : details) };
      });
      const found = documents.filter(matches).map((document) => encode(document));
      return cursorReply('firstBatch', 0n, `${database}.$cmd.listCollections`, found);
    },
  },
  listIndexes: {
    fields: ['listIndexes', 'cursor'],
    run: (command, { storage }) => {
      const specifications = requireCollection(command, storage).indexes.map((index) => encode(index.specification));
      return cursorReply('firstBatch', 0n, namespaceOf(command).namespace, specifications);
    },
  },
};

/** The commands that make and drop collections and indexes. They run within a transaction. */
export const catalogWriteCommands: CommandTable = {
  create: {
    fields: ['create'],
    run: (command, { storage }) => {
      const { name, namespace } = namespaceOf(command);
      if (findCollection(command, storage)) throw new DatabaseError(48, `Collection ${namespace} already exists.`);
      storage.catalog.insertCollection(command.database, name);
      return { ok: 1 };
    },
  },
  drop: {
    fields: ['drop'],
    run: (command, { storage }) => {
      const collection = findCollection(command, storage);
      if (collection) storage.catalog.removeCollection(collection);
      return { ns: namespaceOf(command).namespace, nIndexesWas: collection?.indexes.length ?? 0, ok: 1 };
    },
  },
  dropDatabase: {
    fields: ['dropDatabase'],
    run: ({ database }, { storage }) => {
      const collections = storage.catalog.all().filter((collection) => collection.database === database);
      for (const collection of collections) storage.catalog.removeCollection(collection);
      return { dropped: database, ok: 1 };
    },
  },
  createIndexes: {
    fields: ['createIndexes', 'indexes', 'commitQuorum'],
    run: (command, { storage }) => {
      const { database } = command;
      const isNew = !findCollection(command, storage);
      const specifications = documentsField(command.fields, 'indexes').map(readSpecification);
      if (isNew) storage.catalog.insertCollection(database, namespaceOf(command).name);
      const numIndexesBefore = requireCollection(command, storage).indexes.length;
      for (const specification of specifications) {
        const collection = requireCollection(command, storage);
        if (isThere(collection, specification)) continue;
        storage.atomically(() =>
          storage.buildIndex(collection, storage.catalog.insertIndex(collection, specification)),
        );
      }
      const numIndexesAfter = requireCollection(command, storage).indexes.length;
      return { numIndexesBefore, numIndexesAfter, createdCollectionAutomatically: isNew, ok: 1 };
    },
  },
  dropIndexes: {
    fields: ['dropIndexes', 'index'],
    run: (command, { storage }) => {
      const { indexes } = requireCollection(command, storage);
      const { index: wanted } = command.fields;
      const dropped = wanted === '*' ? indexes.slice(1) : indexes.filter((index) => isNamed(index, wanted));
      if (dropped.length === 0 && wanted !== '*') throw new DatabaseError(27, `index not found with name [${wanted}]`);
      if (dropped.some((index) => index === indexes[0])) throw new DatabaseError(72, 'cannot drop _id index');
      for (const index of dropped) storage.catalog.removeIndex(requireCollection(command, storage), index);
      return { nIndexesWas: indexes.length, ok: 1 };
    },
  },
};

function requireCollection(command: Command, storage: Storage): Collection {
  const collection = findCollection(command, storage);
  if (!collection) throw new DatabaseError(26, `ns does not exist: ${namespaceOf(command).namespace}`);
  return collection;
}

const indexOptions = [
  'v',
  'key',
  'name',
  'unique',
  'background',
  'partialFilterExpression',
  'expireAfterSeconds',
  'ns',
];
const mostSeconds = 2 ** 31 - 1;

function readSpecification(given: Document): Document {
  const option = Object.keys(given).find((name) => !indexOptions.includes(name));
  if (option) throw new DatabaseError(197, `The field '${option}' is not valid for an index specification here`);
  const { key, name, unique, partialFilterExpression: filter, expireAfterSeconds } = given;
  const fields = isDocument(key) ? Object.entries(key) : [];
  if (!isDocument(key) || fields.length === 0 || fields.length > 31)
    throw new DatabaseError(67, 'Index keys must be of 1 to 31 fields.');
  for (const [path, direction] of fields) {
    if (!toNumber(direction))
      throw new DatabaseError(67, `Values in an index key pattern must be numbers other than 0: ${direction}`);
    if (path.includes('$') || path.split('.').includes(''))
      throw new DatabaseError(67, `Index key '${path}' is not a path of fields`);
  }
  if (typeof name !== 'string' || name === '')
    throw new DatabaseError(9, `The 'name' field is a required property of an index`);
  const seconds = toNumber(expireAfterSeconds);
  if (
    expireAfterSeconds !== undefined &&
    (seconds === undefined || seconds < 0 || seconds > mostSeconds || fields.length > 1)
  )
    throw new DatabaseError(67, `TTL indexes are single-field indexes, of 0 to ${mostSeconds} expireAfterSeconds`);
  if (isDocument(filter) && (compileFilter(filter).fields.size === 0 || !constraintsOf(filter).isExact))
    throw new DatabaseError(67, 'a partial index filters by equality, $in, $gt, $gte, $lt, $lte and $type here');
  return {
    v: 2,
    key,
    name,
    ...(unique === true ? { unique: true } : {}),
    ...(isDocument(filter) ? { partialFilterExpression: filter } : {}),
    ...(seconds === undefined ? {} : { expireAfterSeconds: seconds }),
  };
}

/** Whether the very same index is there. Throws codes 85 and 86 for another one with its name or its key. */
function isThere({ indexes }: Collection, specification: Document): boolean {
  const { key, name, partialFilterExpression: filter } = specification;
  for (const index of indexes) {
    const isKey = equals(index.specification.key, key);
    if (isKey && (index === indexes[0] || equals(index.specification, specification))) return true;
    if (index.name === name)
      throw new DatabaseError(isKey ? 85 : 86, `An existing index has the same name as the requested index: ${name}`);
    if (isKey && equals(index.specification.partialFilterExpression ?? null, filter ?? null))
      throw new DatabaseError(85, `Index already exists with a different name or different options: ${index.name}`);
  }
  return false;
}
