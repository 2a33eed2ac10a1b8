import { type Document, isDocument } from './bson-document.ts';
import { DatabaseError } from './errors.ts';
import { encodeKey, invert } from './key-encoding.ts';
import { fieldOf } from './path.ts';

/** One field of an index. */
export interface IndexField {
  readonly path: string;
  readonly parts: readonly string[];
  readonly descending: boolean;
}

export interface IndexKeys {
  readonly keys: readonly Buffer[];
  /** Bit n is set where field n went through an array. */
  readonly multikey: number;
  /** Whether the document has none of the fields: a sparse index leaves it out. */
  readonly isMissing: boolean;
}

/** Where a field's path stands: the value reached, and the names still to go. */
interface Walk {
  readonly value: unknown;
  readonly at: number;
  /** An element of an array that was entered already: an array in it is a value. */
  readonly isElement: boolean;
}

/** The keys of a document in an index: one for each element where a field is an array. Throws code 171 for two arrays. */
export function computeIndexKeys(fields: readonly IndexField[], document: Document): IndexKeys {
  const keys = new Map<string, Buffer>();
  let multikey = 0;
  let isMissing = true;
  const expand = (walks: readonly Walk[]): void => {
    const reached = walks.map((walk, index) => advance(walk, fields[index]?.parts ?? []));
    // The cast: Array.isArray makes `any[]` of what is unknown.
    const arrays = reached.flatMap(({ value, at, isElement }, index) =>
      Array.isArray(value) && !(isElement && at === fields[index]?.parts.length)
        ? [{ value: value as unknown[], index }]
        : [],
    );
    const [first] = arrays;
    if (!first) {
      if (reached.some(({ value }) => value !== undefined)) isMissing = false;
      const key = Buffer.concat(
        reached.map(({ value }, index) => {
          const part = encodeKey(value === emptyArray ? undefined : (value ?? null));
          return fields[index]?.descending ? invert(part) : part;
        }),
      );
      keys.set(key.toString('latin1'), key);
      return;
    }
    if (arrays.some(({ value }) => value !== first.value)) {
      throw new DatabaseError(
        171,
        `cannot index parallel arrays ${arrays.map(({ index }) => `[${fields[index]?.path}]`).join(' ')}`,
      );
    }
    const indexes = new Set(arrays.map(({ index }) => index));
    for (const index of indexes) multikey |= 1 << index;
    for (const item of first.value.length === 0 ? [emptyArray] : first.value) {
      expand(
        reached.map((walk, index) => {
          if (!indexes.has(index)) return walk;
          const isEnd = walk.at === fields[index]?.parts.length;
          return isEnd
            ? { value: item, at: walk.at, isElement: true }
            : {
                value: isDocument(item) ? item : undefined,
                at: isDocument(item) ? walk.at : Number.POSITIVE_INFINITY,
                isElement: true,
              };
        }),
      );
    }
  };
  expand(fields.map(() => ({ value: document, at: 0, isElement: false })));
  return { keys: [...keys.values()], multikey, isMissing };
}

const emptyArray = Symbol('empty array');

function advance(walk: Walk, parts: readonly string[]): Walk {
  let { value, at, isElement } = walk;
  while (at < parts.length) {
    const part = parts[at] ?? '';
    if (Array.isArray(value)) {
      if (!/^\d+$/.test(part) || Number(part) >= value.length) return { value, at, isElement: false };
      value = value[Number(part)];
    } else value = isDocument(value) ? fieldOf(value, part) : undefined;
    at += 1;
    isElement = false;
  }
  return { value, at: Math.min(at, parts.length), isElement };
}
