import { setImmediate as nextTurn } from 'node:timers/promises';
import MiniSearch from 'minisearch';
import type { PassageRecord } from '../store/content.ts';
import { splitWords } from '../store/search-words.ts';

/**
 * The passages of a selection of contents by their words, ranked by BM25. It is a copy, made as it is needed: which texts the
 * selection has, the database says at each search.
 */
export interface PassageIndex {
  /** How many passages it has. */
  readonly size: number;
  /** Forgets all texts but these, and tells which of these it does not have. */
  keepOnly(wanted: ReadonlySet<string>): string[];
  /** Adds all passages of these texts. */
  add(passages: readonly IndexedPassage[], revisions: readonly string[]): Promise<void>;
  /** The best passages, the best first. */
  search(query: string, limit: number): RankedPassage[];
}

/** A passage with the name of what it is of, whose words count too. */
export interface IndexedPassage extends PassageRecord {
  readonly name: string;
}

export interface RankedPassage {
  readonly id: string;
  readonly score: number;
}

/** A long prompt has words that say nothing of what it is about; the rarest ones do. */
const maxTerms = 24;
/** How many passages the terms may have together, beyond the rarest three: what bounds the cost of a search. */
const maxOccurrences = 30_000;
/** How many are added before others have their turn. */
const addedAtOnce = 50;

function createPassageIndex(): PassageIndex {
  /** The passages of each text. */
  const revisions = new Map<string, string[]>();
  /** How many passages have a word. */
  const counts = new Map<string, number>();
  const words = new MiniSearch<IndexedPassage>({
    fields: ['text', 'name'],
    // Words are lower-cased where they are split.
    processTerm: (word) => word,
    tokenize(text) {
      const found = splitWords(text);
      for (const word of new Set(found)) counts.set(word, (counts.get(word) ?? 0) + 1);
      return found;
    },
  });
  const chooseTerms = (query: string): string[] => {
    const known = [...new Set(splitWords(query))].flatMap((word) => {
      const count = counts.get(word);
      return count === undefined ? [] : [{ word, count }];
    });
    let occurrences = 0;
    return known
      .toSorted((one, other) => one.count - other.count)
      .slice(0, maxTerms)
      .filter(({ count }, index) => {
        occurrences += count;
        return index < 3 || occurrences <= maxOccurrences;
      })
      .map(({ word }) => word);
  };

  return {
    get size() {
      return words.documentCount;
    },
    keepOnly(wanted) {
      for (const [revision, ids] of revisions) {
        if (wanted.has(revision)) continue;
        words.discardAll(ids);
        revisions.delete(revision);
      }
      return [...wanted].filter((revision) => !revisions.has(revision));
    },
    async add(passages, added) {
      for (let first = 0; first < passages.length; first += addedAtOnce) {
        words.addAll(passages.slice(first, first + addedAtOnce));
        await nextTurn();
      }
      for (const revision of added) revisions.set(revision, []);
      for (const { id, revision } of passages) revisions.get(revision)?.push(id);
    },
    search(query, limit) {
      const found = words.search(chooseTerms(query).join(' '), { tokenize: (terms) => terms.split(' ') });
      return found.slice(0, limit).map(({ id, score }) => ({ id: String(id), score }));
    },
  };
}

/** The indexes that were searched last. */
export interface PassageIndexes {
  /** Calls with the index of a selection, one caller after the other. */
  use<T>(selection: string, call: (index: PassageIndex) => Promise<T>): Promise<T>;
}

/** About 5 KB each: what all indexes may have together, or the largest one alone. */
const maxPassages = 100_000;

export function createPassageIndexes(): PassageIndexes {
  /** The one that was used last is the last one. */
  const kept = new Map<string, { readonly index: PassageIndex; last: Promise<unknown> }>();
  const forgetOld = () => {
    let size = 0;
    for (const { index } of kept.values()) size += index.size;
    for (const [selection, { index }] of kept) {
      if (size <= maxPassages || kept.size === 1) return;
      kept.delete(selection);
      size -= index.size;
    }
  };
  return {
    use(selection, call) {
      const entry = kept.get(selection) ?? { index: createPassageIndex(), last: Promise.resolve() };
      kept.delete(selection);
      kept.set(selection, entry);
      const result = entry.last.then(() => call(entry.index));
      entry.last = result.then(forgetOld, () => undefined);
      return result;
    },
  };
}
