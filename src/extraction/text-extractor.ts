import { UnavailableError, UnreadableFileError } from '../errors.ts';
import type { ExtractedDocument, Pictures } from './document.ts';
import { type ReaderProcess, startReaderProcess } from './reader-process.ts';

/** A file whose text is wanted. */
export interface SourceFile {
  /** As its sender called it: it says what kind of text a text is, and is named in errors; the type is told from the bytes. */
  readonly name: string;
  /** The bytes, from the first one on; called once, when the file's turn has come. */
  readonly open: () => AsyncIterable<Uint8Array>;
  /** Default: `recognize`. */
  readonly pictures?: Pictures;
}

/** Reads the text of files, whatever their format. */
export interface TextExtractor {
  /**
   * Throws an UnreadableFileError that says what is wrong with the file, what `open` throws, and the reason of `signal`. No
   * file can harm this process or the reading of another.
   */
  extract(file: SourceFile, signal?: AbortSignal): Promise<ExtractedDocument>;
  /** Ends what is being read, with an UnavailableError. */
  close(): Promise<void>;
}

export interface TextExtractorOptions {
  /** The largest file that is read. */
  readonly maxBytes: number;
  /** How many files are read at the same time, each in a process of its own; the others wait for their turn. */
  readonly processes: number;
  /** Of each of them. */
  readonly memoryMaxBytes: number;
  /** How long a file may take. */
  readonly timeoutMs: number;
  /** The languages in which pictures are read, as Tesseract calls them: `eng`. */
  readonly languages: readonly string[];
}

/** How long a process waits for another file before it is ended. */
const idleMs = 60_000;

/**
 * Makes an extractor. Its processes start when there is something to read, and end when there is nothing. Throws where a language
 * is not installed.
 */
export function createTextExtractor({ maxBytes, processes, ...options }: TextExtractorOptions): TextExtractor {
  for (const language of options.languages) checkLanguage(language);
  const closing = new AbortController();
  const idle: { readonly reader: ReaderProcess; readonly timer: NodeJS.Timeout }[] = [];
  const all = new Set<ReaderProcess>();
  const waiting: (() => void)[] = [];
  let free = processes;

  const takeTurn = async () => {
    if (free > 0) free -= 1;
    else await new Promise<void>((resolve) => waiting.push(resolve));
  };
  const giveTurn = () => {
    const next = waiting.shift();
    if (next === undefined) free += 1;
    else next();
  };
  const takeReader = (): ReaderProcess => {
    const rested = idle.pop();
    clearTimeout(rested?.timer);
    if (rested?.reader.isFit()) return rested.reader;
    const reader = startReaderProcess(options);
    all.add(reader);
    return reader;
  };
  const end = async (reader: ReaderProcess) => {
    await reader.close();
    all.delete(reader);
  };
  const giveReader = (reader: ReaderProcess) => {
    if (!reader.isFit()) return void end(reader);
    const timer = setTimeout(() => {
      idle.splice(
        idle.findIndex((rested) => rested.reader === reader),
        1,
      );
      void end(reader);
    }, idleMs).unref();
    idle.push({ reader, timer });
  };

  return {
    async extract({ name, open, pictures = 'recognize' }, caller) {
      const signal = caller === undefined ? closing.signal : AbortSignal.any([caller, closing.signal]);
      await takeTurn();
      try {
        signal.throwIfAborted();
        const reader = takeReader();
        try {
          return await reader.read(limit(open(), maxBytes), name, pictures, signal);
        } finally {
          giveReader(reader);
        }
      } catch (error) {
        if (!(error instanceof UnreadableFileError)) throw error;
        throw new UnreadableFileError(error.reason, `${JSON.stringify(name)} ${error.message}`, error.cause);
      } finally {
        giveTurn();
      }
    },
    async close() {
      closing.abort(new UnavailableError('The gateway is shutting down'));
      for (const { timer } of idle.splice(0)) clearTimeout(timer);
      await Promise.all(all.values().map(end));
    },
  };
}

async function* limit(bytes: AsyncIterable<Uint8Array>, maxBytes: number): AsyncGenerator<Uint8Array> {
  let size = 0;
  for await (const piece of bytes) {
    size += piece.byteLength;
    if (size > maxBytes) {
      throw new UnreadableFileError(
        'too_large',
        `has more than the ${maxBytes} bytes that are allowed of a file to be read`,
      );
    }
    yield piece;
  }
}

function checkLanguage(code: string): void {
  const name = `@tesseract.js-data/${code}`;
  try {
    import.meta.resolve(`${name}/package.json`);
  } catch (error) {
    throw new Error(`The language ${code} of OCR_LANGUAGES is not installed: npm install ${name}`, { cause: error });
  }
}
