import { randomUUID } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';
import { UUID } from 'bson';
import { type Constraints, constraintsOf } from './constraint.ts';
import { type Document, decode, decodePlain, encode, isDocument, type RawDocument, rootOf } from './document.ts';
import { type IndexField, readIndexFields } from './index-key.ts';
import { compileFilter, type Matcher } from './matcher.ts';
import { createPicker } from './raw-document.ts';

/** A collection and its indexes; each has a table, named for its id. */
export interface Collection {
  readonly id: number;
  readonly database: string;
  readonly name: string;
  readonly uuid: UUID;
  /** The first is that of `_id`. */
  readonly indexes: readonly Index[];
  /** Decodes what any index needs of a document. */
  readonly readIndexed: (raw: RawDocument) => Document;
}

export interface Index {
  readonly id: number;
  readonly name: string;
  /** As `listIndexes` answers. */
  readonly specification: Document;
  readonly fields: readonly IndexField[];
  readonly isUnique: boolean;
  /** The top-level fields that decide over its keys. */
  readonly roots: readonly string[];
  readonly partial: (Matcher & { readonly constraints: Constraints }) | undefined;
  /** Bit n is set where some document has an array on the way of field n; `repeats` where one has an element twice. */
  readonly multikey: number;
}

/** The catalogue of the database file. Whoever changes a table gets its id here first. */
export interface Catalog {
  find(database: string, name: string): Collection | undefined;
  all(): readonly Collection[];
  /** Reads it again where another connection, or a transaction that was undone, changed it. */
  refresh(): void;
  insertCollection(database: string, name: string): Collection;
  removeCollection(collection: Collection): void;
  insertIndex(collection: Collection, specification: Document): Index;
  removeIndex(collection: Collection, index: Index): void;
  setMultikey(collection: Collection, index: Index, multikey: number): void;
}

export const documentsTable = ({ id }: Collection) => `documents_${id}`;
export const indexTable = ({ id }: Index) => `index_${id}`;

/** The statement that makes an empty catalogue: a BSON document a collection. */
export const catalogSchema =
  'CREATE TABLE IF NOT EXISTS collections (id INTEGER PRIMARY KEY, definition BLOB NOT NULL)';

type StoredIndex = Pick<Index, 'id' | 'specification' | 'multikey'>;

/** Opens the catalogue. `user_version` counts its changes: a connection that only reads knows by it, and ids come from it. */
export function openCatalog(connection: DatabaseSync): Catalog {
  let version = -1;
  let collections = new Map<string, Collection>();
  const currentVersion = () => Number(connection.prepare('PRAGMA user_version').get()?.user_version);
  const refresh = () => {
    if (version === currentVersion()) return;
    version = currentVersion();
    const rows = connection.prepare('SELECT id, definition FROM collections ORDER BY id').all();
    // The column is a blob.
    const all = rows.map(({ id, definition }) => readCollection(Number(id), definition as Uint8Array));
    collections = new Map(all.map((collection) => [`${collection.database}.${collection.name}`, collection]));
  };
  const save = ({ id, database, name, uuid }: Omit<Collection, 'indexes' | 'readIndexed'>, indexes: StoredIndex[]) => {
    const stored = indexes.map(({ id, specification, multikey }) => ({ id, specification, multikey }));
    connection
      .prepare('INSERT OR REPLACE INTO collections (id, definition) VALUES (?, ?)')
      .run(id, encode({ database, name, uuid, indexes: stored }));
    connection.exec(`PRAGMA user_version = ${Math.max(id, currentVersion(), ...indexes.map((index) => index.id)) + 1}`);
    refresh();
  };
  const insertIndex = (collection: Omit<Collection, 'readIndexed'>, specification: Document) => {
    const id = currentVersion() + 1;
    const isUnique = specification.unique === true || collection.indexes.length === 0;
    const fields = readIndexFields(specification.key);
    const columns = fields.map(({ column }) => `, ${column} BLOB NOT NULL`).join('');
    const order = fields.map(({ column, descending }) => `${column}${descending ? ' DESC' : ''}`);
    const key = [...order, ...(isUnique ? [] : ['row'])].join();
    connection.exec(`CREATE TABLE index_${id} (row INTEGER NOT NULL${columns}, PRIMARY KEY (${key})) WITHOUT ROWID`);
    save(collection, [...collection.indexes, { id, specification, multikey: 0 }]);
    const index = catalog.find(collection.database, collection.name)?.indexes.at(-1);
    if (!index) throw new Error('the index that was just made is gone');
    return index;
  };
  const catalog: Catalog = {
    find: (database, name) => collections.get(`${database}.${name}`),
    all: () => [...collections.values()],
    refresh,
    insertCollection: (database, name) => {
      const id = currentVersion() + 1;
      connection.exec(`CREATE TABLE documents_${id} (row INTEGER PRIMARY KEY, document BLOB NOT NULL)`);
      connection.exec(`PRAGMA user_version = ${id}`);
      insertIndex({ id, database, name, uuid: new UUID(randomUUID()), indexes: [] }, primaryIndex);
      const collection = catalog.find(database, name);
      if (!collection) throw new Error('the collection that was just made is gone');
      return collection;
    },
    removeCollection: (collection) => {
      for (const index of collection.indexes) connection.exec(`DROP TABLE ${indexTable(index)}`);
      connection.exec(`DROP TABLE ${documentsTable(collection)}`);
      connection.prepare('DELETE FROM collections WHERE id = ?').run(collection.id);
      connection.exec(`PRAGMA user_version = ${currentVersion() + 1}`);
      refresh();
    },
    insertIndex,
    removeIndex: (collection, index) => {
      connection.exec(`DROP TABLE ${indexTable(index)}`);
      save(
        collection,
        collection.indexes.filter(({ id }) => id !== index.id),
      );
    },
    setMultikey: (collection, { id }, multikey) =>
      save(
        collection,
        collection.indexes.map((index) => (index.id === id ? { ...index, multikey } : index)),
      ),
  };
  refresh();
  return catalog;
}

const primaryIndex: Document = { v: 2, key: { _id: 1 }, name: '_id_' };

function readCollection(id: number, definition: Uint8Array): Collection {
  // What is stored is what `save` wrote; specifications keep their exact types.
  const { database, name, uuid, indexes } = decodePlain(definition) as unknown as Collection;
  const stored = (decode(definition) as unknown as Collection).indexes;
  const read = indexes.map((index, at) => readIndex({ ...index, specification: stored[at]?.specification ?? {} }, at));
  const pick = createPicker(new Set(read.flatMap(({ roots }) => roots)));
  return { id, database, name, uuid, indexes: read, readIndexed: (raw) => decode(pick(raw)) };
}

function readIndex({ id, specification, multikey }: StoredIndex, position: number): Index {
  const { key, name, unique, partialFilterExpression: filter } = specification;
  const fields = readIndexFields(key);
  const partial = isDocument(filter) ? { ...compileFilter(filter), constraints: constraintsOf(filter) } : undefined;
  return {
    id,
    name: String(name),
    specification,
    fields,
    isUnique: unique === true || position === 0,
    roots: [...fields.map(({ path }) => rootOf(path)), ...(partial?.fields ?? [])],
    partial,
    multikey,
  };
}
