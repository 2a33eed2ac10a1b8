import { BSON, type Db, type Document } from 'mongodb';
import { translateDriverErrors } from './driver-error.ts';

/** Everything in the database as lines of text, for `npm run export` and `npm run import`. */
export interface Backup {
  /** A line that says what this is, a line a document (collection by collection, files included), and one that ends it. */
  read(): AsyncGenerator<string>;
  /**
   * Inserts the documents of such lines, and gives their number; `merge` puts them in the place of those with the same id.
   * Throws a BackupError for lines that are something else or not complete, and, but with `merge`, where there are documents.
   */
  write(lines: AsyncIterable<string>, options: { readonly merge: boolean }): Promise<number>;
}

/** What is to be imported, or where, is not as it must be. */
class BackupError extends Error {
  override readonly name = 'BackupError';
}

const format = 'trivium-export';
const version = 1;
/** Documents are written together until there are this many characters of them. */
const batchCharacters = 4_000_000;

export function createBackup(db: Db): Backup {
  const collectionNames = async () => {
    const collections = await translateDriverErrors(db.listCollections({}, { nameOnly: true }).toArray());
    return collections.map(({ name }) => name).sort();
  };

  async function* read() {
    yield JSON.stringify({ format, version });
    let count = 0;
    for (const collection of await collectionNames()) {
      // Types are kept exactly: a number that was stored as a double comes back as one.
      const documents = db.collection(collection).find({}, { promoteValues: false, sort: { _id: 1 } });
      for await (const document of documents) {
        yield BSON.EJSON.stringify({ collection, document }, { relaxed: false });
        count += 1;
      }
    }
    yield JSON.stringify({ end: count });
  }

  async function writeBatch(name: string, documents: readonly Document[], merge: boolean): Promise<void> {
    const collection = db.collection(name);
    const replace = (document: Document) => ({
      replaceOne: { filter: { _id: document._id }, replacement: document, upsert: true },
    });
    if (!merge) await translateDriverErrors(collection.insertMany([...documents]));
    else await translateDriverErrors(collection.bulkWrite(documents.map(replace)));
  }

  async function write(lines: AsyncIterable<string>, { merge }: { readonly merge: boolean }): Promise<number> {
    if (!merge) {
      for (const name of await collectionNames())
        if ((await translateDriverErrors(db.collection(name).findOne())) !== null)
          throw new BackupError(`The database is not empty: there are documents in ${name}. --merge adds to them.`);
    }
    let count = 0;
    let state: 'start' | 'documents' | 'end' = 'start';
    let batch: { name: string; documents: Document[]; characters: number } | undefined;
    for await (const line of lines) {
      const entry = parse(line, count);
      if (state === 'start') {
        if (entry.format !== format || Number(entry.version) !== version)
          throw new BackupError(`The file is no export of this version of Trivium (${format} ${version})`);
        state = 'documents';
      } else if (typeof entry.collection === 'string' && state === 'documents') {
        if (batch && (batch.name !== entry.collection || batch.characters > batchCharacters)) {
          await writeBatch(batch.name, batch.documents, merge);
          batch = undefined;
        }
        batch ??= { name: entry.collection, documents: [], characters: 0 };
        batch.documents.push(entry.document);
        batch.characters += line.length;
        count += 1;
      } else if (Number(entry.end) === count) state = 'end';
      else throw new BackupError(`The file is damaged behind document ${count}`);
    }
    if (batch) await writeBatch(batch.name, batch.documents, merge);
    if (state !== 'end') throw new BackupError(`The file ends before its end: ${count} documents were imported`);
    return count;
  }

  return { read, write };
}

function parse(line: string, count: number): Document {
  try {
    return BSON.EJSON.parse(line, { relaxed: false });
  } catch (cause) {
    throw new BackupError(`The file is damaged behind document ${count}`, { cause });
  }
}
