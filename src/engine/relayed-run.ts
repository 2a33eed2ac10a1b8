import { setTimeout as delay } from 'node:timers/promises';
import { isJsonObject, type JsonValue } from '../json.ts';
import type { Relay } from '../relay/relay.ts';
import type { StreamPart } from '../store/run-record.ts';
import type { StreamPlace } from './run-stream.ts';
import { untilSettledOrAborted } from './until-settled.ts';

/** What the process that executes a run tells the others. */
export interface RunAnnouncer {
  part(place: StreamPlace, part: StreamPart): void;
  /** Its end is on record. */
  end(): void;
}

/** A part of a run's stream, and its place there. */
interface PlacedPart {
  readonly place: StreamPlace;
  readonly part: StreamPart;
}

/** What a process hears of a run that another one executes. */
export interface RelayedRun {
  /**
   * The parts that follow a place without a gap, as they come. Ends when it is time to look into the database: at the run's end,
   * where something was missed, and now and then.
   */
  read(place: StreamPlace, signal: AbortSignal): AsyncGenerator<PlacedPart>;
  /** Waits until it is time to look into the database. */
  untilNews(signal: AbortSignal): Promise<void>;
  close(): void;
}

/** How often the database is looked at for what another process does: it is all there is, or the relay tells more. */
const pollMs = 250;
const relayedPollMs = 1_000;
/** A reader that is behind by more reads the stored log. */
const inboxMax = 1_000;

const topicOf = (run: string) => `run:${run}`;

export function announceRun(relay: Relay, run: string): RunAnnouncer {
  const topic = topicOf(run);
  return {
    part: ({ epoch, number }, part) =>
      relay.publish(topic, { epoch, number, part: typeof part === 'string' ? part : { ...part } }),
    end: () => relay.publish(topic, { isEnd: true }),
  };
}

export function listenToRun(relay: Relay, run: string): RelayedRun {
  let inbox: PlacedPart[] = [];
  let isEnd = false;
  let news = Promise.withResolvers<void>();
  const close = relay.subscribe(topicOf(run), (message) => {
    const part = readPart(message);
    if (part === null) isEnd = true;
    else if (inbox.length < inboxMax) inbox.push(part);
    else inbox = [];
    news.resolve();
  });

  const withPoll = (signal: AbortSignal) =>
    AbortSignal.any([signal, AbortSignal.timeout(relay.isConnected ? relayedPollMs : pollMs)]);
  return {
    close,
    async untilNews(signal) {
      const over = withPoll(signal);
      while (!over.aborted && !isEnd) {
        inbox = [];
        news = Promise.withResolvers();
        await untilSettledOrAborted(news.promise, over);
      }
      isEnd = false;
    },
    async *read(place, signal) {
      const over = withPoll(signal);
      let last = place;
      while (!over.aborted) {
        const announced = inbox.shift();
        if (announced === undefined && isEnd) break;
        if (announced === undefined) {
          news = Promise.withResolvers();
          await untilSettledOrAborted(news.promise, over);
        } else if (isBehind(announced.place, last)) {
          if (!isNext(announced.place, last)) {
            // What is missing comes with the stored log, which is written a little later.
            inbox.unshift(announced);
            await delay(pollMs, undefined, { signal: over }).catch(() => undefined);
            return;
          }
          last = announced.place;
          yield announced;
        }
      }
      isEnd = false;
    },
  };
}

function readPart(message: JsonValue): PlacedPart | null {
  if (!isJsonObject(message)) return null;
  const { epoch, number, part } = message;
  if (typeof epoch !== 'number' || typeof number !== 'number') return null;
  if (typeof part !== 'string' && !isJsonObject(part)) return null;
  // Only announceRun publishes here.
  return { place: { epoch, number }, part: part as unknown as StreamPart };
}

function isBehind(place: StreamPlace, other: StreamPlace): boolean {
  return place.epoch > other.epoch || (place.epoch === other.epoch && place.number > other.number);
}

function isNext(place: StreamPlace, last: StreamPlace): boolean {
  return place.epoch === last.epoch ? place.number === last.number + 1 : place.number === 1;
}
