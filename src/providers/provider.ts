import type { Message, TokenUse } from '../domain.ts';
import type { JsonObject } from '../json.ts';

export type { Message, MessageRole, TokenUse } from '../domain.ts';

/** The contract between the engine and whatever executes a prompt. A provider is a pure translation around one call. */
export interface Provider {
  /** The value of `Environment.provider` that selects it. */
  readonly kind: string;
  /** Whether an environment of this kind must say where it is. */
  readonly needsEndpoint: boolean;
  /** What the documentation says of it. */
  readonly profile: ProviderProfile;
  /**
   * Executes one request. Yields `text` events as the answer is made, so that a stall can be told from work, `progress`
   * events where there is life without text, and one `finish` event, always the last. Throws a `RunFailure` for everything
   * that goes wrong on the other side, and `signal.reason` when the signal aborts; either way the socket is released.
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

/** A setting that vendors have or have not. */
export type SettingName = 'temperature' | 'maxTokens' | 'topP' | 'stop' | 'seed';

/** What a kind of provider is and supports, for the documentation. Texts are Markdown. */
export interface ProviderProfile {
  readonly vendor: string;
  /** Where it is called unless the environment says so; null where only the environment can. */
  readonly defaultEndpoint: string | null;
  /** What an environment's endpoint is, where it has one; null where it cannot. */
  readonly endpoint: string | null;
  /** What an environment's credentials are; null where there are none. */
  readonly credentials: string | null;
  /** What is left out with a warning, because the vendor has no such setting. */
  readonly missingSettings: readonly SettingName[];
  /** How an answer that fits a result schema is asked for. */
  readonly structuredOutput: string;
  /** Which models it lists. */
  readonly models: string;
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
  /**
   * A sign of life without text, such as a thought. `tokenUse` is what was counted so far, if anything: it holds for an
   * answer that never comes to its end.
   */
  | { readonly type: 'progress'; readonly tokenUse: TokenUse | null }
  | {
      readonly type: 'finish';
      readonly reason: 'stop' | 'length' | 'content_filter' | 'other';
      /** Null where the provider does not say. */
      readonly tokenUse: TokenUse | null;
      /** Settings that could not be honoured, in whole sentences. */
      readonly warnings: readonly string[];
    };

export type FinishReason = Extract<GenerateEvent, { type: 'finish' }>['reason'];

export interface Model {
  readonly id: string;
  readonly name: string;
  readonly streams: boolean;
  readonly readsImages: boolean;
}
