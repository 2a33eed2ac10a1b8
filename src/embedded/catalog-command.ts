import { Binary } from 'bson';
import { type Document, isDocument, toNumber } from './bson-document.ts';
import { type Collection, documentsTable, type Index } from './catalog.ts';
import {
  type Command,
  type CommandDefinition,
  documentField,
  documentsField,
  findCollection,
  namespaceOf,
} from './command.ts';
import { DatabaseError } from './errors.ts';
import { encodeKey } from './key-encoding.ts';
import { compileFilter } from './matcher.ts';
import { cursorOf } from './read-command.ts';
import type { Storage } from './storage.ts';

/** The commands that show collections and indexes. */
export const catalogReadCommands: Readonly<Record<string, CommandDefinition>> = {
  listDatabases: {
    fields: ['filter', 'nameOnly', 'authorizedDatabases'],
    run: ({ fields }, { storage }) => {
      const { matches } = compileFilter(documentField(fields, 'filter') ?? {});
      const names = new Set(storage.catalog.all().map(({ database }) => database));
      const databases = [...names]
        .sort()
        .map((name) => ({
          name,
          ...(fields.nameOnly === true ? {} : { sizeOnDisk: sizeOf(storage, name), empty: false }),
        }))
        .filter((document) => matches(document));
      return {
        databases,
        ...(fields.nameOnly === true
          ? {}
          : {
              totalSize: databases.reduce(
                (sum, database) => sum + ('sizeOnDisk' in database ? Number(database.sizeOnDisk) : 0),
                0,
              ),
            }),
        ok: 1,
      };
    },
  },
  listCollections: {
    fields: ['filter', 'nameOnly', 'authorizedCollections', 'cursor'],
    run: ({ fields, database }, { storage }) => {
      const { matches } = compileFilter(documentField(fields, 'filter') ?? {});
      const collections = storage.catalog
        .all()
        .filter((collection) => collection.database === database)
        .map(({ name, options, uuid }) => ({
          name,
          type: 'collection',
          ...(fields.nameOnly === true
            ? {}
            : {
                options,
                info: { readOnly: false, uuid: new Binary(uuid, 4) },
                idIndex: { v: 2, key: { _id: 1 }, name: '_id_' },
              }),
        }));
      return cursorOf(
        `${database}.$cmd.listCollections`,
        collections.filter((document) => matches(document)),
      );
    },
  },
  listIndexes: {
    fields: ['cursor'],
    run: (command, { storage }) => {
      const { namespace } = namespaceOf(command);
      return cursorOf(
        namespace,
        requireCollection(command, storage).indexes.map(({ specification }) => specification),
      );
    },
  },
};

/** The commands that make and drop collections and indexes. They run within a transaction. */
export const catalogWriteCommands: Readonly<Record<string, CommandDefinition>> = {
  create: {
    fields: [],
    run: (command, { storage }) => {
      const { database, name, namespace } = namespaceOf(command);
      if (storage.catalog.find(database, name)) throw new DatabaseError(48, `Collection ${namespace} already exists.`);
      storage.catalog.insertCollection(database, name, {});
      return { ok: 1 };
    },
  },
  drop: {
    fields: [],
    run: (command, { storage }) => {
      const collection = findCollection(command, storage);
      if (!collection) return { ok: 1 };
      storage.catalog.removeCollection(collection);
      return { nIndexesWas: collection.indexes.length, ns: `${collection.database}.${collection.name}`, ok: 1 };
    },
  },
  dropDatabase: {
    fields: [],
    run: ({ database }, { storage }) => {
      const collections = storage.catalog.all().filter((collection) => collection.database === database);
      for (const collection of collections) storage.catalog.removeCollection(collection);
      return { ...(collections.length > 0 ? { dropped: database } : {}), ok: 1 };
    },
  },
  createIndexes: {
    fields: ['indexes', 'commitQuorum'],
    run: (command, { storage }) => {
      const { database, name } = namespaceOf(command);
      const isNew = !storage.catalog.find(database, name);
      const specifications = documentsField(command.fields, 'indexes').map(readSpecification);
      if (isNew) storage.catalog.insertCollection(database, name, {});
      const numIndexesBefore = requireCollection(command, storage).indexes.length;
      for (const specification of specifications) {
        const collection = requireCollection(command, storage);
        if (exists(collection, specification)) continue;
        storage.atomically(() =>
          storage.buildIndex(collection, storage.catalog.insertIndex(collection, specification)),
        );
      }
      const numIndexesAfter = requireCollection(command, storage).indexes.length;
      return {
        numIndexesBefore,
        numIndexesAfter,
        createdCollectionAutomatically: isNew,
        ...(numIndexesBefore === numIndexesAfter ? { note: 'all indexes already exist' } : {}),
        ok: 1,
      };
    },
  },
  dropIndexes: {
    fields: ['index'],
    run: (command, { storage }) => {
      const collection = requireCollection(command, storage);
      for (const index of chooseIndexes(collection, command.fields.index))
        storage.catalog.removeIndex(collection, index);
      return { nIndexesWas: collection.indexes.length, ok: 1 };
    },
  },
};

function requireCollection(command: Command, storage: Storage): Collection {
  const collection = findCollection(command, storage);
  if (!collection) throw new DatabaseError(26, `ns does not exist: ${namespaceOf(command).namespace}`);
  return collection;
}

function sizeOf(storage: Storage, database: string): number {
  return storage.catalog
    .all()
    .filter((collection) => collection.database === database)
    .flatMap((collection) =>
      storage.all<[number]>(`SELECT coalesce(sum(length(document)), 0) FROM ${documentsTable(collection)}`),
    )
    .reduce((sum, [bytes]) => sum + bytes, 0);
}

const indexOptions = new Set([
  'v',
  'key',
  'name',
  'unique',
  'sparse',
  'background',
  'partialFilterExpression',
  'expireAfterSeconds',
  'ns',
]);

function readSpecification(given: Document): Document {
  for (const option of Object.keys(given)) {
    if (option === 'hidden' && given[option] === false) continue;
    if (option === 'collation' && isDocument(given[option]) && given[option].locale === 'simple') continue;
    if (!indexOptions.has(option))
      throw new DatabaseError(
        197,
        `The field '${option}' is not valid for an index specification here. Specification: ${JSON.stringify(given)}`,
      );
  }
  const { key, name, unique, sparse, partialFilterExpression, expireAfterSeconds } = given;
  if (!isDocument(key) || Object.keys(key).length === 0) throw new DatabaseError(67, 'Index keys cannot be empty.');
  for (const [path, direction] of Object.entries(key)) {
    const number = toNumber(direction);
    if (number === undefined || number === 0)
      throw new DatabaseError(
        67,
        `Values in v:2 index key pattern must be numbers other than 0: the embedded database has no ${String(direction)} index`,
      );
    if (path === '' || path.includes('$') || path.split('.').includes(''))
      throw new DatabaseError(67, `Index key '${path}' is not a path of fields`);
  }
  if (Object.keys(key).length > 31) throw new DatabaseError(67, 'too many fields in an index');
  if (typeof name !== 'string' || name === '')
    throw new DatabaseError(9, `The 'name' field is a required property of an index specification`);
  if (sparse === true && partialFilterExpression !== undefined)
    throw new DatabaseError(67, 'cannot mix "partialFilterExpression" and "sparse" options');
  const seconds = toNumber(expireAfterSeconds);
  if (expireAfterSeconds !== undefined) {
    if (seconds === undefined || seconds < 0 || seconds > 2147483647)
      throw new DatabaseError(67, 'TTL index expireAfterSeconds must be a number of seconds between 0 and 2147483647');
    if (Object.keys(key).length > 1 || '_id' in key)
      throw new DatabaseError(67, 'TTL indexes are single-field indexes, compound indexes do not support TTL');
  }
  if (isDocument(partialFilterExpression) && compileFilter(partialFilterExpression).fields === null)
    throw new DatabaseError(67, 'unsupported expression in partial index: $expr');
  return {
    v: 2,
    key,
    name,
    ...(unique === true || toNumber(unique) === 1 ? { unique: true } : {}),
    ...(sparse === true ? { sparse: true } : {}),
    ...(isDocument(partialFilterExpression) ? { partialFilterExpression } : {}),
    ...(seconds === undefined ? {} : { expireAfterSeconds }),
  };
}

/** Whether the very same index is there. Throws codes 85 and 86 for another one with its name or its key. */
function exists({ indexes }: Collection, specification: Document): boolean {
  const sameKey = (index: Index) => encodeKey(index.specification.key).equals(encodeKey(specification.key));
  const [{ name: _, ...options }, name] = [specification, specification.name];
  for (const index of indexes) {
    if (index.id === 0) {
      if (sameKey(index)) return true;
      continue;
    }
    const { name: __, ...own } = index.specification;
    const isSame = encodeKey(own).equals(encodeKey(options));
    if (isSame && index.name === name) return true;
    if (isSame) throw new DatabaseError(85, `Index already exists with a different name: ${index.name}`);
    if (index.name === name)
      throw new DatabaseError(
        sameKey(index) ? 85 : 86,
        `An existing index has the same name as the requested index. When index names are not specified, they are auto generated and can cause conflicts. Please refer to our documentation. Requested index: ${JSON.stringify(specification)}, existing index: ${JSON.stringify(index.specification)}`,
      );
    const samePartial = encodeKey(own.partialFilterExpression ?? null).equals(
      encodeKey(options.partialFilterExpression ?? null),
    );
    if (sameKey(index) && samePartial)
      throw new DatabaseError(
        85,
        `An equivalent index already exists with the same name but different options. Requested index: ${JSON.stringify(specification)}, existing index: ${JSON.stringify(index.specification)}`,
      );
  }
  return false;
}

function chooseIndexes({ indexes }: Pick<Collection, 'indexes'>, wanted: unknown): Index[] {
  if (wanted === '*') return indexes.filter(({ id }) => id !== 0);
  if (Array.isArray(wanted)) return wanted.flatMap((name: unknown) => chooseIndexes({ indexes }, name));
  const index = indexes.find(({ name, specification }) =>
    isDocument(wanted) ? encodeKey(specification.key).equals(encodeKey(wanted)) : name === wanted,
  );
  if (!index)
    throw new DatabaseError(
      27,
      isDocument(wanted)
        ? `can't find index with key: ${JSON.stringify(wanted)}`
        : `index not found with name [${String(wanted)}]`,
    );
  if (index.id === 0) throw new DatabaseError(72, 'cannot drop _id index');
  return [index];
}
