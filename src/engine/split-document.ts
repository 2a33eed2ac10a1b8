import { countTokens } from './count-tokens.ts';
import { splitPassages } from './split-passages.ts';

/** A piece of a document that is put before a model at once. Pages count from 1. */
export interface DocumentPart {
  readonly text: string;
  readonly firstPage: number;
  readonly lastPage: number;
}

interface Unit {
  readonly page: number;
  readonly text: string;
  readonly tokens: number;
}

/** Splits a document into parts of at most so many tokens: between pages, and within a page only where it is larger than a part. */
export async function splitDocument(pages: readonly string[], maxTokens: number): Promise<DocumentPart[]> {
  const measure = (content: string) => countTokens([{ role: 'user', content }]);
  const units: Unit[] = [];
  for (const [index, text] of pages.entries()) {
    const page = index + 1;
    const tokens = await measure(text);
    if (tokens <= maxTokens) units.push({ page, text, tokens });
    else for (const passage of splitPassages(text)) units.push({ page, text: passage, tokens: await measure(passage) });
  }
  const groups: Unit[][] = [];
  let size = 0;
  for (const unit of units) {
    const group = groups.at(-1);
    if (group === undefined || size + unit.tokens > maxTokens) {
      groups.push([unit]);
      size = unit.tokens;
    } else {
      group.push(unit);
      size += unit.tokens;
    }
  }
  return groups.map((group) => ({
    text: group.reduce((text, unit, index) => text + separate(group[index - 1], unit) + unit.text, ''),
    firstPage: group[0]?.page ?? 1,
    lastPage: group.at(-1)?.page ?? 1,
  }));
}

/** Passages of a page follow each other as they were. */
function separate(before: Unit | undefined, { page }: Unit): string {
  return before === undefined || before.page === page ? '' : '\n\n';
}
