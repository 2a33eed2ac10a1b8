import { existsSync, statSync } from 'node:fs';
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import { isDeepStrictEqual } from 'node:util';
import {
  type Catalog,
  type Collection,
  catalogSchema,
  documentsTable,
  type Index,
  indexTable,
  openCatalog,
} from './catalog.ts';
import { type Document, fieldOf, isDocument, type RawDocument } from './document.ts';
import { DatabaseError } from './errors.ts';
import { createKeyReader } from './index-key.ts';

/** The documents and the index tables in one SQLite file. */
export interface Storage {
  readonly catalog: Catalog;
  /** The rows of a query, as arrays of their columns. Statements are prepared once. */
  all<Columns extends readonly unknown[]>(sql: string, ...parameters: SQLInputValue[]): Columns[];
  exec(sql: string): void;
  isInTransaction(): boolean;
  /** Does all of `work` or, when it throws, nothing of it. Within a transaction only. */
  atomically<T>(work: () => T): T;
  /** Throws code 11000, and writes nothing, when the document is in the way of a unique index; so does `update`. */
  insert(collection: Collection, raw: RawDocument): void;
  /** Replaces the document in a row; its `_id` stays. */
  update(collection: Collection, row: number, before: RawDocument, after: RawDocument): void;
  remove(collection: Collection, row: number, raw: RawDocument): void;
  read(collection: Collection, row: number): RawDocument | undefined;
  /** Fills a new index with the documents that are there. */
  buildIndex(collection: Collection, index: Index): void;
  close(): void;
}

/** Opens the file, for writing (there is one connection that does) or to read only. Throws when it is not what it should be. */
export function openStorage(path: string, { readOnly }: { readOnly: boolean }): Storage {
  if (!readOnly) checkFile(path);
  const connection = new DatabaseSync(path, { readOnly, timeout: 10_000 });
  // WAL lets readers go on during a write; FULL syncs each commit, so that an acknowledged write survives anything.
  if (!readOnly)
    connection.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 4000;
      BEGIN; PRAGMA application_id = ${applicationId}; ${catalogSchema}; COMMIT`);
  connection.exec('PRAGMA cache_size = -65536; PRAGMA temp_store = MEMORY');
  const catalog = openCatalog(connection);
  const statements = new Map<string, StatementSync>();
  const prepare = (sql: string) => {
    let statement = statements.get(sql);
    if (!statement) {
      if (statements.size > 2000) statements.clear();
      statement = connection.prepare(sql);
      statement.setReturnArrays(true);
      statements.set(sql, statement);
    }
    return statement;
  };
  // `setReturnArrays` makes rows arrays, which the types of node:sqlite do not know.
  const all = <Columns extends readonly unknown[]>(sql: string, ...parameters: SQLInputValue[]) =>
    prepare(sql).all(...parameters) as unknown as Columns[];

  /** Reads the keys that indexes need for a document in a row; throws before anything is written when another row has one. */
  const createKeysOf = (collection: Collection, document: Document, row: number | undefined) => {
    const readKeys = createKeyReader(document);
    return (index: Index) => {
      if (index.partial && !index.partial.matches(document)) return noKeys;
      const found = readKeys(index.fields);
      for (const key of index.isUnique ? found.keys : []) {
        const owners = all<[row: number]>(`SELECT row FROM ${indexTable(index)} WHERE ${isKey(index)}`, ...key);
        if (owners.some(([owner]) => owner !== row)) throw duplicateKey(collection, index, document);
      }
      return found;
    };
  };

  const insertKeys = (
    collection: Collection,
    index: Index,
    keys: readonly Buffer[][],
    multikey: number,
    row: number,
  ) => {
    const sql = `INSERT INTO ${indexTable(index)} VALUES (?${', ?'.repeat(index.fields.length)})`;
    for (const key of keys) prepare(sql).run(row, ...key);
    const current = catalog.find(collection.database, collection.name);
    const known = current?.indexes.find(({ id }) => id === index.id)?.multikey ?? 0;
    if (current && (known | multikey) !== known) catalog.setMultikey(current, index, known | multikey);
  };

  const removeKeys = (index: Index, keys: readonly Buffer[][], row: number) => {
    const sql = `DELETE FROM ${indexTable(index)} WHERE ${isKey(index)} AND row = ?`;
    for (const key of keys) prepare(sql).run(...key, row);
  };

  return {
    catalog,
    all,
    exec: (sql) => connection.exec(sql),
    isInTransaction: () => connection.isTransaction,
    atomically: (work) => {
      connection.exec('SAVEPOINT write');
      try {
        const result = work();
        connection.exec('RELEASE write');
        return result;
      } catch (error) {
        connection.exec('ROLLBACK TO write; RELEASE write');
        catalog.refresh();
        throw error;
      }
    },
    insert: (collection, raw) => {
      const keysOf = createKeysOf(collection, collection.readIndexed(raw), undefined);
      const found = collection.indexes.map((index) => ({ index, ...keysOf(index) }));
      const insert = prepare(`INSERT INTO ${documentsTable(collection)} (document) VALUES (?)`);
      const row = Number(insert.run(raw).lastInsertRowid);
      for (const { index, keys, multikey } of found) insertKeys(collection, index, keys, multikey, row);
    },
    update: (collection, row, before, after) => {
      const [was, is] = [collection.readIndexed(before), collection.readIndexed(after)];
      const isChanged = (root: string) => !isDeepStrictEqual(fieldOf(was, root), fieldOf(is, root));
      const [oldKeysOf, keysOf] = [createKeysOf(collection, was, row), createKeysOf(collection, is, row)];
      const found = collection.indexes
        .filter(({ roots }) => roots.some(isChanged))
        .map((index) => ({ index, ...keysOf(index) }));
      prepare(`UPDATE ${documentsTable(collection)} SET document = ? WHERE row = ?`).run(after, row);
      for (const { index, keys, multikey } of found) {
        const old = oldKeysOf(index).keys;
        removeKeys(index, without(old, keys), row);
        insertKeys(collection, index, without(keys, old), multikey, row);
      }
    },
    remove: (collection, row, raw) => {
      const keysOf = createKeysOf(collection, collection.readIndexed(raw), row);
      for (const index of collection.indexes) removeKeys(index, keysOf(index).keys, row);
      prepare(`DELETE FROM ${documentsTable(collection)} WHERE row = ?`).run(row);
    },
    read: (collection, row) =>
      all<[Uint8Array]>(`SELECT document FROM ${documentsTable(collection)} WHERE row = ?`, row)[0]?.[0],
    buildIndex: (collection, index) => {
      // As it is with the new index: it may read further fields.
      const { readIndexed } = catalog.find(collection.database, collection.name) ?? collection;
      const table = documentsTable(collection);
      for (let row: number | undefined = -1; row !== undefined; ) {
        const sql = `SELECT row, document FROM ${table} WHERE row > ? ORDER BY row LIMIT 200`;
        const rows: [row: number, raw: Uint8Array][] = all(sql, row);
        for (const [row, raw] of rows) {
          const { keys, multikey } = createKeysOf(collection, readIndexed(raw), row)(index);
          insertKeys(collection, index, keys, multikey, row);
        }
        row = rows.at(-1)?.[0];
      }
    },
    close: () => connection.close(),
  };
}

const isKey = ({ fields }: Index) => fields.map(({ column }) => `${column} = ?`).join(' AND ');

const noKeys = { keys: [], multikey: 0 };

/** The keys that are not among others. */
function without(keys: readonly Buffer[][], others: readonly Buffer[][]): Buffer[][] {
  // No part is the beginning of another: put together, keys are equal only where all their parts are.
  const textOf = (key: readonly Buffer[]) => Buffer.concat(key).toString('latin1');
  const known = new Set(others.map(textOf));
  return keys.filter((key) => !known.has(textOf(key)));
}

/** The number of this layout of the file. */
const applicationId = 0x54720004;

/** Throws, and leaves the file as it is, where it is damaged or of something else. */
function checkFile(path: string): void {
  if (!existsSync(path) || statSync(path).size === 0) return;
  // A connection that only reads writes nothing back when it is closed.
  const connection = new DatabaseSync(path, { readOnly: true });
  try {
    const id = connection.prepare('PRAGMA application_id').get()?.application_id;
    if (id !== applicationId) throw new Error('it is not a database of this version of Trivium');
    const check = connection.prepare('PRAGMA quick_check(1)').get()?.quick_check;
    if (check !== 'ok') throw new Error(`it is damaged (${String(check).replace(/\s+/g, ' ')})`);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    const message = `The database file ${path} cannot be used: ${reason}.`;
    throw new Error(`${message} It was left as it is: restore a copy of it, or choose another DATA_DIR.`, { cause });
  } finally {
    connection.close();
  }
}

function duplicateKey({ database, name }: Collection, index: Index, document: Document): DatabaseError {
  const fields = index.fields.map(({ path, parts }) => [path, valueForMessage(document, parts)] as const);
  const shown = fields.map(([path, value]) => `${path}: ${show(value)}`).join(', ');
  const message = `E11000 duplicate key error collection: ${database}.${name} index: ${index.name} dup key: { ${shown} }`;
  return new DatabaseError(11000, message, {
    keyPattern: index.specification.key,
    keyValue: Object.fromEntries(fields),
  });
}

function valueForMessage(document: Document, parts: readonly string[]): unknown {
  return (
    parts.reduce<unknown>((value, part) => (isDocument(value) ? fieldOf(value, part) : undefined), document) ?? null
  );
}

function show(value: unknown): string {
  if (typeof value === 'object' && value !== null && '_bsontype' in value) {
    return value._bsontype === 'ObjectId' ? `ObjectId('${value}')` : String(value);
  }
  return value instanceof Date ? `new Date(${value.getTime()})` : JSON.stringify(value);
}
