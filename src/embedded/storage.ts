import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import type { Document, RawDocument } from './bson-document.ts';
import {
  type Catalog,
  type Collection,
  catalogSchema,
  documentsTable,
  type Index,
  indexTable,
  openCatalog,
} from './catalog.ts';
import { DatabaseError } from './errors.ts';
import { computeIndexKeys, type IndexKeys } from './index-key.ts';
import { encodeKey } from './key-encoding.ts';

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

/** Opens the file, for writing (there is one connection that does) or to read only. */
export function openStorage(path: string, { readOnly }: { readOnly: boolean }): Storage {
  const connection = new DatabaseSync(path, { readOnly, timeout: 10_000 });
  // WAL lets readers go on during a write; FULL syncs each commit, so that an acknowledged write survives anything.
  if (!readOnly)
    connection.exec(
      `PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 4000; ${catalogSchema}`,
    );
  connection.exec('PRAGMA cache_size = -65536; PRAGMA temp_store = MEMORY');
  const catalog = openCatalog(connection);
  const statements = new Map<string, StatementSync>();
  const prepare = (sql: string) => {
    let statement = statements.get(sql);
    if (!statement) {
      statement = connection.prepare(sql);
      statement.setReturnArrays(true);
      if (statements.size > 2000) statements.clear();
      statements.set(sql, statement);
    }
    return statement;
  };
  // `setReturnArrays` makes rows arrays, which the types of node:sqlite do not know.
  const all = <Columns extends readonly unknown[]>(sql: string, ...parameters: SQLInputValue[]) =>
    prepare(sql).all(...parameters) as unknown as Columns[];

  const keysOf = (index: Index, document: Document): IndexKeys | undefined => {
    if (index.partial && !index.partial.matcher.matches(document)) return undefined;
    const keys = computeIndexKeys(index.fields, document);
    return index.isSparse && keys.isMissing ? undefined : keys;
  };

  /** The keys that an index needs for a document in a row; throws before anything is written when another row has one. */
  const checkedKeys = (collection: Collection, index: Index, document: Document, row: number): IndexKeys => {
    const found = keysOf(index, document) ?? { keys: [], multikey: 0, isMissing: true };
    for (const key of index.isUnique ? found.keys : []) {
      const owners = all<[row: number]>(`SELECT row FROM ${indexTable(index)} WHERE key = ?`, key);
      if (owners.some(([owner]) => owner !== row)) throw duplicateKey(collection, index, document);
    }
    return found;
  };

  const insertKey = (index: Index, key: Buffer, row: number) =>
    prepare(`INSERT INTO ${indexTable(index)} (key, row) VALUES (?, ?)`).run(key, row);

  const noteMultikey = (collection: Collection, index: Index, multikey: number) => {
    const known =
      catalog.find(collection.database, collection.name)?.indexes.find(({ id }) => id === index.id)?.multikey ?? 0;
    if ((known | multikey) !== known) catalog.setMultikey(collection, index, known | multikey);
  };

  const storage: Storage = {
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
      const document = collection.readIndexed(raw);
      const id = encodeKey(document._id);
      if (prepare(`SELECT 1 FROM ${documentsTable(collection)} WHERE id = ?`).get(id))
        throw duplicateKey(collection, collection.indexes[0], document);
      const found = collection.indexes
        .slice(1)
        .map((index) => ({ index, ...checkedKeys(collection, index, document, -1) }));
      const insert = prepare(`INSERT INTO ${documentsTable(collection)} (id, document) VALUES (?, ?)`);
      const row = Number(insert.run(id, raw).lastInsertRowid);
      for (const { index, keys, multikey } of found) {
        for (const key of keys) insertKey(index, key, row);
        if (multikey) noteMultikey(collection, index, multikey);
      }
    },
    update: (collection, row, before, after) => {
      const [was, is] = [collection.readIndexed(before), collection.readIndexed(after)];
      const found = collection.indexes.slice(1).map((index) => ({ index, ...checkedKeys(collection, index, is, row) }));
      prepare(`UPDATE ${documentsTable(collection)} SET document = ? WHERE row = ?`).run(after, row);
      for (const { index, keys, multikey } of found) {
        const old = keysOf(index, was)?.keys ?? [];
        for (const key of old)
          if (!keys.some((other) => other.equals(key)))
            prepare(`DELETE FROM ${indexTable(index)} WHERE key = ? AND row = ?`).run(key, row);
        for (const key of keys) if (!old.some((other) => other.equals(key))) insertKey(index, key, row);
        if (multikey) noteMultikey(collection, index, multikey);
      }
    },
    remove: (collection, row, raw) => {
      prepare(`DELETE FROM ${documentsTable(collection)} WHERE row = ?`).run(row);
      if (collection.indexes.length === 1) return;
      const document = collection.readIndexed(raw);
      for (const index of collection.indexes.slice(1)) {
        for (const key of keysOf(index, document)?.keys ?? [])
          prepare(`DELETE FROM ${indexTable(index)} WHERE key = ? AND row = ?`).run(key, row);
      }
    },
    read: (collection, row) =>
      all<[Uint8Array]>(`SELECT document FROM ${documentsTable(collection)} WHERE row = ?`, row)[0]?.[0],
    buildIndex: (collection, index) => {
      let multikey = 0;
      // As it is with the new index: it may read further fields.
      const { readIndexed } = catalog.find(collection.database, collection.name) ?? collection;
      for (const entry of prepare(`SELECT row, document FROM ${documentsTable(collection)} ORDER BY row`).iterate()) {
        // An array too; read one by one, for there may be many.
        const [row, raw] = entry as unknown as [number, Uint8Array];
        const document = readIndexed(raw);
        const found = checkedKeys(collection, index, document, row);
        for (const key of found.keys) insertKey(index, key, row);
        multikey |= found.multikey;
      }
      if (multikey) noteMultikey(collection, index, multikey);
    },
    close: () => connection.close(),
  };
  return storage;
}

function duplicateKey(collection: Collection, index: Index | undefined, document: Document): DatabaseError {
  const fields = index?.fields ?? [];
  const keyPattern = (index?.specification.key ?? {}) as Document;
  const keyValue = Object.fromEntries(fields.map(({ path, parts }) => [path, valueForMessage(document, parts)]));
  const shown = Object.entries(keyValue)
    .map(([path, value]) => `${path}: ${show(value)}`)
    .join(', ');
  const message = `E11000 duplicate key error collection: ${collection.database}.${collection.name} index: ${index?.name} dup key: { ${shown} }`;
  return new DatabaseError(11000, message, { keyPattern, keyValue });
}

function valueForMessage(document: Document, parts: readonly string[]): unknown {
  return parts.reduce<unknown>((value, part) => (value as Document | undefined)?.[part], document) ?? null;
}

function show(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value);
  if (value === null) return 'null';
  if (value instanceof Date) return `new Date(${value.getTime()})`;
  const type = (value as { _bsontype?: string })._bsontype;
  return type === 'ObjectId'
    ? `ObjectId('${String(value)}')`
    : type === undefined
      ? JSON.stringify(value)
      : String(value);
}
