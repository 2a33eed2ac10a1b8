/** How long a passage is at most, and how short it may be while there is more to add: a paragraph, or a few short ones. */
const longest = 1_200;
const shortest = 400;

/**
 * Splits a text into passages that are read on their own: at the ends of paragraphs, else of lines, else of sentences, else of words.
 * Together they are the text.
 */
export function splitPassages(text: string): string[] {
  const passages: string[] = [];
  let start = 0;
  while (start < text.length) {
    const end = start + findEnd(text.slice(start, start + longest + 1));
    passages.push(text.slice(start, end));
    start = end;
  }
  return passages;
}

/** What a passage best ends behind; each in its turn. */
const boundaries = [/\n\s*\n\s*/g, /\n\s*/g, /[.!?。！？]["'”’)]*\s+|[。！？]/g, /\s+/g];

/** Where the first passage of a piece ends. */
function findEnd(piece: string): number {
  if (piece.length <= longest) {
    // What is left is one passage, unless it is of several paragraphs.
    const end = findLastBoundary(piece, /\n\s*\n\s*/g, piece.length - 1);
    return end >= shortest && piece.length - end >= shortest ? end : piece.length;
  }
  for (const boundary of boundaries) {
    const end = findLastBoundary(piece, boundary, longest);
    if (end >= shortest) return end;
  }
  // No half of a pair of surrogates.
  return /[\uD800-\uDBFF]/.test(piece.charAt(longest - 1)) ? longest - 1 : longest;
}

/** Where the last boundary ends that lies within `limit`; 0 where none does. */
function findLastBoundary(piece: string, boundary: RegExp, limit: number): number {
  let last = 0;
  for (const { index, 0: match } of piece.matchAll(boundary)) {
    const end = index + match.length;
    if (end > limit) break;
    last = end;
  }
  return last;
}
