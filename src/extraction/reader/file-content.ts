import type { Pictures } from '../document.ts';

/** A file that is to be read. */
export interface FileContent {
  readonly bytes: Uint8Array;
  readonly name: string;
  readonly pictures: Pictures;
  /** How many files it lies in. */
  readonly depth: number;
}
