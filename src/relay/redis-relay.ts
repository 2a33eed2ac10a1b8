import { Redis } from 'ioredis';
import type { JsonValue } from '../json.ts';
import type { Relay } from './relay.ts';

export interface RedisRelayOptions {
  /** `redis://` or, with TLS, `rediss://`. */
  readonly url: string;
  readonly logError: (error: unknown, message: string) => void;
}

/** Installations may share a Redis with other programs. */
const prefix = 'trivium:';

/** A relay over Redis' publish and subscribe. It connects by itself, again and again; while it is away, messages are lost. */
export function createRedisRelay({ url, logError }: RedisRelayOptions): Relay {
  // What cannot be sent at once is of no use later.
  const publisher = new Redis(url, { enableOfflineQueue: false, maxRetriesPerRequest: 0, enableAutoPipelining: true });
  // Topics are subscribed to again after each connection.
  const subscriber = new Redis(url, { maxRetriesPerRequest: null });
  const listeners = new Map<string, Set<(message: JsonValue) => void>>();
  let isAway = false;
  const reportOnce = (error: unknown) => {
    if (!isAway)
      logError(error, 'Redis cannot be reached; processes find each other through the database until it is back');
    isAway = true;
  };
  for (const connection of [publisher, subscriber]) {
    connection.on('error', reportOnce);
    connection.on('ready', () => {
      isAway = false;
    });
  }
  subscriber.on('message', (channel: string, text: string) => {
    const message: JsonValue = JSON.parse(text);
    for (const listener of listeners.get(channel.slice(prefix.length)) ?? []) listener(message);
  });

  return {
    get isConnected() {
      return publisher.status === 'ready' && subscriber.status === 'ready';
    },
    publish(topic, message) {
      publisher.publish(prefix + topic, JSON.stringify(message)).catch(() => undefined);
    },
    subscribe(topic, listener) {
      const ofTopic = listeners.get(topic) ?? new Set();
      if (ofTopic.size === 0) {
        listeners.set(topic, ofTopic);
        subscriber.subscribe(prefix + topic).catch(() => undefined);
      }
      ofTopic.add(listener);
      return () => {
        ofTopic.delete(listener);
        if (ofTopic.size > 0 || listeners.get(topic) !== ofTopic) return;
        listeners.delete(topic);
        subscriber.unsubscribe(prefix + topic).catch(() => undefined);
      };
    },
    async close() {
      publisher.disconnect();
      subscriber.disconnect();
    },
  };
}
