import type { Config } from '../config.ts';
import type { ContextDependencies } from '../context.ts';
import type { EventStreams } from '../event-stream/event-stream.ts';

/** What the routes of every API are served with; each says itself how large its pages are. */
export interface RestDependencies extends Omit<ContextDependencies, 'pageMax'> {
  readonly streams: EventStreams;
  readonly settings: RestSettings;
}

export type RestSettings = Pick<Config, 'publicUrl' | 'runTtlSeconds' | 'uploads' | 'bodyMaxBytes'>;
