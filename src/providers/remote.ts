import type { Message, StepOverride, TokenUse } from '../domain.ts';
import type { JsonObject, JsonValue } from '../json.ts';
import type { Connection, GenerateSettings } from './provider.ts';

/**
 * The contract between the engine and an API that executes something of its own: not a prompt on a model, but an interaction that it
 * keeps itself. It stands beside `Provider`, and an environment is of one or the other.
 */
export interface RemoteProvider {
  /** The value of `Environment.provider` that selects it. */
  readonly kind: string;
  /** Whether an environment of this kind must say where it is. */
  readonly needsEndpoint: boolean;
  /** What it executes. */
  readonly executes: RemoteSubject['kind'];
  /** Whether it can say what it has. */
  readonly hasList: boolean;
  /** Whether an answer comes while it is made. Where it comes at once, its first piece is its last. */
  readonly streams: boolean;
  /**
   * What can be executed there: all of it, or those of `ids` that there are; an API without a list takes every id
   * for one that there is. Throws a `RunFailure`, for an API without a list where there are no ids, too.
   */
  list(ids: readonly string[] | null, connection: Connection, signal: AbortSignal): Promise<readonly RemoteSubject[]>;
  /**
   * Asks whether the credentials are good there, without executing anything. `known` is one that was registered, or null. Throws a
   * `RunFailure` that says why they are not, or what is missing to find it out.
   */
  check(known: string | null, connection: Connection, signal: AbortSignal): Promise<void>;
  /**
   * Executes one of them. Yields what comes while it works, and one `finish`, always the last. Throws a `RunFailure` for everything
   * that goes wrong there, and `signal.reason` when the signal aborts; either way the socket is released, and what still runs there
   * is cancelled where the API has a way.
   */
  execute(call: RemoteCall, connection: Connection, signal: AbortSignal): AsyncIterable<RemoteEvent>;
}

/** Something that a remote API can execute. */
export type RemoteSubject = RemoteInteraction | RemoteFlow | RemoteDeployment;

/** Of a flow no more is known than its id. */
export interface RemoteFlow {
  readonly kind: 'flow';
  readonly id: string;
}

export interface RemoteDeployment {
  readonly kind: 'deployment';
  readonly id: string;
}

export interface RemoteInteraction {
  readonly kind: 'interaction';
  readonly id: string;
  readonly name: string;
  readonly description: string | null;
  readonly status: 'draft' | 'published' | 'archived';
  readonly visibility: 'public' | 'private';
  readonly version: number;
  /** The id of the draft that it was published from; null for a draft. */
  readonly draft: string | null;
  readonly tags: readonly string[];
  /** What each of its prompts takes. */
  readonly inputSchemas: readonly JsonObject[];
  readonly resultSchema: JsonObject | null;
}

/** The header that tells a gateway through how many others a call came. */
export const hopsHeader = 'trivium-hops';

/** What is asked for. What is null is left to the API. */
export interface RemoteCall {
  /** Its id there. */
  readonly id: string;
  /** Names the execution: one that is repeated is not executed twice, where the API can tell. */
  readonly key: string;
  /** Through how many gateways it has come with this one: the next one must be told, so that circles end. */
  readonly hops: number;
  readonly data: JsonObject;
  readonly model: string | null;
  readonly settings: GenerateSettings;
  /** Whether the result must fit the schema. */
  readonly validate: boolean;
  /** In place of its own. */
  readonly resultSchema: JsonObject | null;
  readonly tags: readonly string[];
  readonly endUser: string | null;
  readonly object: string | null;
  /** What steps of a flow do otherwise this time: the contents that they read. */
  readonly steps: readonly StepOverride[];
  /** What a deployment reads. */
  readonly files: readonly RemoteFile[];
  /** The run there that an earlier call with this key has begun, where it is known: it is not begun again. */
  readonly started: string | null;
}

export interface RemoteFile {
  readonly name: string;
  readonly type: string | null;
  /** In bytes. */
  readonly size: number;
  readonly open: () => AsyncIterable<Uint8Array>;
}

export type RemoteEvent =
  /** That it is on record there, under this id. */
  | { readonly type: 'started'; readonly run: string }
  | { readonly type: 'text'; readonly text: string }
  /** A sign of life. */
  | { readonly type: 'progress' }
  /** What became of a file. */
  | ({ readonly type: 'file' } & RemoteFileResult)
  /** What was counted so far; it holds for an execution that fails then. */
  | { readonly type: 'usage'; readonly tokenUse: TokenUse }
  | {
      readonly type: 'finish';
      readonly result: JsonValue;
      /** Null where the API does not say. */
      readonly tokenUse: TokenUse | null;
      readonly warnings: readonly string[];
      /** What it says of how it was executed. */
      readonly report: RemoteReport;
    };

export interface RemoteFileResult {
  /** Its place in the call. */
  readonly index: number;
  readonly result: JsonValue;
  /** Why it failed; null where it did not. */
  readonly error: string | null;
  readonly tokenUse: TokenUse | null;
}

export interface RemoteReport {
  readonly model?: string;
  readonly prompt?: readonly Message[];
  readonly resultSchema?: JsonObject;
}
