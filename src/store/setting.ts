import type { Collection, Document } from 'mongodb';
import type { StoredDocument } from './codec.ts';
import { translateDriverErrors } from './driver-error.ts';

/** What is true of the installation as a whole, by name. */
export interface SettingStore {
  find(name: string): Promise<string | null>;
  /** Records a value unless there is one already; answers with the one that is recorded. Safe for processes that start together. */
  findOrInsert(name: string, value: string): Promise<string>;
}

export function createSettingStore(collection: Collection<StoredDocument>): SettingStore {
  const readValue = (document: Document | null): string | null => document?.value ?? null;
  return {
    async find(name) {
      return readValue(await translateDriverErrors(collection.findOne({ _id: name })));
    },
    async findOrInsert(name, value) {
      const call = collection.findOneAndUpdate(
        { _id: name },
        { $setOnInsert: { value } },
        { upsert: true, returnDocument: 'after' },
      );
      return readValue(await translateDriverErrors(call)) ?? value;
    },
  };
}
