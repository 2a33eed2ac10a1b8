import type { Collection } from 'mongodb';
import type { TokenUse } from '../domain.ts';
import type { JsonValue } from '../json.ts';
import type { Codec, StoredDocument } from './codec.ts';
import { createEntityStore, type Entity, type IndexDefinition, type NewRecord } from './entity-store.ts';
import type { PayloadFiles } from './run-payload.ts';
import type { RunAttempt, RunError, RunStatus } from './run-record.ts';

/** The execution that really processed a file whose result was used again. */
export interface FileOrigin {
  readonly executionId: string;
  readonly fileRun: string;
  readonly executionTimeMs: number;
  readonly attempts: readonly RunAttempt[];
}

/** What a file says and what was found in it: as large as files are. */
export interface FilePayload {
  readonly result: JsonValue;
  readonly extractedText: string | null;
}

/** One file of an execution of a deployment. */
export interface FileRunRecord extends Entity, FilePayload {
  readonly project: string;
  readonly run: string;
  /** Of the execution, as Unstract's clients know it. */
  readonly executionId: string;
  /** A hash of the workflow: the same bytes through the same workflow give the same answer. Empty once that is not on record any more. */
  readonly workflow: string;
  readonly name: string;
  /** The media type, as the bytes say it; null until they were read. */
  readonly type: string | null;
  readonly size: number;
  readonly sha256: string;
  /** The stored file. */
  readonly file: string;
  readonly status: RunStatus;
  readonly error: RunError | null;
  readonly pages: number | null;
  /** By each key of the result, the pages that the answer came from, counted from 1. */
  readonly answerPages: Readonly<Record<string, readonly number[]>> | null;
  /** Of how many parts the text was put before the model. */
  readonly parts: number | null;
  readonly origin: FileOrigin | null;
  readonly attempts: readonly RunAttempt[];
  readonly tokenUse: TokenUse | null;
  readonly executionTimeMs: number | null;
  /** Which holder of the run works on it, and how often it was begun. */
  readonly epoch: number;
  readonly tries: number;
  /** Where the payload lies when it is too large for the record itself. */
  readonly payloadFile: string | null;
}

/** What a file ends with. */
export type FileOutcome = FilePayload &
  Pick<
    FileRunRecord,
    | 'type'
    | 'status'
    | 'error'
    | 'pages'
    | 'answerPages'
    | 'parts'
    | 'origin'
    | 'attempts'
    | 'tokenUse'
    | 'executionTimeMs'
  >;

export type NewFileRun = Pick<
  NewRecord<FileRunRecord>,
  'run' | 'executionId' | 'workflow' | 'name' | 'size' | 'sha256' | 'file'
>;

const unprocessed = {
  type: null,
  status: 'created',
  error: null,
  pages: null,
  answerPages: null,
  parts: null,
  origin: null,
  attempts: [],
  tokenUse: null,
  executionTimeMs: null,
  epoch: 0,
  tries: 0,
  payloadFile: null,
  result: null,
  extractedText: null,
} as const;

const codec: Codec = { schemaFields: [], jsonFields: ['result', 'answerPages'] };

export const fileRunIndexes: readonly IndexDefinition[] = [
  { key: { project: 1, run: 1 }, reason: 'removeOfRuns, clearOfRun' },
  {
    key: { project: 1, workflow: 1, sha256: 1, createdAt: -1, _id: -1 },
    reason: 'findProcessed: the history of a file',
  },
];

/** The files of the executions of one project. */
export interface FileRunStore {
  /** In the order of `files`. */
  insertMany(files: readonly NewFileRun[]): Promise<FileRunRecord[]>;
  /** In no particular order; ids that do not exist are left out. Large payloads are not there until `loadPayload` brings them. */
  findManyByIds(ids: readonly string[]): Promise<FileRunRecord[]>;
  loadPayload(file: FileRunRecord): Promise<FilePayload>;
  /** The last one with these bytes that this workflow processed. */
  findProcessed(workflow: string, sha256: string): Promise<FileRunRecord | null>;
  /** Takes a file for a holder of its run; null where it is finished, or a later holder has it. */
  begin(id: string, epoch: number): Promise<FileRunRecord | null>;
  /** Records how a file ended; null where a later holder has it. May be called again where the answer was lost. */
  finish(id: string, epoch: number, outcome: FileOutcome): Promise<FileRunRecord | null>;
  /** Forgets what the files of a run say and what was found in them. */
  clearOfRun(run: string): Promise<void>;
  removeOfRuns(runs: readonly string[]): Promise<void>;
}

export function createFileRunStore(
  collection: Collection<StoredDocument>,
  payloads: PayloadFiles,
  project: string,
): FileRunStore {
  const files = createEntityStore<FileRunRecord>(collection, codec, project);
  const removePayloads = async (found: readonly FileRunRecord[]) => {
    for (const { payloadFile } of found) if (payloadFile !== null) await payloads.remove(payloadFile);
  };
  return {
    insertMany: (records) => Promise.all(records.map((record) => files.insert({ ...unprocessed, ...record }))),
    findManyByIds: files.findManyByIds,
    async loadPayload({ result, extractedText, payloadFile }) {
      if (payloadFile === null) return { result, extractedText };
      // Only finish below writes these files.
      return ((await payloads.read(project, payloadFile)) as FilePayload | null) ?? { result, extractedText };
    },
    findProcessed: (workflow, sha256) =>
      files.findOne({ workflow, sha256, status: 'completed' }, { createdAt: -1, _id: -1 }),
    begin: (id, epoch) =>
      files.modify(
        { _id: id, status: { $in: ['created', 'processing'] }, epoch: { $lte: epoch } },
        { $set: { status: 'processing', epoch, updatedAt: new Date() }, $inc: { tries: 1 } },
      ),
    async finish(id, epoch, outcome) {
      const { result, extractedText } = outcome;
      const payloadFile = await payloads.writeIfLarge(project, id, { result, extractedText });
      const inline = payloadFile === null ? {} : { result: null, extractedText: null };
      const changes = { ...outcome, ...inline, payloadFile };
      const finished =
        (await files.update(id, changes, { epoch, status: 'processing' })) ??
        // Only its holder writes under an epoch: it has been recorded already, and the answer to that was lost.
        (await files.findOne({ _id: id, epoch, status: outcome.status }));
      // Another holder has it, or another try has been recorded: nobody will ever ask for the file.
      if (payloadFile !== null && finished?.payloadFile !== payloadFile) await payloads.remove(payloadFile);
      return finished;
    },
    async clearOfRun(run) {
      const found = await files.findMany({ run });
      await removePayloads(found);
      const nothing = { workflow: '', result: null, extractedText: null, answerPages: null, payloadFile: null };
      for (const { id } of found) await files.update(id, nothing);
    },
    async removeOfRuns(runs) {
      const filter = { run: { $in: [...runs] } };
      await removePayloads(await files.findMany({ ...filter, payloadFile: { $ne: null } }));
      await files.removeMany(filter);
    },
  };
}
