import type { TextExtractor } from '../extraction/text-extractor.ts';

/** What files are read with. */
export interface DocumentReading {
  readonly extractor: TextExtractor;
  /** How many tokens of a document are put before a model at once. */
  readonly partTokens: number;
  /** The largest file that is fetched, and the most files of an execution. */
  readonly fileMaxBytes: number;
  readonly maxFiles: number;
}
