import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Busboy, type BusboyInstance } from '@fastify/busboy';
import { GatewayError, RequestTooLargeError } from '../errors.ts';
import type { FileStore, StoredFile } from '../store/file.ts';

export interface UploadLimits {
  readonly fileMaxBytes: number;
  /** Of the whole body. */
  readonly requestMaxBytes: number;
  readonly maxFiles: number;
  /** Of all files that a project keeps; null: as many as there is room for. */
  readonly projectMaxBytes: number | null;
}

export interface ReceiveOptions {
  readonly files: FileStore;
  readonly limits: UploadLimits;
  /** Of all fields that are no files. */
  readonly fieldMaxBytes: number;
  /** Aborts when nobody waits for the answer any more. */
  readonly signal: AbortSignal;
  /** Whether a file is wanted, by the part's name, after these fields; what is not is passed over. May throw, which refuses the request. */
  readonly wants: (name: string, fields: readonly FormField[]) => boolean;
}

export interface FormField {
  readonly name: string;
  readonly value: string;
}

export interface FormFile {
  /** The part's name. */
  readonly name: string;
  readonly file: StoredFile;
}

/** A form as it was sent, in its order; the files are in the store, and nobody has claimed them yet. */
export interface Form {
  readonly fields: readonly FormField[];
  readonly files: readonly FormFile[];
}

const maxFields = 100;
const maxNameLength = 255;
/** How long the rest of a refused body is taken. */
const lingerMs = 30_000;

/** Whether a body is a form with files. */
export function isForm(contentType: string | undefined): boolean {
  return /^multipart\/form-data\s*(;|$)/i.test(contentType ?? '');
}

/**
 * Reads a `multipart/form-data` body from the socket into the store, without ever having a whole file in memory. Check
 * credential and role before. Throws a RequestTooLargeError beyond a limit, and a GatewayError with status 400 for what is no such form;
 * what is stored by then is removed, and the rest of the body is passed over, so that the sender can read the answer.
 *
 * Use it through `withForm`, which also removes what is refused later.
 */
async function receiveForm(request: IncomingMessage, options: ReceiveOptions): Promise<Form> {
  const { files, limits, fieldMaxBytes, signal, wants } = options;
  const failing = new AbortController();
  const ending = AbortSignal.any([signal, failing.signal]);
  const parser = createParser(request, limits, fieldMaxBytes);
  await checkRoom(files, limits.projectMaxBytes);
  const fields: FormField[] = [];
  const writes: Promise<FormFile>[] = [];

  let fieldBytes = 0;
  parser.on('field', (name, value, isNameCut, isValueCut) => {
    fieldBytes += Buffer.byteLength(value);
    if (isNameCut || isValueCut || fieldBytes > fieldMaxBytes) {
      const message = `The fields of the form, at ${JSON.stringify(name)}, take more than the ${fieldMaxBytes} bytes that are allowed`;
      return failing.abort(new RequestTooLargeError('fieldBytes', message));
    }
    fields.push({ name, value });
  });
  parser.on('file', (name, content, fileName) => {
    const store = async () => ({
      name,
      file: await files.write(content, {
        name: cleanName(fileName),
        maxBytes: limits.fileMaxBytes,
        signal: ending,
      }),
    });
    // A part that is cut off ends so; whoever reads it learns that.
    content.on('error', () => undefined);
    try {
      if (!wants(name, fields)) return void content.resume();
    } catch (error) {
      return failing.abort(error);
    }
    const write = store();
    write.catch((error: unknown) => failing.abort(error));
    writes.push(write);
  });
  parser.once('filesLimit', () => {
    const message = `The request has more than the ${limits.maxFiles} files that are allowed`;
    failing.abort(new RequestTooLargeError('fileCount', message));
  });
  parser.once('fieldsLimit', () => failing.abort(badForm(`The form has more than ${maxFields} fields`)));

  try {
    await pipeline(Readable.from(countBytes(request, limits.requestMaxBytes)), parser, { signal: ending });
    return { fields, files: await Promise.all(writes) };
  } catch (error) {
    const cause: unknown = ending.aborted ? ending.reason : describeFailure(error);
    failing.abort(cause);
    const written = await Promise.allSettled(writes);
    await files
      .remove(written.flatMap((write) => (write.status === 'fulfilled' ? write.value.file.id : [])))
      .catch(() => undefined);
    passOver(request);
    throw cause;
  }
}

/** Reads what still comes, so that its sender comes to read the answer, but not for ever. */
function passOver(request: IncomingMessage): void {
  request.resume();
  const timer = setTimeout(() => request.destroy(), lingerMs).unref();
  request.once('close', () => clearTimeout(timer));
}

/** Receives a form, and hands it to `use`; files that nobody has claimed when that is through, whichever way, are removed. */
export async function withForm<T>(
  request: IncomingMessage,
  options: ReceiveOptions,
  use: (form: Form) => Promise<T>,
): Promise<T> {
  const form = await receiveForm(request, options);
  try {
    return await use(form);
  } finally {
    // Where that fails the sweep comes by later; what was done with the form counts.
    await options.files.removeUnclaimed(form.files.map(({ file }) => file.id)).catch(() => undefined);
  }
}

function createParser({ headers }: IncomingMessage, limits: UploadLimits, fieldMaxBytes: number): BusboyInstance {
  const { 'content-type': contentType, 'content-length': length } = headers;
  if (contentType === undefined || !isForm(contentType)) {
    throw new GatewayError('The body must be multipart/form-data', { code: 'BAD_REQUEST', status: 415 });
  }
  // What is announced to be too large need not be sent first.
  if (Number(length ?? 0) > limits.requestMaxBytes) throw requestTooLarge(limits.requestMaxBytes);
  try {
    return new Busboy({
      headers: { ...headers, 'content-type': contentType },
      limits: {
        files: limits.maxFiles,
        fields: maxFields,
        fieldSize: fieldMaxBytes,
        headerPairs: 100,
        headerSize: 16_384,
      },
    });
  } catch (error) {
    throw describeFailure(error);
  }
}

/** Requests that come at the same time each see what was there before; the limit is for what piles up, not for the last byte. */
async function checkRoom(files: FileStore, maxBytes: number | null): Promise<void> {
  if (maxBytes === null || (await files.sumSizes()) < maxBytes) return;
  const message = `The project keeps files of ${maxBytes} bytes, which is the most; remove some first`;
  throw new RequestTooLargeError('projectBytes', message);
}

/** The bytes of a body. The connection stays open when it is not read to its end. */
async function* countBytes(request: IncomingMessage, maxBytes: number): AsyncGenerator<Buffer> {
  let size = 0;
  for await (const bytes of request.iterator({ destroyOnReturn: false })) {
    size += bytes.length;
    if (size > maxBytes) throw requestTooLarge(maxBytes);
    yield bytes;
  }
}

function requestTooLarge(maxBytes: number): RequestTooLargeError {
  return new RequestTooLargeError('requestBytes', `The request has more than the ${maxBytes} bytes that are allowed`);
}

/** The parser's own errors are the sender's fault. */
function describeFailure(error: unknown): unknown {
  if (error instanceof GatewayError || !(error instanceof Error)) return error;
  return badForm(`The form cannot be read: ${error.message}`, error);
}

export function badForm(message: string, cause?: unknown): GatewayError {
  return new GatewayError(message, { code: 'BAD_REQUEST', status: 400, cause });
}

/** A name for people: without what would break a line, and not longer than a name. */
function cleanName(name: string | undefined): string {
  const clean = (name ?? '').replaceAll(/\p{Cc}/gu, '').trim();
  return clean === '' ? 'file' : clean.slice(-maxNameLength);
}
