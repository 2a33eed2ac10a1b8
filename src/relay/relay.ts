import type { JsonValue } from '../json.ts';

/**
 * Carries messages between the gateway processes of one installation, at once. It is a short cut and no more: whoever relies on a
 * message finds what it said in the database too, if later.
 */
export interface Relay {
  /** Whether messages reach other processes at all. */
  readonly isConnected: boolean;
  /** Sends a message to whoever subscribes to the topic, on other processes and this one. It may be lost. */
  publish(topic: string, message: JsonValue): void;
  /** Calls back for each message, until the function that it answers with is called. */
  subscribe(topic: string, listener: (message: JsonValue) => void): () => void;
  close(): Promise<void>;
}

/** For a process that is alone, or finds the others through the database. */
export const noRelay: Relay = {
  isConnected: false,
  publish: () => undefined,
  subscribe: () => () => undefined,
  close: async () => undefined,
};
