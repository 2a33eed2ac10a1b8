import { type Document, isDocument } from './bson-document.ts';
import { DatabaseError } from './errors.ts';

/** Reaching into documents to change them. */

/** What an operator answers when the field is to go, and when it is to stay as it is. */
export const removed = Symbol('removed');
export const unchanged = Symbol('unchanged');

const mostPadding = 1_500_000;

/** What is put in place of the value at a path; undefined stands for a missing one. */
export type Change = (value: unknown) => unknown;

/**
 * Applies a change at a path. `creates` says whether what is missing on the way is made. Throws code 28 where the way
 * leads through something that is neither a document nor an array with that index.
 */
export function changeAt(document: Document, parts: readonly string[], change: Change, creates: boolean): void {
  let container: unknown = document;
  for (const [index, part] of parts.entries()) {
    const isLast = index === parts.length - 1;
    if (Array.isArray(container)) {
      if (!/^\d+$/.test(part)) {
        if (!creates) return;
        throw notViable(part, parts[index - 1], container);
      }
      if (Number(part) >= container.length && !creates) return;
    } else if (!isDocument(container)) {
      if (!creates) return;
      throw notViable(part, parts[index - 1], container);
    }
    // Checked just above: a document, or an array with a numeric part.
    const holder = container as Document;
    const old = Object.hasOwn(holder, part) ? holder[part] : undefined;
    if (isLast) {
      put(holder, part, change(old));
      return;
    }
    if (old === undefined) {
      if (!creates) return;
      const made = parts
        .slice(index + 1)
        .reduceRight<unknown>(
          (value, name) => (value === removed || value === unchanged ? value : { [name]: value }),
          change(undefined),
        );
      put(holder, part, made);
      return;
    }
    container = old;
  }
}

function put(holder: Document, part: string, value: unknown): void {
  if (value === unchanged) return;
  if (Array.isArray(holder)) {
    const position = Number(part);
    if (value === removed) {
      if (position < holder.length) holder[position] = null;
      return;
    }
    if (position - holder.length > mostPadding)
      throw new DatabaseError(2, `can't backfill more than ${mostPadding} elements`);
    while (holder.length < position) holder.push(null);
    holder[position] = value;
  } else if (value === removed) delete holder[part];
  else Object.defineProperty(holder, part, { value, enumerable: true, configurable: true, writable: true });
}

function notViable(part: string, holder: string | undefined, value: unknown): DatabaseError {
  return new DatabaseError(
    28,
    `Cannot create field '${part}' in element {${holder ?? ''}: ${JSON.stringify(value).slice(0, 200)}}`,
  );
}

/** What array operators in paths stand for. */
export interface Positions {
  /** The element that the query matched: `$`. */
  readonly matched: number | undefined;
  /** `$[name]`: the elements that its filter accepts. */
  readonly filters: ReadonlyMap<string, (item: unknown) => boolean>;
}

/** The paths that a path with `$`, `$[]` or `$[name]` stands for in a document. */
export function resolvePositions(document: Document, path: string, positions: Positions): string[][] {
  if (!path.includes('$')) return [path.split('.')];
  const resolve = (value: unknown, parts: readonly string[], done: readonly string[]): string[][] => {
    const [part, ...rest] = parts;
    if (part === undefined) return [[...done]];
    // The cast: an array is read by its indexes as a document is by its names.
    const step = (name: string) =>
      resolve(isDocument(value) || Array.isArray(value) ? (value as Document)[name] : undefined, rest, [...done, name]);
    if (part === '$') {
      if (positions.matched === undefined)
        throw new DatabaseError(2, 'The positional operator did not find the match needed from the query.');
      return step(String(positions.matched));
    }
    const name = /^\$\[(.*)\]$/.exec(part)?.[1];
    if (name === undefined) return step(part);
    if (!Array.isArray(value))
      throw new DatabaseError(
        2,
        value === undefined
          ? `The path '${done.join('.')}' must exist in the document in order to apply array updates.`
          : `Cannot apply array updates to non-array element ${done.at(-1)}: ${JSON.stringify(value)}`,
      );
    const accepts = positions.filters.get(name);
    return value.flatMap((item: unknown, index) => (name === '' || accepts?.(item) ? step(String(index)) : []));
  };
  return resolve(document, path.split('.'), []);
}
