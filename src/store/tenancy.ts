import type { Collection, Db, Document } from 'mongodb';
import type { KeyKind, Role } from '../domain.ts';
import { type Budget, createUsageStore, type UsageStore } from './budget.ts';
import { decodeRecord, encodeRecord, type StoredDocument } from './codec.ts';
import { translateDriverErrors } from './driver-error.ts';
import { createId, type Entity, type IndexDefinition } from './entity-store.ts';

/** Who pays: owns projects. */
export interface AccountRecord {
  readonly id: string;
  readonly name: string;
}

/** The tenant: everything else belongs to exactly one project. */
export interface ProjectRecord extends Entity {
  readonly account: string;
  readonly name: string;
  /** Unique over all projects: an Unstract organization_id, and what `x-project-id` may name. */
  readonly slug: string;
  readonly recordPayloads: 'all' | 'metadata';
  readonly retentionDays: number | null;
  /** What models cost; missing: nothing is known. */
  readonly prices?: readonly Price[];
  /** Null or missing: no limits. */
  readonly budget?: Budget | null;
}

/** What a model costs, in whatever currency the project counts. */
export interface Price {
  /** Its name, or the beginning of names and `*`. */
  readonly model: string;
  /** For a million tokens of the prompt, and of the result. */
  readonly prompt: number;
  readonly result: number;
}

export interface ApiKeyRecord extends Entity {
  readonly project: string;
  readonly name: string;
  readonly kind: KeyKind;
  readonly role: Role;
  /** The one deployment that it is for; null: it is for the project. */
  readonly deployment?: string | null;
  /** What may be shown of the key's value. */
  readonly prefix: string;
  readonly hash: string;
  readonly lastUsedAt: Date | null;
  readonly expiresAt: Date | null;
  readonly revokedAt: Date | null;
  /** Null or missing: no limits. */
  readonly budget?: Budget | null;
}

export const tenancyIndexes: Readonly<Record<string, readonly IndexDefinition[]>> = {
  projects: [
    { key: { slug: 1 }, unique: true, reason: 'findProjectBySlug; a slug names one project' },
    { key: { account: 1, _id: 1 }, reason: 'findProjectsOfAccount' },
  ],
  api_keys: [
    { key: { hash: 1 }, unique: true, reason: 'findApiKeyByHash on every request; one value is one key' },
    { key: { project: 1, createdAt: -1, _id: -1 }, reason: 'the keys of a project, newest first' },
    { key: { project: 1, deployment: 1 }, reason: 'deleteDeployment: the keys that are for it' },
  ],
};

/**
 * The records above all projects: accounts, projects, and keys by their hash. Only authentication, start-up and the
 * administration of projects use it; everything else goes through a ProjectStore.
 */
export interface TenancyStore {
  findAccountById(id: string): Promise<AccountRecord | null>;
  findAccountsByIds(ids: readonly string[]): Promise<AccountRecord[]>;
  insertAccount(account: Omit<AccountRecord, 'id'> & { id?: string }): Promise<AccountRecord>;
  findProjectById(id: string): Promise<ProjectRecord | null>;
  findProjectBySlug(slug: string): Promise<ProjectRecord | null>;
  findProjectsOfAccount(account: string): Promise<ProjectRecord[]>;
  findProjects(): Promise<ProjectRecord[]>;
  /** The project that was made at the first start. */
  findFirstProject(): Promise<ProjectRecord | null>;
  /** Throws a ConflictError where the slug is taken. */
  insertProject(project: Omit<ProjectRecord, keyof Entity> & { id?: string }): Promise<ProjectRecord>;
  updateProject(id: string, changes: Partial<Omit<ProjectRecord, keyof Entity>>): Promise<ProjectRecord | null>;
  /** Removes a project and everything that belongs to it. */
  removeProject(id: string): Promise<boolean>;
  findApiKeyByHash(hash: string): Promise<ApiKeyRecord | null>;
  findApiKeyById(id: string): Promise<ApiKeyRecord | null>;
  touchApiKey(id: string, lastUsedAt: Date): Promise<void>;
  /** What projects and keys use of their budgets. */
  readonly usage: UsageStore;
}

const plain = { schemaFields: [], jsonFields: [] };

// The one place where these documents become records: only the inserts below write them.
const toRecord = <T>(document: Document) => decodeRecord(document, plain) as T;
const toRecordOrNull = <T>(document: Document | null) => (document === null ? null : toRecord<T>(document));

/** What belongs to a project beside its collections. */
interface OwnedFiles {
  removeOfProject(project: string): Promise<void>;
}

/** `owned` are the collections whose documents carry a `project`. */
export function createTenancyStore(db: Db, owned: readonly string[], ownedFiles: readonly OwnedFiles[]): TenancyStore {
  const accounts: Collection<StoredDocument> = db.collection('accounts');
  const projects: Collection<StoredDocument> = db.collection('projects');
  const apiKeys: Collection<StoredDocument> = db.collection('api_keys');

  const findOne = async <T>(collection: Collection<StoredDocument>, filter: Document) =>
    toRecordOrNull<T>(await translateDriverErrors(collection.findOne(filter, { sort: { _id: 1 } })));
  const findMany = async <T>(collection: Collection<StoredDocument>, filter: Document) =>
    (await translateDriverErrors(collection.find(filter).sort({ _id: 1 }).toArray())).map(toRecord<T>);
  const insert = async <T>(collection: Collection<StoredDocument>, record: { readonly id?: string }) => {
    const now = new Date();
    const document = encodeRecord({ id: createId(), ...record, createdAt: now, updatedAt: now }, plain);
    await translateDriverErrors(collection.insertOne(document));
    return toRecord<T>(document);
  };

  return {
    usage: createUsageStore(db.collection('usage')),
    findAccountById: (id) => findOne(accounts, { _id: id }),
    findAccountsByIds: (ids) => findMany(accounts, { _id: { $in: [...ids] } }),
    insertAccount: (account) => insert(accounts, account),
    findProjectById: (id) => findOne(projects, { _id: id }),
    findProjectBySlug: (slug) => findOne(projects, { slug }),
    findProjectsOfAccount: (account) => findMany(projects, { account }),
    findProjects: () => findMany(projects, {}),
    findFirstProject: () => findOne(projects, {}),
    insertProject: (project) => insert(projects, project),
    async updateProject(id, changes) {
      const operators = { $set: { ...changes, updatedAt: new Date() } };
      const call = projects.findOneAndUpdate({ _id: id }, operators, { returnDocument: 'after' });
      return toRecordOrNull(await translateDriverErrors(call));
    },
    async removeProject(id) {
      // The project goes last: what is interrupted half-way can be asked for again.
      for (const files of ownedFiles) await files.removeOfProject(id);
      for (const name of owned) await translateDriverErrors(db.collection(name).deleteMany({ project: id }), null);
      return (await translateDriverErrors(projects.deleteOne({ _id: id }))).deletedCount === 1;
    },
    findApiKeyByHash: (hash) => findOne(apiKeys, { hash }),
    findApiKeyById: (id) => findOne(apiKeys, { _id: id }),
    async touchApiKey(id, lastUsedAt) {
      await translateDriverErrors(apiKeys.updateOne({ _id: id }, { $set: { lastUsedAt } }));
    },
  };
}
