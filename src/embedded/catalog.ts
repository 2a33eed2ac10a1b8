import type { DatabaseSync } from 'node:sqlite';
import {
  createPicker,
  type Document,
  decode,
  encode,
  isDocument,
  type RawDocument,
  toNumber,
} from './bson-document.ts';
import type { IndexField } from './index-key.ts';
import { compileFilter, type Matcher } from './matcher.ts';
import { rootOf } from './path.ts';

/** What is in the database file: collections and their indexes. */
export interface Collection {
  readonly id: number;
  readonly database: string;
  readonly name: string;
  readonly options: Document;
  readonly uuid: Uint8Array;
  /** The first is that of `_id`. */
  readonly indexes: readonly Index[];
  /** Decodes what any index needs of a document. */
  readonly readIndexed: (raw: RawDocument) => Document;
}

export interface Index {
  /** Names its table; 0 for that of `_id`, which lies in the table of documents. */
  readonly id: number;
  readonly name: string;
  /** As `listIndexes` answers. */
  readonly specification: Document;
  readonly fields: readonly IndexField[];
  readonly isUnique: boolean;
  readonly isSparse: boolean;
  readonly partial: { readonly filter: Document; readonly matcher: Matcher } | undefined;
  readonly expireAfterSeconds: number | undefined;
  /** Bit n is set where some document has an array on the way of field n. */
  readonly multikey: number;
}

export interface Catalog {
  find(database: string, name: string): Collection | undefined;
  all(): readonly Collection[];
  /** Reads it again where another connection changed it. */
  refresh(): void;
  insertCollection(database: string, name: string, options: Document): Collection;
  removeCollection(collection: Collection): void;
  insertIndex(collection: Collection, specification: Document): Index;
  removeIndex(collection: Collection, index: Index): void;
  setMultikey(collection: Collection, index: Index, multikey: number): void;
}

export const documentsTable = (collection: Collection) => `documents_${collection.id}`;
export const indexTable = (index: Index) => `index_${index.id}`;

/** Opens the catalogue; `user_version` counts its changes, so that a connection that only reads knows of them. */
export function openCatalog(connection: DatabaseSync): Catalog {
  let version = -1;
  let collections = new Map<string, Collection>();
  const currentVersion = () => Number(connection.prepare('PRAGMA user_version').get()?.user_version ?? 0);
  const load = () => {
    version = currentVersion();
    const indexes = connection.prepare('SELECT id, collection, specification, multikey FROM indexes ORDER BY id').all();
    collections = new Map(
      connection
        .prepare('SELECT id, database, name, uuid, options FROM collections ORDER BY id')
        .all()
        .map((row) => {
          const own = indexes
            .filter(({ collection }) => collection === row.id)
            .map((index) => readIndex(Number(index.id), decode(blob(index.specification)), Number(index.multikey)));
          const all = [primaryIndex, ...own];
          const fields = all.flatMap((index) => [
            ...index.fields.map(({ path }) => rootOf(path)),
            ...(index.partial?.matcher.fields ?? []),
          ]);
          const pick = createPicker(new Set(fields));
          const collection: Collection = {
            id: Number(row.id),
            database: String(row.database),
            name: String(row.name),
            uuid: blob(row.uuid),
            options: decode(blob(row.options)),
            indexes: all,
            readIndexed: (raw) => decode(pick(raw)),
          };
          return [`${collection.database}.${collection.name}`, collection];
        }),
    );
  };
  const changed = () => {
    connection.exec(`PRAGMA user_version = ${currentVersion() + 1}`);
    load();
  };
  const catalog: Catalog = {
    find: (database, name) => collections.get(`${database}.${name}`),
    all: () => [...collections.values()],
    refresh: () => {
      if (currentVersion() !== version) load();
    },
    insertCollection: (database, name, options) => {
      const { lastInsertRowid: id } = connection
        .prepare('INSERT INTO collections (database, name, uuid, options) VALUES (?, ?, ?, ?)')
        .run(database, name, crypto.getRandomValues(new Uint8Array(16)), encode(options));
      connection.exec(
        `CREATE TABLE documents_${id} (row INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, document BLOB NOT NULL)`,
      );
      changed();
      const collection = catalog.find(database, name);
      if (!collection) throw new Error('the collection that was just made is gone');
      return collection;
    },
    removeCollection: (collection) => {
      for (const index of collection.indexes) if (index.id > 0) connection.exec(`DROP TABLE ${indexTable(index)}`);
      connection.exec(`DROP TABLE ${documentsTable(collection)}`);
      connection.prepare('DELETE FROM indexes WHERE collection = ?').run(collection.id);
      connection.prepare('DELETE FROM collections WHERE id = ?').run(collection.id);
      changed();
    },
    insertIndex: (collection, specification) => {
      const { lastInsertRowid } = connection
        .prepare('INSERT INTO indexes (collection, specification, multikey) VALUES (?, ?, 0)')
        .run(collection.id, encode(specification));
      const index = readIndex(Number(lastInsertRowid), specification, 0);
      // The key of a unique index is unique to SQLite too.
      connection.exec(
        `CREATE TABLE ${indexTable(index)} (key BLOB NOT NULL, row INTEGER NOT NULL, PRIMARY KEY (key${index.isUnique ? '' : ', row'})) WITHOUT ROWID`,
      );
      changed();
      return index;
    },
    removeIndex: (_, index) => {
      connection.exec(`DROP TABLE ${indexTable(index)}`);
      connection.prepare('DELETE FROM indexes WHERE id = ?').run(index.id);
      changed();
    },
    setMultikey: (_, index, multikey) => {
      connection.prepare('UPDATE indexes SET multikey = ? WHERE id = ?').run(multikey, index.id);
      changed();
    },
  };
  load();
  return catalog;
}

/** The statements that make an empty database. */
export const catalogSchema = `
  CREATE TABLE IF NOT EXISTS collections (id INTEGER PRIMARY KEY AUTOINCREMENT, database TEXT NOT NULL, name TEXT NOT NULL, uuid BLOB NOT NULL, options BLOB NOT NULL, UNIQUE (database, name));
  CREATE TABLE IF NOT EXISTS indexes (id INTEGER PRIMARY KEY AUTOINCREMENT, collection INTEGER NOT NULL, specification BLOB NOT NULL, multikey INTEGER NOT NULL);
`;

function blob(value: unknown): Uint8Array {
  if (!(value instanceof Uint8Array))
    throw new Error('the database file has something else than bytes where bytes belong');
  return value;
}

function readIndex(id: number, specification: Document, multikey: number): Index {
  const { key, name, unique, sparse, partialFilterExpression: filter, expireAfterSeconds } = specification;
  return {
    id,
    name: String(name),
    specification,
    fields: Object.entries(isDocument(key) ? key : {}).map(([path, direction]) => ({
      path,
      parts: path.split('.'),
      descending: (toNumber(direction) ?? 1) < 0,
    })),
    isUnique: unique === true,
    isSparse: sparse === true,
    partial: isDocument(filter) ? { filter, matcher: compileFilter(filter) } : undefined,
    expireAfterSeconds: toNumber(expireAfterSeconds),
    multikey,
  };
}

const primaryIndex: Index = { ...readIndex(0, { v: 2, key: { _id: 1 }, name: '_id_' }, 0), isUnique: true };
