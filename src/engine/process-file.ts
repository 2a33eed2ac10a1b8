import type { Message } from '../domain.ts';
import { RunFailure, UnreadableFileError } from '../errors.ts';
import type { ExtractedDocument, PageImage } from '../extraction/document.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../json.ts';
import type { DeploymentJob } from '../store/deployment-job.ts';
import type { EnvironmentRecord } from '../store/environment.ts';
import type { FileOutcome, FileRunRecord } from '../store/file-run.ts';
import type { RunRecord } from '../store/run-record.ts';
import { convertToRunError } from './convert-to-run-error.ts';
import { executePrompt, sumTokenUse } from './execute-prompt.ts';
import type { Execution } from './execution.ts';
import { createFilePrompt } from './file-prompt.ts';
import { mergeAnswers, type PartAnswer } from './merge-answers.ts';
import { type DocumentPart, splitDocument } from './split-document.ts';

/** What a file is processed by. */
export interface FileWork {
  readonly run: RunRecord;
  readonly job: DeploymentJob;
  readonly environment: EnvironmentRecord;
  readonly model: string;
  /** With a ledger of the file's own. */
  readonly execution: Execution;
}

const nothing = {
  type: null,
  pages: null,
  answerPages: null,
  parts: null,
  origin: null,
  result: null,
  extractedText: null,
} as const;

/**
 * Has a file answered: by the history where that is wanted, else by reading its text and asking the model, part by part. Never
 * throws for what is wrong with the file or the provider: that is the outcome. Throws what the signal aborts with.
 */
export async function processFile(work: FileWork, file: FileRunRecord): Promise<FileOutcome> {
  const start = performance.now();
  const { execution, job } = work;
  const former = job.useFileHistory ? await findFormer(execution, job, file) : null;
  if (former !== null) return former;
  const finish = (outcome: Omit<FileOutcome, 'attempts' | 'tokenUse' | 'executionTimeMs'>): FileOutcome => {
    const { attempts } = execution.ledger;
    const executionTimeMs = Math.round(performance.now() - start);
    return { ...outcome, attempts, tokenUse: sumTokenUse(attempts), executionTimeMs };
  };
  let read: Pick<FileOutcome, 'type' | 'pages' | 'extractedText'> = nothing;
  try {
    const { type, pages, images } = await readDocument(execution, file, job.readsImages ?? false);
    read = { type, pages: pages.length, extractedText: pages.join('\n\n') };
    const answers = await askParts(work, file, pages, images);
    const { result, pages: answerPages } = mergeAnswers(answers, pages);
    const named = isJsonObject(result) ? result : { [work.run.name]: result };
    return finish({
      ...nothing,
      ...read,
      status: 'completed',
      error: null,
      result: clearEmpty(named),
      answerPages,
      parts: answers.length,
    });
  } catch (error) {
    execution.signal.throwIfAborted();
    if (!(error instanceof RunFailure)) execution.logError(error, `File ${file.id} failed for a reason of our own`);
    return finish({ ...nothing, ...read, status: 'failed', error: convertToRunError(error) });
  }
}

/** What the same bytes gave before. */
async function findFormer(
  { store }: Execution,
  job: DeploymentJob,
  { sha256 }: FileRunRecord,
): Promise<FileOutcome | null> {
  const former = await store.fileRuns.findProcessed(job.workflow, sha256);
  if (former === null) return null;
  const { type, status, error, pages, answerPages, parts, executionId, id, executionTimeMs, attempts } = former;
  const origin = former.origin ?? { executionId, fileRun: id, executionTimeMs: executionTimeMs ?? 0, attempts };
  const payload = await store.fileRuns.loadPayload(former);
  const spent = { attempts: [], tokenUse: null, executionTimeMs: 0 };
  return { ...payload, type, status, error, pages, answerPages, parts, origin, ...spent };
}

/** The text of a file, and its pages that are pictures where the model is to read those. */
async function readDocument(
  { documents, store, signal }: Execution,
  { name, file }: FileRunRecord,
  readsImages: boolean,
): Promise<ExtractedDocument> {
  const pictures = readsImages ? 'keep' : 'recognize';
  try {
    const document = await documents.extractor.extract({ name, open: () => store.files.open(file), pictures }, signal);
    if (document.images.length === 0 && document.pages.every((page) => page.trim() === '')) {
      throw new RunFailure('invalid_request', `${JSON.stringify(name)} has no text`);
    }
    return document;
  } catch (error) {
    if (error instanceof UnreadableFileError) throw new RunFailure('invalid_request', error.message, { cause: error });
    throw error;
  }
}

async function askParts(
  work: FileWork,
  { name }: FileRunRecord,
  pages: readonly string[],
  images: readonly PageImage[],
): Promise<PartAnswer[]> {
  const { run, job, environment, model, execution } = work;
  const parts = await splitDocument(pages, execution.documents.partTokens);
  const customData = readCustomData(run);
  const answers: PartAnswer[] = [];
  for (const part of parts) {
    const prompt = createFilePrompt(job, { name, part, pages: pages.length, parts: parts.length }, customData);
    const messages = showImages(prompt, part, images);
    const { config: settings, resultSchema } = run;
    const request = { environment, model, messages, settings, resultSchema, validate: true };
    answers.push({ part, answer: await executePrompt(request, execution) });
  }
  return answers;
}

/** The pictures among a part's pages, with the last message. */
function showImages(messages: readonly Message[], part: DocumentPart, images: readonly PageImage[]): Message[] {
  const shown = images
    .filter(({ page }) => page + 1 >= part.firstPage && page + 1 <= part.lastPage)
    .map(({ type, bytes }) => ({ mediaType: type, data: Buffer.from(bytes).toString('base64') }));
  const last = messages.length - 1;
  return messages.map((message, index) =>
    index === last && shown.length > 0 ? { ...message, images: shown } : message,
  );
}

function readCustomData({ input }: RunRecord): JsonObject {
  const data = input?.customData;
  return isJsonObject(data) ? data : {};
}

/** A text without characters says nothing. */
function clearEmpty(result: JsonObject): JsonValue {
  return Object.fromEntries(
    Object.entries(result).map(([key, value]) => [
      key,
      typeof value === 'string' && value.trim() === '' ? null : value,
    ]),
  );
}
