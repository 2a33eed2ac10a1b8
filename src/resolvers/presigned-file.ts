import type { Context } from '../context.ts';
import { GatewayError, ValidationError } from '../errors.ts';
import type { StoredFile } from '../store/file.ts';

/** How long the owner of an address may take to give a file. */
const timeoutMs = 120_000;
/** How many are fetched at the same time. */
const atOnce = 4;

/**
 * Fetches files from addresses that were signed beforehand, into the store: at once, because such addresses expire. Throws a
 * ValidationError that names the address that gave none; nothing is left of the others then.
 */
export async function fetchPresignedFiles(context: Context, urls: readonly string[]): Promise<StoredFile[]> {
  const files = new Map<number, StoredFile>();
  const waiting = [...urls.entries()];
  const failing = new AbortController();
  const signal = AbortSignal.any([context.signal, failing.signal, AbortSignal.timeout(timeoutMs)]);
  const workers = Array.from({ length: atOnce }, async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const [index, url] = next;
      files.set(index, await fetchFile(context, url, `/presignedUrls/${index}`, signal));
    }
  });
  for (const worker of workers) worker.catch((error: unknown) => failing.abort(error));
  const settled = await Promise.allSettled(workers);
  const failed = settled.find(({ status }) => status === 'rejected');
  if (failed !== undefined) {
    await context.store.files.removeUnclaimed([...files.values()].map(({ id }) => id));
    throw failing.signal.reason;
  }
  return [...files].sort(([one], [other]) => one - other).map(([, file]) => file);
}

async function fetchFile(
  { outbound, engine, store }: Context,
  url: string,
  path: string,
  signal: AbortSignal,
): Promise<StoredFile> {
  const maxBytes = engine.documents.fileMaxBytes;
  try {
    const response = await outbound.request(url, {
      method: 'GET',
      headers: {},
      signal,
      // The store says it in words of files.
      maxResponseBytes: maxBytes + 1,
      requiresTls: true,
    });
    if (response.status !== 200) throw new Error(`it answered with status ${response.status}`);
    return await store.files.write(response.body, { name: readName(url), maxBytes, signal });
  } catch (error) {
    if (error instanceof GatewayError && error.code === 'UNAVAILABLE') throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new ValidationError([{ path, message: `gave no file: ${reason}` }], error);
  }
}

/** The last step of the path. */
function readName(url: string): string {
  const step = new URL(url).pathname.split('/').at(-1) ?? '';
  try {
    return (
      decodeURIComponent(step)
        .replaceAll(/[\p{Cc}/\\]/gu, '')
        .slice(-255) || 'file'
    );
  } catch {
    return step.slice(-255) || 'file';
  }
}
