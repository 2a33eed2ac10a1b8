import { Long } from 'bson';
import { encode, type RawDocument } from './document.ts';
import { DatabaseError } from './errors.ts';
import { element, joinArray, joinElements } from './raw-document.ts';

/** The cursors of one thread. */
export interface Cursors {
  /** Answers the first batch of `documents` as a reply, and keeps the rest for `getMore` unless there is none. */
  open(namespace: string, documents: Iterator<RawDocument>, batchSize: number, isSingleBatch?: boolean): Buffer;
  /** The reply with the next batch; 0 for as much as fits. Throws code 43 for a cursor that is not there. */
  more(id: bigint, namespace: string, batchSize: number): Buffer;
  /** Whether there was such a cursor. */
  kill(id: bigint): boolean;
  /** Forgets the cursors that nobody has asked for ten minutes. */
  sweep(): void;
}

interface Cursor {
  readonly namespace: string;
  readonly documents: Iterator<RawDocument>;
  /** The document after the last batch: looking one ahead spares the client a round trip for nothing. */
  held?: RawDocument | undefined;
  usedAt: number;
}

const mostBatchBytes = 16 * 1024 * 1024;
const idleMs = 10 * 60 * 1000;

/** A cursor rests at a place in a scan, so it costs little; `most` may be kept, and one more throws what `overflow` makes. */
export function createCursors(most: number, overflow: () => Error): Cursors {
  const cursors = new Map<bigint, Cursor>();
  let lastId = BigInt(Date.now()) * 4096n;

  const readBatch = (cursor: Cursor, size: number) => {
    const batch: RawDocument[] = [];
    for (let bytes = 0; size > 0; ) {
      const next = cursor.held ?? nextOf(cursor);
      cursor.held = next;
      bytes += next?.length ?? 0;
      if (!next || batch.length === size || (batch.length > 0 && bytes > mostBatchBytes)) break;
      batch.push(next);
      cursor.held = undefined;
    }
    return { batch, isDone: size > 0 && !cursor.held };
  };

  return {
    open: (namespace, documents, batchSize, isSingleBatch = false) => {
      const cursor: Cursor = { namespace, documents, usedAt: Date.now() };
      const { batch, isDone } = readBatch(cursor, batchSize);
      if (isDone || isSingleBatch) return cursorReply('firstBatch', 0n, namespace, batch);
      if (cursors.size >= most) throw overflow();
      lastId += 1n;
      cursors.set(lastId, cursor);
      return cursorReply('firstBatch', lastId, namespace, batch);
    },
    more: (id, namespace, batchSize) => {
      const cursor = cursors.get(id);
      if (!cursor) throw new DatabaseError(43, `cursor id ${id} not found`);
      if (cursor.namespace !== namespace)
        throw new DatabaseError(13, `Requested getMore on namespace '${namespace}', but cursor belongs to another one`);
      // It is there again once its batch could be read.
      cursors.delete(id);
      const { batch, isDone } = readBatch(cursor, batchSize > 0 ? batchSize : Number.POSITIVE_INFINITY);
      if (!isDone) cursors.set(id, { ...cursor, usedAt: Date.now() });
      return cursorReply('nextBatch', isDone ? 0n : id, namespace, batch);
    },
    kill: (id) => cursors.delete(id),
    sweep: () => {
      for (const [id, { usedAt }] of cursors) if (Date.now() - usedAt > idleMs) cursors.delete(id);
    },
  };
}

function nextOf({ documents }: Cursor): RawDocument | undefined {
  const { done, value } = documents.next();
  return done ? undefined : value;
}

/** `{ cursor: { <field>: [...], id, ns }, ok: 1 }`, with the documents' bytes as they are stored. */
export function cursorReply(
  field: 'firstBatch' | 'nextBatch',
  id: bigint,
  namespace: string,
  batch: readonly RawDocument[],
): Buffer {
  const tail = encode({ id: Long.fromBigInt(id), ns: namespace }).subarray(4, -1);
  const cursor = joinElements([element(4, field, joinArray(batch)), tail]);
  return joinElements([element(3, 'cursor', cursor), encode({ ok: 1 }).subarray(4, -1)]);
}
