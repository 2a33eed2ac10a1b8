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
}

/** Tokens, as the provider counted them. */
export interface TokenUse {
  readonly prompt: number;
  readonly result: number;
  readonly total: number;
}
