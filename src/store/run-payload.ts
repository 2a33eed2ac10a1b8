import { text } from 'node:stream/consumers';
import { type Db, GridFSBucket } from 'mongodb';
import type { Message } from '../domain.ts';
import type { JsonObject, JsonValue } from '../json.ts';
import { translateDriverErrors } from './driver-error.ts';
import { createId, type IndexDefinition } from './entity-store.ts';
import type { FlowPlan } from './run-record.ts';

/** What a run was given and gave: as large as callers and models make it. */
export interface RunPayloads {
  readonly input: JsonObject | null;
  readonly prompt: readonly Message[];
  /** What a flow will do; null for others. */
  readonly plan: FlowPlan | null;
  readonly result: JsonValue;
}

/** What is too large to lie within a run, as JSON in GridFS; found only together with its project. */
export interface PayloadFiles {
  /** The id of the file that holds the value; null where the value is small enough (256 KB unless given) to lie within the run. */
  writeIfLarge(project: string, run: string, value: unknown, maxBytes?: number): Promise<string | null>;
  read(project: string, file: string): Promise<unknown>;
  remove(file: string): Promise<void>;
  removeOfProject(project: string): Promise<void>;
}

/** Beyond it a list of runs would be slow to read, and 16 MB are all that a document can hold. */
const maxInlineBytes = 256 * 1024;

export const runPayloadIndexes: readonly IndexDefinition[] = [
  { key: { 'metadata.project': 1 }, reason: 'removeOfProject' },
];

export function createPayloadFiles(db: Db): PayloadFiles {
  const bucket = new GridFSBucket(db, { bucketName: 'run_payloads' });
  return {
    async writeIfLarge(project, run, value, maxBytes = maxInlineBytes) {
      const json = JSON.stringify(value) ?? 'null';
      if (Buffer.byteLength(json) <= maxBytes) return null;
      const id = createId();
      // The driver's types know ObjectIds only; GridFS takes any id.
      const upload = bucket.openUploadStreamWithId(id as never, run, { metadata: { project } });
      const finished = new Promise<void>((resolve, reject) => upload.once('finish', resolve).once('error', reject));
      upload.end(json);
      await translateDriverErrors(finished);
      return id;
    },
    async read(project, id) {
      const [file] = await translateDriverErrors(
        bucket.find({ _id: id as never, 'metadata.project': project }).toArray(),
      );
      if (file === undefined) return null;
      return JSON.parse(await translateDriverErrors(text(bucket.openDownloadStream(file._id))));
    },
    async remove(id) {
      await translateDriverErrors(bucket.delete(id as never));
    },
    async removeOfProject(project) {
      const files = await translateDriverErrors(bucket.find({ 'metadata.project': project }).toArray());
      for (const { _id } of files) await translateDriverErrors(bucket.delete(_id));
    },
  };
}
