import { LRUCache } from 'lru-cache';
import {
  type Collection,
  type CommandStartedEvent,
  type ConnectionCheckedInEvent,
  type ConnectionCheckedOutEvent,
  type Db,
  MongoClient,
} from 'mongodb';
import { type Backup, createBackup } from './backup.ts';
import { usageIndexes } from './budget.ts';
import { type CachedResultStore, cachedResultIndexes, createCachedResultStore } from './cached-result.ts';
import type { StoredDocument } from './codec.ts';
import {
  type ContentRecord,
  contentIndexes,
  createPassageStore,
  type FolderRecord,
  folderIndexes,
  type PassageStore,
  passageIndexes,
  type TagRecord,
  tagIndexes,
} from './content.ts';
import './connection.ts';
import { type DeploymentRecord, deploymentCodec, deploymentIndexes } from './deployment.ts';
import { translateDriverErrors } from './driver-error.ts';
import { createEntityStore, type EntityStore, type IndexDefinition } from './entity-store.ts';
import { type EnvironmentRecord, environmentCodec, environmentIndexes } from './environment.ts';
import {
  createFileBucket,
  createFileMaintenance,
  createFileStore,
  type FileMaintenance,
  type FileStore,
  fileIndexes,
} from './file.ts';
import { createFileRunStore, type FileRunStore, fileRunIndexes } from './file-run.ts';
import { type FlowRecord, flowCodec, flowIndexes } from './flow.ts';
import { createIdempotencyStore, type IdempotencyStore, idempotencyIndexes } from './idempotency.ts';
import { type InteractionRecord, interactionCodec, interactionIndexes } from './interaction.ts';
import { type PromptRecord, promptCodec, promptIndexes } from './prompt.ts';
import { createRunStore, type RunChange, type RunStore } from './run.ts';
import {
  createRunEventStore,
  createRunEventWriter,
  type RunEventStore,
  type RunEventWriter,
  runEventCollection,
  runEventIndexes,
} from './run-event.ts';
import { runIndexes } from './run-index.ts';
import { createRunMaintenance, type RunMaintenance } from './run-maintenance.ts';
import { createPayloadFiles, runPayloadIndexes } from './run-payload.ts';
import { createSettingStore, type SettingStore } from './setting.ts';
import { type ApiKeyRecord, createTenancyStore, type TenancyStore, tenancyIndexes } from './tenancy.ts';
import { traceCommands } from './trace-commands.ts';

/** Everything that is kept of one project. */
export interface ProjectStore {
  readonly project: string;
  readonly apiKeys: EntityStore<ApiKeyRecord>;
  readonly environments: EntityStore<EnvironmentRecord>;
  readonly prompts: EntityStore<PromptRecord>;
  readonly interactions: EntityStore<InteractionRecord>;
  readonly flows: EntityStore<FlowRecord>;
  readonly deployments: EntityStore<DeploymentRecord>;
  readonly folders: EntityStore<FolderRecord>;
  readonly tags: EntityStore<TagRecord>;
  readonly contents: EntityStore<ContentRecord>;
  readonly passages: PassageStore;
  readonly runs: RunStore;
  readonly fileRuns: FileRunStore;
  readonly runEvents: RunEventStore;
  readonly idempotencyKeys: IdempotencyStore;
  readonly cachedResults: CachedResultStore;
  readonly files: FileStore;
}

/** What of a project can be seen. */
interface Part {
  readonly runsOf?: string;
  readonly deployment?: string;
}

/** The database: the application's one data path. */
export interface Store {
  readonly tenancy: TenancyStore;
  readonly settings: SettingStore;
  readonly runMaintenance: RunMaintenance;
  readonly fileMaintenance: FileMaintenance;
  readonly runEventWriter: RunEventWriter;
  readonly backup: Backup;
  /** One project's part; with `runsOf`, of its runs only those that this principal made; with `deployment`, only that one and its runs. */
  forProject(project: string, part?: Part): ProjectStore;
  /** Tells of the runs that this process makes and writes, until the function that it answers with is called. */
  onRunChange(listener: (change: RunChange) => void): () => void;
  /** Throws an UnavailableError when the database does not answer. */
  ping(): Promise<void>;
  close(): Promise<void>;
}

export interface StoreOptions {
  readonly uri: string;
  /** Default: the one that the URI names, else `trivium`. */
  readonly databaseName?: string;
  /** How long the database may work on a list, a search or a count of runs. */
  readonly readMaxTimeMs?: number;
  /** Is told of every command that is sent; for diagnostics. */
  readonly onCommand?: (event: CommandStartedEvent) => void;
  /** Is told how long each command took, in milliseconds, however it ended. */
  readonly onAnswer?: (ms: number) => void;
  /** Whether commands are spans of traces. */
  readonly isTraced?: boolean;
}

const indexes: Readonly<Record<string, readonly IndexDefinition[]>> = {
  ...tenancyIndexes,
  environments: environmentIndexes,
  prompts: promptIndexes,
  interactions: interactionIndexes,
  flows: flowIndexes,
  deployments: deploymentIndexes,
  folders: folderIndexes,
  tags: tagIndexes,
  contents: contentIndexes,
  passages: passageIndexes,
  runs: runIndexes,
  file_runs: fileRunIndexes,
  [runEventCollection]: runEventIndexes,
  idempotency_keys: idempotencyIndexes,
  usage: usageIndexes,
  cached_results: cachedResultIndexes,
  'run_payloads.files': runPayloadIndexes,
  ...fileIndexes,
};

const ownedByProject = [
  'cached_results',
  'usage',
  'idempotency_keys',
  runEventCollection,
  'file_runs',
  'runs',
  'passages',
  'contents',
  'tags',
  'folders',
  'deployments',
  'flows',
  'interactions',
  'prompts',
  'environments',
  'api_keys',
];

const usualReadMaxTimeMs = 30_000;

const plain = { schemaFields: [], jsonFields: [] };

/** Connects to MongoDB and makes the indexes that are missing. Throws an UnavailableError when it is not reachable. */
export async function openStore({
  uri,
  databaseName,
  onCommand,
  onAnswer,
  isTraced,
  readMaxTimeMs = usualReadMaxTimeMs,
}: StoreOptions): Promise<Store> {
  const client = new MongoClient(uri, {
    appName: 'trivium',
    ignoreUndefined: true,
    // What is read was written by this driver, whose text is valid.
    enableUtf8Validation: false,
    // A request that cannot be served is better told so than kept waiting.
    serverSelectionTimeoutMS: 5_000,
    monitorCommands: onCommand !== undefined || isTraced === true,
  });
  if (onCommand !== undefined) client.on('commandStarted', onCommand);
  if (isTraced) traceCommands(client);
  if (onAnswer !== undefined) timeCommands(client, onAnswer);
  try {
    await translateDriverErrors(client.connect());
    const name = databaseName ?? (client.options.dbName === 'test' ? 'trivium' : client.options.dbName);
    // Who writes reads what became of it: another member may not have it yet, whatever the URI says of reading.
    const db = client.db(name, { readPreference: 'primary' });
    // An index of many documents takes its time.
    await translateDriverErrors(createIndexes(db), null);
    return createStore(client, db, readMaxTimeMs);
  } catch (error) {
    await client.close();
    throw error;
  }
}

/**
 * A connection is taken for a command and given back behind its answer. The driver's events of commands would tell their names
 * too, but for them it decodes every answer once more.
 */
function timeCommands(client: MongoClient, onAnswer: (ms: number) => void): void {
  const taken = new Map<string, number>();
  const nameConnection = ({ address, connectionId }: ConnectionCheckedOutEvent | ConnectionCheckedInEvent) =>
    `${address} ${connectionId}`;
  client.on('connectionCheckedOut', (event) => taken.set(nameConnection(event), performance.now()));
  client.on('connectionCheckedIn', (event) => {
    const connection = nameConnection(event);
    const since = taken.get(connection);
    taken.delete(connection);
    if (since !== undefined) onAnswer(performance.now() - since);
  });
}

async function createIndexes(db: Db): Promise<void> {
  for (const [name, definitions] of Object.entries(indexes)) {
    await db
      .collection(name)
      .createIndexes(definitions.map(({ reason: _reason, ...definition }) => ({ ...definition })));
  }
}

/** They hold nothing, and are made of many functions: every request would make them anew. */
const projectStoresMax = 1_000;

function createStore(client: MongoClient, db: Db, readMaxTimeMs: number): Store {
  const payloadFiles = createPayloadFiles(db);
  const fileMaintenance = createFileMaintenance(db);
  const fileBucket = createFileBucket(db);
  const collection = (name: string): Collection<StoredDocument> => db.collection(name);
  const runListeners = new Set<(change: RunChange) => void>();
  const announceRun = (change: RunChange) => {
    for (const listener of runListeners) listener(change);
  };
  const createProjectStore = (project: string, { runsOf, deployment }: Part): ProjectStore => {
    const restriction = {
      ...(runsOf !== undefined && { 'source.principalId': runsOf }),
      ...(deployment !== undefined && { deployment }),
    };
    const onlyDeployment = deployment === undefined ? {} : { _id: deployment };
    return {
      project,
      apiKeys: createEntityStore<ApiKeyRecord>(collection('api_keys'), plain, project),
      environments: createEntityStore<EnvironmentRecord>(collection('environments'), environmentCodec, project),
      prompts: createEntityStore<PromptRecord>(collection('prompts'), promptCodec, project),
      interactions: createEntityStore<InteractionRecord>(collection('interactions'), interactionCodec, project),
      flows: createEntityStore<FlowRecord>(collection('flows'), flowCodec, project),
      deployments: createEntityStore<DeploymentRecord>(
        collection('deployments'),
        deploymentCodec,
        project,
        onlyDeployment,
      ),
      folders: createEntityStore<FolderRecord>(collection('folders'), plain, project),
      tags: createEntityStore<TagRecord>(collection('tags'), plain, project),
      contents: createEntityStore<ContentRecord>(collection('contents'), plain, project),
      passages: createPassageStore(collection('passages'), project),
      runs: createRunStore(collection('runs'), payloadFiles, project, { restriction, readMaxTimeMs }, announceRun),
      fileRuns: createFileRunStore(collection('file_runs'), payloadFiles, project),
      runEvents: createRunEventStore(collection(runEventCollection), project),
      cachedResults: createCachedResultStore(collection('cached_results'), project),
      idempotencyKeys: createIdempotencyStore(collection('idempotency_keys'), project),
      files: createFileStore(db, fileBucket, project),
    };
  };
  const projectStores = new LRUCache<string, ProjectStore>({ max: projectStoresMax });
  return {
    tenancy: createTenancyStore(db, ownedByProject, [payloadFiles, fileMaintenance]),
    settings: createSettingStore(collection('settings')),
    runMaintenance: createRunMaintenance(collection('runs')),
    fileMaintenance,
    runEventWriter: createRunEventWriter(db),
    backup: createBackup(db),
    forProject(project, part = {}) {
      const key = JSON.stringify([project, part.runsOf, part.deployment]);
      const made = projectStores.get(key) ?? createProjectStore(project, part);
      projectStores.set(key, made);
      return made;
    },
    onRunChange(listener) {
      runListeners.add(listener);
      return () => runListeners.delete(listener);
    },
    async ping() {
      await translateDriverErrors(db.command({ ping: 1 }));
    },
    close: () => client.close(),
  };
}
