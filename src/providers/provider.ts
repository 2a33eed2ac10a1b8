import type { Message, TokenUse } from '../domain.ts';
import type { JsonObject } from '../json.ts';

export type { Message, MessageRole, TokenUse } from '../domain.ts';

/** The contract between the engine and whatever executes a prompt. A provider is a pure translation around one call. */
export interface Provider {
  /** The value of `Environment.provider` that selects it. */
  readonly kind: string;
  /** Whether an environment of this kind must say where it is. */
  readonly needsEndpoint: boolean;
  /**
   * Executes one request. Yields `text` events as the answer is made, so that a stall can be told from work, and
   * one `finish` event, always the last. Throws a `RunFailure` for everything that goes wrong on the other side, and
   * `signal.reason` when the signal aborts; either way the socket is released.
   */
  generate(request: GenerateRequest, connection: Connection, signal: AbortSignal): AsyncIterable<GenerateEvent>;
  /** The models that the connection offers. Throws a `RunFailure`. */
  listModels(connection: Connection, signal: AbortSignal): Promise<readonly Model[]>;
  /** One vector for each text. A provider without it has no models for that. Throws a `RunFailure`. */
  embed?(request: EmbedRequest, connection: Connection, signal: AbortSignal): Promise<Embeddings>;
}

export interface EmbedRequest {
  /** Null: the provider's own default. */
  readonly model: string | null;
  readonly texts: readonly string[];
}

export interface Embeddings {
  readonly model: string;
  /** In the order of the texts. */
  readonly vectors: readonly (readonly number[])[];
  /** Null where the provider does not say. */
  readonly tokens: number | null;
}

/** Where to call and with what credentials: the part of an environment that a provider sees. */
export interface Connection {
  readonly endpoint: string | null;
  /** In plain text; must not reach a log, an error or a warning. */
  readonly credentials: string | null;
}

/** The settings of one execution that go to the model. What is null is the provider's own default. */
export interface GenerateSettings {
  readonly temperature: number | null;
  /** The most tokens that the answer may have. */
  readonly maxTokens: number | null;
  readonly topP: number | null;
  readonly stop: readonly string[] | null;
  readonly seed: number | null;
  /** Settings in the vendor's own words, passed on as they are. */
  readonly options: JsonObject | null;
}

export interface GenerateRequest {
  readonly model: string;
  readonly messages: readonly Message[];
  readonly settings: GenerateSettings;
  /** A JSON Schema that the answer shall fit: the provider asks for structured output as its vendor knows it. */
  readonly resultSchema: JsonObject | null;
}

export type GenerateEvent =
  | { readonly type: 'text'; readonly text: string }
  | {
      readonly type: 'finish';
      readonly reason: 'stop' | 'length' | 'content_filter' | 'other';
      /** Null where the provider does not say. */
      readonly tokenUse: TokenUse | null;
      /** Settings that could not be honoured, in whole sentences. */
      readonly warnings: readonly string[];
    };

export interface Model {
  readonly id: string;
  readonly name: string;
  readonly streams: boolean;
  readonly readsImages: boolean;
}
