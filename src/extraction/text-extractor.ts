import { UnreadableFileError } from '../errors.ts';

/** A file whose text is wanted. */
export interface SourceFile {
  /** As its sender called it: it says what kind of text a text is, and is named in errors; the type is told from the bytes. */
  readonly name: string;
  /** The bytes, from the first one on; called once. */
  readonly open: () => AsyncIterable<Uint8Array>;
  /** What is done with pages that are pictures: their text is recognised (`recognize`, the default), or they are handed over. */
  readonly pictures?: 'recognize' | 'keep';
}

/** A page that has no text, as a picture. */
export interface PageImage {
  /** Its place in `pages`, from 0. */
  readonly page: number;
  /** A media type: image/png or image/jpeg. */
  readonly type: string;
  readonly bytes: Uint8Array;
}

/** What a file says. */
export interface ExtractedDocument {
  /** The media type, as the bytes say it. */
  readonly type: string;
  /** The text of each page, sheet or slide; one where the format knows no pages. */
  readonly pages: readonly string[];
  /** Pages without text, where pictures are kept; else empty. */
  readonly images: readonly PageImage[];
}

/** Reads the text of files, whatever their format. */
export interface TextExtractor {
  /**
   * Throws an UnreadableFileError that says what is wrong with the file, what `open` throws, and the reason of `signal`. No
   * file can harm the process or the reading of another.
   */
  extract(file: SourceFile, signal?: AbortSignal): Promise<ExtractedDocument>;
  /** Ends what is being read. */
  close(): Promise<void>;
}

export interface TextExtractorOptions {
  /** The largest file that is read. */
  readonly maxBytes: number;
}

/** Makes an extractor. */
export function createTextExtractor({ maxBytes }: TextExtractorOptions): TextExtractor {
  return {
    async extract({ name, open }, signal) {
      const chunks: Uint8Array[] = [];
      let size = 0;
      for await (const chunk of open()) {
        signal?.throwIfAborted();
        size += chunk.byteLength;
        if (size > maxBytes) {
          const message = `${JSON.stringify(name)} is too large to be read: more than ${maxBytes} bytes`;
          throw new UnreadableFileError('too_large', message);
        }
        chunks.push(chunk);
      }
      return { type: 'text/plain', pages: [Buffer.concat(chunks).toString('utf8')], images: [] };
    },
    close: async () => undefined,
  };
}
