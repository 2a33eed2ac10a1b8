import { z } from 'zod';
import { authorize } from '../auth/permission.ts';
import type { Context } from '../context.ts';
import { mergeInputSchemas } from '../engine/input-schema.ts';
import { checkSchema } from '../engine/json-schema.ts';
import { RunFailure, UpstreamError, ValidationError } from '../errors.ts';
import type { JsonObject } from '../json.ts';
import type { RemoteInteraction, RemoteSubject } from '../providers/remote.ts';
import { type NewRecord, withExternalId, withRemoteId } from '../store/entity-store.ts';
import type { EnvironmentRecord } from '../store/environment.ts';
import type { InteractionRecord } from '../store/interaction.ts';
import { idField, nameField, orNotFound, parseInput } from './input.ts';
import { interactionTagsField, makeEndpoint } from './interaction.ts';

const importInput = z.object({
  environmentId: idField,
  externalIds: z
    .array(z.string().min(1, 'must not be empty').max(200, 'must have at most 200 characters'))
    .max(1_000, 'must have at most 1,000 members')
    .nullish(),
});

/** What was registered, and what of it could not be taken over as it is there. */
export interface ImportedPayload {
  readonly interactions: readonly InteractionRecord[];
  readonly warnings: readonly string[];
}

const listTimeoutMs = 30_000;

/**
 * Registers what the API of an environment executes, to be executed there by the same operations as what is kept here: all that
 * there is, or those of `externalIds`. What is registered already is brought up to date. Throws a ValidationError for an
 * environment that is none of a remote API and for ids that it does not have, an UpstreamError where it fails.
 */
export async function importRemote(context: Context, input: unknown): Promise<ImportedPayload> {
  authorize(context.principal, 'importRemote');
  const { environmentId, externalIds } = parseInput(importInput, input);
  const environment = orNotFound(await context.loaders.environment.load(environmentId), 'environment', environmentId);
  const subjects = await listSubjects(context, environment, externalIds ?? null);
  const missing = (externalIds ?? []).flatMap((id, index) =>
    subjects.some((subject) => subject.id === id)
      ? []
      : [{ path: `/externalIds/${index}`, message: `there is no ${id} at ${environment.name}` }],
  );
  if (missing.length > 0) throw new ValidationError(missing);
  const warnings: string[] = [];
  const interactions = subjects.filter((subject) => subject.kind === 'interaction');
  return { interactions: await registerInteractions(context, environment, interactions, warnings), warnings };
}

async function listSubjects(
  context: Context,
  environment: EnvironmentRecord,
  ids: readonly string[] | null,
): Promise<readonly RemoteSubject[]> {
  const { connector } = context.engine;
  if (connector.providers.findRemote(environment.provider) === undefined) {
    const kinds = connector.providers.remoteKinds.join(', ');
    const message = `must be an environment of ${kinds}; ${environment.name} is of ${environment.provider}`;
    throw new ValidationError([{ path: '/environmentId', message }]);
  }
  const { remote, connection } = connector.connectRemote(environment);
  const signal = AbortSignal.any([context.signal, AbortSignal.timeout(listTimeoutMs)]);
  try {
    return await remote.list(ids, connection, signal);
  } catch (error) {
    if (!(error instanceof RunFailure)) throw error;
    throw new UpstreamError(`What ${environment.name} has cannot be listed: ${error.message}`, error);
  }
}

async function registerInteractions(
  { store: { interactions } }: Context,
  environment: EnvironmentRecord,
  subjects: readonly RemoteInteraction[],
  warnings: string[],
): Promise<InteractionRecord[]> {
  // A version may be asked for without its draft, which may be here all the same.
  const remoteIds = subjects.flatMap(({ id, draft }) => (draft === null ? id : [id, draft]));
  const known = await interactions.findMany(withRemoteId(environment.id, remoteIds));
  const byRemoteId = new Map(known.map((interaction) => [interaction.remoteId, interaction]));
  const elsewhere = await interactions.findMany(withExternalId(remoteIds));
  const takenIds = new Set(elsewhere.map(({ externalId }) => externalId));
  // Versions name their draft, which is registered before them.
  const ordered = [...subjects].sort((one, other) => Number(one.draft !== null) - Number(other.draft !== null));
  const registered: InteractionRecord[] = [];
  for (const subject of ordered) {
    const warn = (text: string) => void warnings.push(`${subject.name} (${subject.id}): ${text}`);
    const draft = byRemoteId.get(subject.draft)?.id ?? null;
    const changes = convertInteraction(subject, draft, warn);
    const current = byRemoteId.get(subject.id);
    let record: InteractionRecord;
    if (current !== undefined) {
      record = orNotFound(await interactions.update(current.id, changes), 'interaction', current.id);
    } else {
      const isTaken = takenIds.has(subject.id);
      if (isTaken) warn('another interaction has its id as externalId; it is found by its own id and name only.');
      const ids = { remoteId: subject.id, externalId: isTaken ? null : subject.id, environment: environment.id };
      record = await interactions.insert({ ...changes, ...notImported, ...ids });
    }
    byRemoteId.set(subject.id, record);
    registered.push(record);
  }
  return registered;
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
