import type { Collection, Document } from 'mongodb';
import type { StoredDocument } from './codec.ts';
import { translateDriverErrors } from './driver-error.ts';
import { type Entity, type EntityStore, externalIdIndex, type IndexDefinition } from './entity-store.ts';
import type { ContentSelection } from './flow.ts';
import type { RunError } from './run-record.ts';

/** Contents lie in folders and bear tags; both have a name that is theirs alone in the project. */
export interface FolderRecord extends Entity {
  readonly project: string;
  readonly name: string;
  readonly description: string | null;
}

export interface TagRecord extends Entity {
  readonly project: string;
  readonly name: string;
}

/** A text that steps of flows can read. */
export interface ContentRecord extends Entity {
  readonly project: string;
  readonly externalId: string | null;
  readonly name: string;
  readonly folder: string | null;
  readonly tags: readonly string[];
  /** In bytes: of the text, or of the file that it was read from. */
  readonly size: number;
  /** The media type of what the text was read from. */
  readonly type: string;
  /** Where it was fetched from. */
  readonly url: string | null;
  /** Failed: its text could not be read, and `error` says why. */
  readonly status: 'completed' | 'failed';
  readonly error: RunError | null;
  /** Names the passages that are its text; another text is another revision. */
  readonly revision: string;
}

const nameIndex: IndexDefinition = {
  key: { project: 1, name: 1 },
  unique: true,
  reason: 'folders and tags by their names; a name is given once',
};

export const folderIndexes: readonly IndexDefinition[] = [nameIndex];
export const tagIndexes: readonly IndexDefinition[] = [nameIndex];

export const contentIndexes: readonly IndexDefinition[] = [
  { key: { project: 1, createdAt: -1, _id: -1 }, reason: 'contents, newest first' },
  { key: { project: 1, folder: 1, createdAt: -1, _id: -1 }, reason: 'contents of a folder' },
  { key: { project: 1, tags: 1, createdAt: -1, _id: -1 }, reason: 'contents with a tag' },
  externalIdIndex,
];

export const passageIndexes: readonly IndexDefinition[] = [
  { key: { project: 1, revision: 1, index: 1 }, reason: 'the passages of a text, in their order' },
];

/** The MongoDB query that a selection means. */
function convertContentSelection({ folders, tags }: ContentSelection): Document {
  return {
    ...(folders.length > 0 && { folder: { $in: [...folders] } }),
    ...(tags.length > 0 && { tags: { $in: [...tags] } }),
  };
}

/** The readable texts of a selection, each with the content that it is the text of. */
export async function listRevisions(
  contents: EntityStore<ContentRecord>,
  selection: ContentSelection,
): Promise<Map<string, { readonly id: string; readonly name: string }>> {
  const filter = { ...convertContentSelection(selection), status: 'completed' };
  const found = await contents.aggregate(filter, [{ $project: { revision: 1, name: 1 } }]);
  return new Map(found.map(({ _id, revision, name }) => [String(revision), { id: String(_id), name: String(name) }]));
}

/** How many contents there are for each value of `folder` or `tags`. */
export async function countContentsBy(
  contents: EntityStore<ContentRecord>,
  field: 'folder' | 'tags',
  ids: readonly string[],
): Promise<Map<string, number>> {
  const stages = [
    ...(field === 'tags' ? [{ $unwind: '$tags' }] : []),
    { $group: { _id: `$${field}`, count: { $sum: 1 } } },
  ];
  const counted = await contents.aggregate({ [field]: { $in: [...ids] } }, stages);
  return new Map(counted.map(({ _id, count }) => [String(_id), Number(count)]));
}

/** A piece of a text, with the one that it is a piece of. */
export interface PassageRecord {
  readonly id: string;
  readonly revision: string;
  readonly text: string;
}

/** The passages of one project. */
export interface PassageStore {
  /** Keeps the pieces of a text in their order. */
  insertMany(revision: string, texts: readonly string[]): Promise<void>;
  /** Those of some texts, each text's in its order. */
  findManyByRevisions(revisions: readonly string[]): Promise<PassageRecord[]>;
  /** The first passages of some texts, as many as `limit` says. */
  findFirst(revisions: readonly string[], limit: number): Promise<PassageRecord[]>;
  /** In no particular order; ids that do not exist are left out. */
  findManyByIds(ids: readonly string[]): Promise<PassageRecord[]>;
  removeOfRevision(revision: string): Promise<void>;
}

/** MongoDB takes 48 MB at once. */
const insertedAtOnce = 1_000;

export function createPassageStore(collection: Collection<StoredDocument>, project: string): PassageStore {
  const find = async (filter: Document, limit = 0): Promise<PassageRecord[]> => {
    const cursor = collection
      .find({ ...filter, project })
      .sort({ revision: 1, index: 1 })
      .limit(limit);
    return (await translateDriverErrors(cursor.toArray())).map(({ _id, revision, text }) => ({
      id: _id,
      revision,
      text,
    }));
  };
  return {
    async insertMany(revision, texts) {
      for (let first = 0; first < texts.length; first += insertedAtOnce) {
        const passages = texts.slice(first, first + insertedAtOnce).map((text, offset) => {
          const index = first + offset;
          return { _id: `${revision}:${index}`, project, revision, index, text };
        });
        await translateDriverErrors(collection.insertMany(passages));
      }
    },
    findManyByRevisions: (revisions) => find({ revision: { $in: [...revisions] } }),
    findFirst: (revisions, limit) => find({ revision: { $in: [...revisions] } }, limit),
    findManyByIds: (ids) => find({ _id: { $in: [...ids] } }),
    async removeOfRevision(revision) {
      await translateDriverErrors(collection.deleteMany({ project, revision }));
    },
  };
}
