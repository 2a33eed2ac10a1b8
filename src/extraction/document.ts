import type { UnreadableReason } from '../errors.ts';

/** What is read of a file, and how those who read it in a process of their own are asked and answer. */

/** What is done with pages that are pictures: their text is recognised, or they are handed over. */
export type Pictures = 'recognize' | 'keep';

/** A page that is a picture, but for a few words at most. */
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
  /** Pages that are pictures, where those are kept; else empty. */
  readonly images: readonly PageImage[];
}

/** What a process that reads files is told when it starts. */
export interface ReaderSettings {
  /** Of the process as a whole. */
  readonly memoryMaxBytes: number;
  /** The languages in which pictures are read. */
  readonly languages: readonly string[];
}

/** What it is sent: the bytes of a file, piece by piece, then what to do with them. */
export type ReaderRequest =
  | { readonly type: 'bytes'; readonly bytes: Uint8Array }
  | { readonly type: 'read'; readonly name: string; readonly pictures: Pictures };

/** What it says once, when it has started. */
export interface ReaderReady {
  readonly type: 'ready';
}

/** What it answers with, once a file. */
export type ReaderAnswer =
  | { readonly type: 'document'; readonly document: ExtractedDocument; readonly residentBytes: number }
  | { readonly type: 'unreadable'; readonly reason: UnreadableReason; readonly message: string };
