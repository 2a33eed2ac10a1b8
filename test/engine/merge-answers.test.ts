import { expect, test } from 'vitest';
import { mergeAnswers } from '../../src/engine/merge-answers.ts';
import { splitDocument } from '../../src/engine/split-document.ts';
import type { JsonValue } from '../../src/json.ts';

const pages = ['Vendor: Ada Ltd', 'Item  Apple', 'Item Pear, Total 1,234.50', 'The end'];

test('a document is split between pages, and within a page only where it must be', async () => {
  expect(await splitDocument(pages, 1_000)).toEqual([{ text: pages.join('\n\n'), firstPage: 1, lastPage: 4 }]);
  const parts = await splitDocument(pages, 25);
  expect(parts.map(({ firstPage, lastPage }) => [firstPage, lastPage])).toEqual([
    [1, 2],
    [3, 4],
  ]);
  const long = `${'A sentence of some words. '.repeat(200)}\n\n${'Another one. '.repeat(200)}`;
  const pieces = await splitDocument(['short', long], 400);
  expect(pieces.length).toBeGreaterThan(3);
  expect(
    pieces
      .map(({ text }) => text)
      .join('')
      .replaceAll(/\s/g, ''),
  ).toBe(`short${long}`.replaceAll(/\s/g, ''));
});

const merge = (...answers: JsonValue[]) =>
  mergeAnswers(
    answers.map((answer, index) => ({
      part: { text: '', firstPage: 1 + 2 * index, lastPage: 2 + 2 * index },
      answer,
    })),
    pages,
  );

test('the first value counts, members of lists are collected, and each says its pages', () => {
  const answers = [
    { vendor: 'Ada Ltd', total: null, items: [{ name: 'Apple' }], note: null, isPaid: null },
    { vendor: 'The end', total: 1234.5, items: [{ name: 'Pear' }, { name: 'Apple' }], note: null, isPaid: true },
  ];
  expect(merge(...answers)).toEqual({
    result: {
      vendor: 'Ada Ltd',
      total: 1234.5,
      items: [{ name: 'Apple' }, { name: 'Pear' }],
      note: null,
      isPaid: true,
    },
    // A boolean stands nowhere: it came of all that the model read.
    pages: { vendor: [1], total: [3], items: [2, 3], isPaid: [3, 4] },
  });
});

test('texts follow each other', () => {
  expect(merge('one', 'two')).toEqual({ result: 'one\n\ntwo', pages: null });
  expect(merge('one')).toEqual({ result: 'one', pages: null });
});
