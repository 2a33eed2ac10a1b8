import { BSON, type Collection, type Document, type Filter, ObjectId, type Sort } from 'mongodb';
import { inBatches, toError, writeInBatches } from './batch.ts';
import { type Codec, decodeRecord, encodeFields, encodeRecord, type StoredDocument } from './codec.ts';
import { translateDriverErrors } from './driver-error.ts';
import { createdAtOrder, findPage, type Page, type PageOrder, type PageRequest } from './pagination.ts';

/** What every record has. `id` is an ObjectId's 24 hexadecimal digits. */
export interface Entity {
  readonly id: string;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** A record's fields that its maker gives. */
export type NewRecord<T extends Entity> = Omit<T, 'id' | 'createdAt' | 'updatedAt' | 'project'>;

/** An index, with the query that needs it. */
export interface IndexDefinition {
  readonly key: Readonly<Record<string, 1 | -1>>;
  readonly reason: string;
  readonly unique?: boolean;
  readonly partialFilterExpression?: Document;
  /** After the date that the index is of. */
  readonly expireAfterSeconds?: number;
}

/** Ids of the service that a client comes from: unique per project and kind, where given. */
export const externalIdIndex: IndexDefinition = {
  key: { project: 1, externalId: 1 },
  unique: true,
  partialFilterExpression: { externalId: { $type: 'string' } },
  reason: 'lookup by the id of the old service; unique per project',
};

/** What an environment's API executes is registered once. */
export const remoteIdIndex: IndexDefinition = {
  key: { project: 1, environment: 1, remoteId: 1 },
  unique: true,
  partialFilterExpression: { remoteId: { $type: 'string' } },
  reason: 'importRemote: what is registered already',
};

/** What is registered of an environment's API: all of it, or what has one of these ids there. */
export function withRemoteId(environment: string, remoteIds?: readonly string[]): Document {
  return { environment, remoteId: { ...(remoteIds && { $in: [...remoteIds] }), $type: 'string' } };
}

/** The records with one of these ids elsewhere. It says the condition of the partial index, so that planners see that it serves. */
export function withExternalId(externalIds: readonly string[]): Document {
  return { externalId: { $in: [...externalIds], $type: 'string' } };
}

/** A change of a record that fits a condition. */
export interface Update<T extends Entity> {
  readonly id: string;
  readonly changes: Partial<NewRecord<T>>;
  readonly condition: Document;
}

/**
 * The records of one kind in one project. The project is part of every query that is made here, so that no caller can
 * forget it: what lies outside of it does not exist.
 */
export interface EntityStore<T extends Entity> {
  findOneById(id: string): Promise<T | null>;
  /** In no particular order; ids that do not exist are left out. */
  findManyByIds(ids: readonly string[]): Promise<T[]>;
  findOne(filter: Document, sort?: Sort): Promise<T | null>;
  /** At most `limit`, if given. */
  findMany(filter: Document, sort?: Sort, limit?: number): Promise<T[]>;
  /** What is said to be `unread` is left in the database, and missing in the records. */
  findPage(request: PageRequest, filter?: Document, order?: PageOrder, unread?: readonly string[]): Promise<Page<T>>;
  count(filter?: Document): Promise<number>;
  aggregate(filter: Document, stages: readonly Document[]): Promise<Document[]>;
  /** Stores a record, with values of hidden fields. Throws a ConflictError where a unique value is taken. */
  insert(record: NewRecord<T> & { readonly id?: string }, hiddenValues?: Document): Promise<T>;
  /** The record as it is afterwards; null where there is none, or none that fits `condition`. */
  update(id: string, changes: Partial<NewRecord<T>>, condition?: Document): Promise<T | null>;
  /** Makes several updates in one command, each whatever becomes of the others. Throws what the driver does. */
  updateTogether(updates: readonly Update<T>[]): Promise<void>;
  /** Applies MongoDB update operators to one record and answers with it as it is afterwards. */
  modify(filter: Document, operators: Document): Promise<T | null>;
  remove(id: string): Promise<boolean>;
  removeMany(filter: Document): Promise<number>;
}

/** How long after its time a read may still answer. */
const answerLateMs = 30_000;

interface Query {
  readonly filter: Document;
  readonly sort: Sort;
}

/** A new id, ordered by time as ObjectIds are. */
export function createId(): string {
  return new ObjectId().toHexString();
}

/**
 * Opens the records of one project; `restriction` narrows further what can be seen and changed. The database may work on a page, a
 * count or an aggregation for `readMaxTimeMs`; then it is a QueryTooSlowError.
 */
export function createEntityStore<T extends Entity>(
  collection: Collection<StoredDocument>,
  codec: Codec,
  project: string,
  restriction: Document = {},
  readMaxTimeMs?: number,
): EntityStore<T> {
  const scope = { ...restriction, project };
  // A filter that names the same fields narrows further; it can neither widen the scope nor get lost in it.
  const within = (filter: Document): Filter<StoredDocument> =>
    Object.keys(scope).some((name) => name in filter) ? { $and: [filter], ...scope } : { ...filter, ...scope };
  // The one place where documents become records: only insert and update below write this collection.
  const toRecord = (document: Document) => decodeRecord(document, codec) as unknown as T;
  const without = (fields: readonly string[]) =>
    fields.length === 0 ? {} : { projection: Object.fromEntries(fields.map((field) => [field, 0])) };
  const hidden = codec.hiddenFields ?? [];
  const visible = without(hidden);
  const timed = readMaxTimeMs === undefined ? {} : { maxTimeMS: readMaxTimeMs };
  // The database says itself that its time is over.
  const answerMs = readMaxTimeMs === undefined ? undefined : readMaxTimeMs + answerLateMs;
  const setFields = (changes: Document) => ({ $set: encodeFields({ ...changes, updatedAt: new Date() }, codec) });
  const toRecordOrNull = (document: Document | null) => (document === null ? null : toRecord(document));
  const findOneById = inBatches(async (ids: readonly string[]): Promise<(T | null)[]> => {
    const found = collection.find(within({ _id: { $in: [...new Set(ids)] } }), visible);
    const documents = await translateDriverErrors(found.toArray());
    const byId = new Map(documents.map((document) => [document._id, toRecord(document)]));
    return ids.map((id) => byId.get(id) ?? null);
  });
  const findOne = inBatches((queries: readonly Query[]): Promise<(T | Error | null)[]> => {
    const answers = new Map<string, Promise<T | Error | null>>();
    const read = ({ filter, sort }: Query) => {
      const call = collection.findOne(within(filter), { ...visible, sort });
      return translateDriverErrors(call).then(toRecordOrNull, toError);
    };
    return Promise.all(
      queries.map((query) => {
        const key = Buffer.from(BSON.serialize(query, { ignoreUndefined: true })).toString('latin1');
        const answer = answers.get(key) ?? read(query);
        answers.set(key, answer);
        return answer;
      }),
    );
  });
  const insertDocument = writeInBatches<StoredDocument, unknown>({
    together: (documents) => collection.insertMany([...documents], { ordered: false }),
    answer: () => null,
    alone: (document) => translateDriverErrors(collection.insertOne(document)),
  });

  return {
    findOneById,
    async findManyByIds(ids) {
      return (await Promise.all(Array.from(new Set(ids), findOneById))).filter((record) => record !== null);
    },
    findOne: (filter, sort = {}) => findOne({ filter, sort }),
    async findMany(filter, sort = { _id: 1 }, limit = 0) {
      const cursor = collection.find(within(filter), visible).sort(sort).limit(limit);
      return (await translateDriverErrors(cursor.toArray())).map(toRecord);
    },
    async findPage(request, filter = {}, order = createdAtOrder, unread = []) {
      const options = { ...without([...hidden, ...unread]), ...timed };
      const page = await translateDriverErrors(findPage(collection, within(filter), order, request, options), answerMs);
      return { ...page, items: page.items.map(toRecord) };
    },
    count: (filter = {}) => translateDriverErrors(collection.countDocuments(within(filter), timed), answerMs),
    aggregate: (filter, stages) =>
      translateDriverErrors(collection.aggregate([{ $match: within(filter) }, ...stages], timed).toArray(), answerMs),
    async insert({ id = createId(), ...fields }, hiddenValues = {}) {
      const now = new Date();
      const document = encodeRecord({ id, ...fields, project, createdAt: now, updatedAt: now }, codec);
      await insertDocument({ ...document, ...hiddenValues });
      return toRecord(document);
    },
    update(id, changes, condition = {}) {
      return this.modify({ _id: id, ...condition }, setFields(changes));
    },
    async updateTogether(updates) {
      const writes = updates.map(({ id, changes, condition }) => ({
        updateOne: { filter: within({ _id: id, ...condition }), update: setFields(changes) },
      }));
      await collection.bulkWrite(writes, { ordered: false });
    },
    async modify(filter, operators) {
      const call = collection.findOneAndUpdate(within(filter), operators, { ...visible, returnDocument: 'after' });
      return toRecordOrNull(await translateDriverErrors(call));
    },
    async remove(id) {
      return (await translateDriverErrors(collection.deleteOne(within({ _id: id })))).deletedCount === 1;
    },
    async removeMany(filter) {
      return (await translateDriverErrors(collection.deleteMany(within(filter)))).deletedCount;
    },
  };
}
