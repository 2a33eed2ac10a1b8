import { basename } from 'node:path';
import { z } from 'zod';
import { authorize } from '../auth/permission.ts';
import type { Context } from '../context.ts';
import { convertToRunError } from '../engine/convert-to-run-error.ts';
import { splitPassages } from '../engine/split-passages.ts';
import {
  ConflictError,
  RunFailure,
  UnavailableError,
  UnreadableFileError,
  ValidationError,
  type ValidationIssue,
} from '../errors.ts';
import type { SourceFile } from '../extraction/text-extractor.ts';
import type { ContentRecord } from '../store/content.ts';
import { createId } from '../store/entity-store.ts';
import type { StoredFile } from '../store/file.ts';
import type { Page, PageRequest } from '../store/pagination.ts';
import { findOrMakeTags, findTagsByName, tagNameField } from './content-tag.ts';
import { checkPage, externalIdField, nameField, omitUndefined, orNotFound, parseInput } from './input.ts';

const urlField = z.url({ protocol: /^https?$/, error: 'must be a URL that begins with http:// or https://' });
const textMax = 10_000_000;
const fetchTimeoutMs = 60_000;

const contentInput = z.object({
  externalId: externalIdField.optional(),
  name: nameField.nullish(),
  folderId: z.string().nullish(),
  tags: z.array(tagNameField).max(50, 'must have at most 50 tags').nullish(),
  text: z.string().max(textMax, 'must have at most 10,000,000 characters').nullish(),
  url: urlField.nullish(),
  // Only uploads are such objects.
  file: z.custom<StoredFile>((value) => typeof value === 'object' && value !== null && 'sha256' in value).nullish(),
});

type ContentFields = z.output<typeof contentInput>;

/** Which contents: fields narrow together, a list means any of. */
export interface ContentFilter {
  readonly folder?: readonly string[] | null | undefined;
  /** By name. */
  readonly tags?: readonly string[] | null | undefined;
}

/** A content, or null. */
export async function findContent(context: Context, id: string): Promise<ContentRecord | null> {
  authorize(context.principal, 'readContents');
  return context.loaders.content.load(id);
}

/** Contents, newest first. */
export async function listContents(
  context: Context,
  filter: ContentFilter,
  page: PageRequest,
): Promise<Page<ContentRecord>> {
  authorize(context.principal, 'readContents');
  checkPage(page, context.pageMax);
  return context.store.contents.findPage(page, await convertFilter(context, filter));
}

export async function countContents(context: Context, filter: ContentFilter): Promise<number> {
  return context.store.contents.count(await convertFilter(context, filter));
}

async function convertFilter({ store }: Context, { folder, tags }: ContentFilter): Promise<Record<string, unknown>> {
  const ids = tags == null ? null : [...(await findTagsByName(store, tags)).values()];
  return {
    ...(folder != null && { folder: { $in: [...folder] } }),
    // A name that no tag has is of no content.
    ...(ids !== null && { tags: { $in: ids } }),
  };
}

/** The names of a content's tags. */
export async function listTagNames({ loaders }: Context, { tags }: ContentRecord): Promise<string[]> {
  const found = await Promise.all(tags.map((id) => loaders.tag.load(id)));
  return found.flatMap((tag) => (tag === null ? [] : [tag.name]));
}

/** The whole text of a content. */
export async function readContentText(context: Context, { revision }: ContentRecord): Promise<string> {
  authorize(context.principal, 'readContents');
  return (await context.store.passages.findManyByRevisions([revision])).map(({ text }) => text).join('');
}

/**
 * Keeps a text, or that of a file or of what a URL leads to, for steps of flows to read; the file itself is not kept. What cannot be
 * fetched or read is a content that failed, with its error.
 */
export async function createContent(context: Context, input: unknown): Promise<ContentRecord> {
  authorize(context.principal, 'editContents');
  const fields = parseInput(contentInput, input);
  checkSource(fields, true);
  const name = fields.name ?? fields.file?.name.slice(0, 200) ?? (fields.url == null ? null : nameOfUrl(fields.url));
  if (name === null) throw new ValidationError([{ path: '/name', message: 'is required' }]);
  await checkFolder(context, fields.folderId);
  const source = await readSource(context, fields, name);
  const tags = await findOrMakeTags(context.store, fields.tags ?? []);
  const { contents, passages } = context.store;
  const revision = await keepText(context, source.text);
  try {
    return await contents.insert({
      externalId: fields.externalId ?? null,
      name,
      folder: fields.folderId ?? null,
      tags,
      ...describeSource(source),
      revision,
    });
  } catch (error) {
    await passages.removeOfRevision(revision);
    throw error;
  }
}

/** Changes what is given; another text, file or URL takes the place of the text. */
export async function updateContent(context: Context, id: string, input: unknown): Promise<ContentRecord> {
  authorize(context.principal, 'editContents');
  const fields = parseInput(contentInput, input);
  checkSource(fields, false);
  const current = orNotFound(await context.store.contents.findOneById(id), 'content', id);
  await checkFolder(context, fields.folderId);
  const { externalId, name, folderId, tags, text, url, file } = fields;
  const source =
    text == null && url == null && file == null ? null : await readSource(context, fields, name ?? current.name);
  const changes = {
    ...omitUndefined({ externalId, name: name ?? undefined, folder: folderId }),
    ...(tags !== undefined && { tags: await findOrMakeTags(context.store, tags ?? []) }),
  };
  const { contents } = context.store;
  if (source === null) return orNotFound(await contents.update(id, changes), 'content', id);
  return replaceText(context, current, source, changes);
}

/** Puts another text in the place of the one that a content has. Throws a ConflictError where somebody else did meanwhile. */
async function replaceText(
  context: Context,
  { id, revision: former }: ContentRecord,
  source: Source,
  changes: Partial<ContentRecord>,
): Promise<ContentRecord> {
  const { contents, passages } = context.store;
  const revision = await keepText(context, source.text);
  // Whichever of the two is no content's text in the end is removed; readers have found either the one or the other.
  let unused = revision;
  try {
    const updated = await contents.update(
      id,
      { ...changes, ...describeSource(source), revision },
      { revision: former },
    );
    if (updated !== null) {
      unused = former;
      return updated;
    }
    orNotFound(await contents.findOneById(id), 'content', id);
    throw new ConflictError(`The text of content ${id} was changed by somebody else at the same time`);
  } finally {
    await passages.removeOfRevision(unused);
  }
}

/** Removes a content with its text. */
export async function deleteContent(context: Context, id: string): Promise<{ id: string }> {
  authorize(context.principal, 'editContents');
  const { revision } = orNotFound(await context.store.contents.findOneById(id), 'content', id);
  await context.store.passages.removeOfRevision(revision);
  await context.store.contents.remove(id);
  return { id };
}

/** A text, and what it was read from. */
interface Source extends Pick<ContentRecord, 'size' | 'type' | 'url' | 'error'> {
  readonly text: string;
}

function describeSource({ text: _text, ...source }: Source) {
  return { ...source, status: source.error === null ? ('completed' as const) : ('failed' as const) };
}

async function readSource(context: Context, { text, url, file }: ContentFields, name: string): Promise<Source> {
  if (url != null) return fetchSource(context, url, name);
  if (file != null) {
    const { id, size } = file;
    const read = () => extract(context, { name: file.name, open: () => context.store.files.open(id) }, context.signal);
    return keepFailure(context, { size, url: null }, file.name, read);
  }
  const own = text ?? '';
  return { text: own, size: Buffer.byteLength(own), type: 'text/plain', url: null, error: null };
}

/** What a URL leads to. */
function fetchSource(context: Context, url: string, name: string): Promise<Source> {
  const either = AbortSignal.any([context.signal, AbortSignal.timeout(fetchTimeoutMs)]);
  const counted = { size: 0, url };
  return keepFailure(context, counted, url, async () => {
    const response = await context.outbound.request(url, { method: 'GET', headers: {}, signal: either });
    if (response.status !== 200) {
      throw new RunFailure('provider_error', `${url} answers with status ${response.status}`, { isRetryable: true });
    }
    const count = async function* () {
      for await (const bytes of response.body) {
        counted.size += bytes.byteLength;
        yield bytes;
      }
    };
    return extract(context, { name, open: count }, either);
  });
}

async function extract({ extractor }: Context, file: SourceFile, signal: AbortSignal) {
  const { type, pages } = await extractor.extract(file, signal);
  return { type, text: pages.join('\n\n').slice(0, textMax) };
}

/** What goes wrong with a source is its error. */
async function keepFailure(
  { signal }: Context,
  about: Pick<Source, 'size' | 'url'>,
  subject: string,
  read: () => Promise<Pick<Source, 'type' | 'text'>>,
): Promise<Source> {
  try {
    const { type, text } = await read();
    return { ...about, type, text, error: null };
  } catch (error) {
    if (signal.aborted || error instanceof UnavailableError) throw error;
    const failure = convertToRunError(describeFailure(subject, error));
    return { ...about, text: '', type: 'application/octet-stream', error: failure };
  }
}

function describeFailure(subject: string, error: unknown): RunFailure {
  if (error instanceof RunFailure) return error;
  if (error instanceof UnreadableFileError) return new RunFailure('invalid_request', error.message, { cause: error });
  const isTimeout = error instanceof Error && error.name === 'TimeoutError';
  return isTimeout
    ? new RunFailure('timeout', `${subject} took longer than ${fetchTimeoutMs} ms`, { isRetryable: true, cause: error })
    : new RunFailure('provider_error', `${subject} cannot be reached`, { isRetryable: true, cause: error });
}

async function keepText({ store }: Context, text: string): Promise<string> {
  const revision = createId();
  await store.passages.insertMany(revision, splitPassages(text));
  return revision;
}

function checkSource({ text, url, file }: ContentFields, isNew: boolean): void {
  const given = Object.entries({ text, url, file }).flatMap(([name, value]) => (value == null ? [] : [name]));
  const issues: ValidationIssue[] = [];
  if (given.length > 1) issues.push({ path: `/${given[1]}`, message: `goes without ${given[0]}` });
  if (isNew && given.length === 0) issues.push({ path: '/text', message: 'is required, unless url or file is given' });
  if (issues.length > 0) throw new ValidationError(issues);
}

async function checkFolder({ loaders }: Context, id: string | null | undefined): Promise<void> {
  if (id == null || (await loaders.folder.load(id)) !== null) return;
  throw new ValidationError([{ path: '/folderId', message: `there is no folder ${id}` }]);
}

/** What a URL's last step is called, else its host. */
function nameOfUrl(url: string): string {
  const { pathname, hostname } = new URL(url);
  const last = basename(pathname);
  try {
    return (decodeURIComponent(last) || hostname).slice(0, 200);
  } catch {
    return (last || hostname).slice(0, 200);
  }
}
