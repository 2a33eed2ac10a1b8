import { mergeInputSchemas } from '../engine/input-schema.ts';
import { checkSchema } from '../engine/json-schema.ts';
import type { JsonObject } from '../json.ts';
import type { RemoteDeployment, RemoteFlow, RemoteInteraction } from '../providers/remote.ts';
import type { DeploymentRecord } from '../store/deployment.ts';
import {
  createId,
  type Entity,
  type EntityStore,
  type NewRecord,
  withExternalId,
  withRemoteId,
} from '../store/entity-store.ts';
import type { FlowRecord } from '../store/flow.ts';
import type { InteractionRecord } from '../store/interaction.ts';
import { nameField, orNotFound } from './input.ts';
import { interactionTagsField, makeEndpoint } from './interaction.ts';

/** What an environment's API executes, as records of ours. Those that are there already are brought up to date. */

/** Where what is registered is executed, and who is told of what cannot be taken over as it is there. */
export interface Registration {
  readonly environment: string;
  readonly warn: (text: string) => void;
}

interface RemoteEntity extends Entity {
  readonly environment: string | null;
  readonly remoteId: string | null;
  readonly externalId: string | null;
}

export async function registerInteractions(
  interactions: EntityStore<InteractionRecord>,
  subjects: readonly RemoteInteraction[],
  { environment, warn }: Registration,
): Promise<InteractionRecord[]> {
  // A version may be asked for without its draft, which may be here all the same.
  const remoteIds = subjects.flatMap(({ id, draft }) => (draft === null ? id : [id, draft]));
  const { known, takenIds } = await lookUp(interactions, environment, remoteIds);
  // Versions name their draft, which is registered before them.
  const ordered = [...subjects].sort((one, other) => Number(one.draft !== null) - Number(other.draft !== null));
  const registered: InteractionRecord[] = [];
  for (const subject of ordered) {
    const warnOf = (text: string) => warn(`${subject.name} (${subject.id}): ${text}`);
    const draft = known.get(subject.draft)?.id ?? null;
    const changes = convertInteraction(subject, draft, warnOf);
    const current = known.get(subject.id);
    const record =
      current === undefined
        ? await interactions.insert({
            ...changes,
            ...notImported,
            ...chooseIds(environment, subject.id, takenIds, warnOf),
          })
        : orNotFound(await interactions.update(current.id, changes), 'interaction', current.id);
    known.set(subject.id, record);
    registered.push(record);
  }
  return registered;
}

/** Nothing is known of a flow but its id, so that what people say of it here stays. */
export async function registerFlows(
  flows: EntityStore<FlowRecord>,
  subjects: readonly RemoteFlow[],
  { environment, warn }: Registration,
): Promise<FlowRecord[]> {
  const remoteIds = [...new Set(subjects.map(({ id }) => id))];
  const { known, takenIds } = await lookUp(flows, environment, remoteIds);
  return Promise.all(
    remoteIds.map(
      async (id) =>
        known.get(id) ??
        flows.insert({
          ...chooseIds(environment, id, takenIds, (text) => warn(`${id}: ${text}`)),
          name: id,
          description: null,
          inputs: [],
          steps: [],
          resultType: 'text',
        }),
    ),
  );
}

/** Of a deployment its name is known, too: the last part of its id. `makeSecret` seals one for webhooks. */
export async function registerDeployments(
  deployments: EntityStore<DeploymentRecord>,
  subjects: readonly RemoteDeployment[],
  { environment, warn }: Registration,
  makeSecret: (id: string) => string,
): Promise<DeploymentRecord[]> {
  const remoteIds = [...new Set(subjects.map(({ id }) => id))];
  const { known, takenIds } = await lookUp(deployments, environment, remoteIds);
  const registered: DeploymentRecord[] = [];
  for (const remoteId of remoteIds) {
    const warnOf = (text: string) => warn(`${remoteId}: ${text}`);
    const id = createId();
    registered.push(
      known.get(remoteId) ??
        (await deployments.insert({
          ...chooseIds(environment, remoteId, takenIds, warnOf),
          id,
          name: await chooseName(deployments, remoteId, warnOf),
          displayName: null,
          description: null,
          isActive: true,
          extractions: [],
          interaction: null,
          model: null,
          version: 1,
          webhookUrl: null,
          webhookSecret: makeSecret(id),
        })),
    );
  }
  return registered;
}

/** A name for addresses that no other deployment has. */
async function chooseName(
  deployments: EntityStore<DeploymentRecord>,
  remoteId: string,
  warn: (text: string) => void,
): Promise<string> {
  const wanted = (remoteId.split('/').at(-1) ?? remoteId).replace(/[^\w-]/g, '-').slice(0, 90);
  let name = wanted;
  for (let count = 2; (await deployments.findOne({ name })) !== null; count += 1) name = `${wanted}-${count}`;
  if (name !== wanted) warn(`another deployment is called ${wanted}; this one is called ${name} here.`);
  return name;
}

/** What is registered of the environment, by its id there, and which ids other records have as `externalId`. */
async function lookUp<T extends RemoteEntity>(
  store: EntityStore<T>,
  environment: string,
  remoteIds: readonly string[],
): Promise<{ known: Map<string | null, T>; takenIds: ReadonlySet<string | null> }> {
  const [registered, named] = await Promise.all([
    store.findMany(withRemoteId(environment, remoteIds)),
    store.findMany(withExternalId(remoteIds)),
  ]);
  return {
    known: new Map(registered.map((record) => [record.remoteId, record])),
    takenIds: new Set(named.map(({ externalId }) => externalId)),
  };
}

/** It keeps its id, unless another record has that. */
function chooseIds(
  environment: string,
  remoteId: string,
  takenIds: ReadonlySet<string | null>,
  warn: (text: string) => void,
) {
  const isTaken = takenIds.has(remoteId);
  if (isTaken) warn('something else here has its id as externalId; it is found by its id here only.');
  return { environment, remoteId, externalId: isTaken ? null : remoteId };
}

/** What is taken over of an interaction. `draft` is ours; what has none here stands for itself. */
function convertInteraction(subject: RemoteInteraction, draft: string | null, warn: (text: string) => void) {
  const name = readName(subject);
  const tags = interactionTagsField.safeParse(subject.tags).data ?? [];
  if (tags.length < new Set(subject.tags).size) warn('its tags are none that can be had here; they were left out.');
  return {
    draft,
    version: subject.version,
    status: subject.status,
    visibility: subject.visibility,
    name,
    endpoint: makeEndpoint(name),
    description: subject.description?.slice(0, 10_000) ?? null,
    tags,
    inputSchema: chooseSchema(mergeInputSchemas(subject.inputSchemas), 'input', warn),
    resultSchema: chooseSchema(subject.resultSchema, 'result', warn),
  };
}

/** What an API decides where it executes, and what it keeps to itself. */
const notImported = {
  forkedFrom: null,
  prompts: [],
  testData: null,
  model: null,
  temperature: null,
  maxTokens: null,
  cachePolicy: 'no_cache',
  ttlSeconds: null,
} as const satisfies Partial<NewRecord<InteractionRecord>>;

/** Names stand before the `@` of a specifier. */
function readName({ name, id }: RemoteInteraction): string {
  return nameField.safeParse(name.replaceAll('@', ' ').slice(0, 200)).data ?? id.slice(0, 200);
}

/** A schema that we can validate with, or none: its API does in any case. */
function chooseSchema(schema: JsonObject | null, what: string, warn: (text: string) => void): JsonObject | null {
  if (schema === null) return null;
  const [issue] = checkSchema(schema);
  if (issue === undefined) return schema;
  warn(`its ${what} schema is none that can be validated with here (${issue.message}); it was left out.`);
  return null;
}
