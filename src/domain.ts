/** The words that several layers share. */

/** What a key may do; each role may do what those before it may. */
export const roles = ['reader', 'executor', 'editor', 'admin'] as const;
export type Role = (typeof roles)[number];

/** A public key is for browsers: it can be read by anyone who looks. */
export type KeyKind = 'secret' | 'public';

export type MessageRole = 'safety' | 'system' | 'user' | 'assistant';

/** One message to a model. */
export interface Message {
  readonly role: MessageRole;
  readonly content: string;
  /** What is shown with it, in this order. A message with images is the user's, whatever its role. */
  readonly images?: readonly MessageImage[];
}

export interface MessageImage {
  /** For example `image/png`; which ones are read is the model's affair, PNG and JPEG are everywhere. */
  readonly mediaType: string;
  /** Its bytes in Base64. */
  readonly data: string;
}

/** Things by ids and names. Null: not given; all, when every list that is given is empty. */
export interface Selection {
  readonly ids: readonly string[] | null;
  readonly names: readonly string[] | null;
}

/** What a step of a flow reads in one execution. */
export interface StepOverride {
  /** Its name, or step1, step2, … */
  readonly step: string;
  readonly folders: Selection | null;
  readonly tags: Selection | null;
}

/** Tokens, as the provider counted them. */
export interface TokenUse {
  readonly prompt: number;
  readonly result: number;
  readonly total: number;
}
