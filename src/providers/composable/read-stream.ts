import type { JsonValue } from '../../json.ts';
import { readEvents } from '../read-events.ts';
import { parseJson, readAs } from '../upstream-answer.ts';
import { endedRun, type WireRun } from './wire.ts';

/** What a run's stream has said so far: where to go on when it is cut, and what its end may leave out. */
export interface StreamProgress {
  lastEventId: string;
  text: string;
  /** Undefined: not said yet. */
  result: JsonValue | undefined;
}

/** The pieces of an answer, then the run as it ended; null where the stream ends without. */
export async function* readStream(
  body: AsyncIterable<Uint8Array>,
  progress: StreamProgress,
): AsyncGenerator<string, WireRun | null> {
  for await (const { event = 'message', id, data } of readEvents(body)) {
    if (event === 'close') return readAs(endedRun, parseJson(data), 'run');
    if (event === 'chunk') progress.result = parseJson(data) as JsonValue; // What JSON.parse gives is JSON.
    const text = event === 'message' ? readText(data) : '';
    progress.text += text;
    if (id !== undefined) progress.lastEventId = id;
    if (text !== '') yield text;
  }
  return null;
}

/** A string in JSON; the documents have it bare. */
function readText(data: string): string {
  if (!data.startsWith('"')) return data;
  try {
    const text: unknown = JSON.parse(data);
    return typeof text === 'string' ? text : data;
  } catch {
    return data;
  }
}
