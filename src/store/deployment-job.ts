import type { Extraction } from './deployment.ts';
import type { PromptRecord } from './prompt.ts';

/** What an execution of a deployment will do, as it was when it was accepted: a later change of the deployment does not touch it. */
export interface DeploymentJob {
  readonly organization: string;
  readonly version: number;
  /** A hash of everything that an answer depends on but the file. */
  readonly workflow: string;
  readonly extractions: readonly Extraction[];
  /** Instead of extractions: those of the interaction. */
  readonly prompts: readonly Pick<PromptRecord, 'role' | 'contentType' | 'content' | 'inputSchema'>[];
  /** Whether pages that are pictures are shown to the model. */
  readonly readsImages?: boolean;
  readonly useFileHistory: boolean;
  /** What answers by REST have, where the reader does not say. */
  readonly includeMetadata: boolean;
  readonly includeMetrics: boolean;
  readonly includeExtractedText: boolean;
}

/** Who is told when a run ends. */
export interface RunWebhook {
  readonly url: string;
  /** When the next try is due, once the run is finished; null when there is none any more. */
  readonly dueAt: Date | null;
  readonly attempts: number;
  readonly deliveredAt: Date | null;
  /** What became of the last try, where it failed. */
  readonly error: string | null;
}
