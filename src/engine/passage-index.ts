import { setImmediate as nextTurn } from 'node:timers/promises';
import MiniSearch from 'minisearch';
import type { PassageRecord } from '../store/content.ts';
import { splitWords } from '../store/search-words.ts';

/**
 * The passages of one project by their words, ranked by BM25. It is a copy, made as it is needed: which texts there are and may be
 * read, the database says at each search.
 */
export interface PassageIndex {
  /** How many passages it has, those of texts that are gone too. */
  readonly size: number;
  /** Which of these texts it does not have. */
  listMissing(revisions: Iterable<string>): string[];
  add(passages: readonly PassageRecord[], revisions: readonly string[]): Promise<void>;
  /** The best passages of these texts, the best first. */
  search(query: string, revisions: ReadonlySet<string>, limit: number): RankedPassage[];
}

export interface RankedPassage {
  readonly id: string;
  readonly score: number;
}

/** A long prompt has words that say nothing of what it is about; the rarest ones do. It bounds what a search costs, too. */
const maxTerms = 32;
/** How many are added before others have their turn. */
const addedAtOnce = 200;

function createPassageIndex(): PassageIndex {
  const revisions = new Set<string>();
  /** How many passages have a word. */
  const counts = new Map<string, number>();
  const words = new MiniSearch<PassageRecord>({
    fields: ['text'],
    // Words are lower-cased where they are split.
    processTerm: (word) => word,
    tokenize(text) {
      const found = splitWords(text);
      for (const word of new Set(found)) counts.set(word, (counts.get(word) ?? 0) + 1);
      return found;
    },
  });
  const chooseTerms = (query: string): string[] =>
    [...new Set(splitWords(query))]
      .flatMap((word) => {
        const count = counts.get(word);
        return count === undefined ? [] : [{ word, count }];
      })
      .toSorted((one, other) => one.count - other.count)
      .slice(0, maxTerms)
      .map(({ word }) => word);

  return {
    get size() {
      return words.documentCount;
    },
    listMissing: (wanted) => [...wanted].filter((revision) => !revisions.has(revision)),
    async add(passages, added) {
      for (let first = 0; first < passages.length; first += addedAtOnce) {
        words.addAll(passages.slice(first, first + addedAtOnce).filter(({ id }) => !words.has(id)));
        await nextTurn();
      }
      for (const revision of added) revisions.add(revision);
    },
    search(query, allowed, limit) {
      const found = words.search(chooseTerms(query).join(' '), {
        tokenize: (terms) => terms.split(' '),
        // Ids begin with the revision.
        filter: ({ id }) => allowed.has(String(id).slice(0, 24)),
      });
      return found.slice(0, limit).map(({ id, score }) => ({ id: String(id), score }));
    },
  };
}

/** The indexes of the projects that were searched last. */
export interface PassageIndexes {
  /** Calls with a project's index, one caller after the other. */
  use<T>(project: string, call: (index: PassageIndex) => Promise<T>): Promise<T>;
}

/** About 2 KB each: what the indexes of all projects may have together, or the largest one alone. */
const maxPassages = 250_000;

export function createPassageIndexes(): PassageIndexes {
  /** The one that was used last is the last one. */
  const kept = new Map<string, { readonly index: PassageIndex; last: Promise<unknown> }>();
  const forgetOld = () => {
    let size = 0;
    for (const { index } of kept.values()) size += index.size;
    for (const [project, { index }] of kept) {
      if (size <= maxPassages || kept.size === 1) return;
      kept.delete(project);
      size -= index.size;
    }
  };
  return {
    use(project, call) {
      const entry = kept.get(project) ?? { index: createPassageIndex(), last: Promise.resolve() };
      kept.delete(project);
      kept.set(project, entry);
      const result = entry.last.then(() => call(entry.index));
      entry.last = result.then(forgetOld, () => undefined);
      return result;
    },
  };
}
