import { describe, expect, it } from 'vitest';
import { describeMisfit, parseStructuredResult } from '../../src/engine/structured-result.ts';

describe('parseStructuredResult', () => {
  it.each([
    ['{"a":1}', { a: 1 }],
    ['\n [1, 2] \n', [1, 2]],
    ['"text"', 'text'],
    ['42', 42],
    ['null', null],
  ])('reads an answer that is nothing but JSON: %j', (text, value) => {
    expect(parseStructuredResult(text)).toEqual({ ok: true, value });
  });

  it.each([
    '```json\n{"a":1}\n```',
    '```JSON\r\n{"a":1}\r\n```',
    '```\n{"a":1}\n```',
    '```{"a":1}```',
    'Of course!\n\n```json\n{"a":1}\n```\nIs there anything else?',
    'First some code:\n```python\nx = [1]\n```\nand now:\n```json\n{"a":1}\n```',
  ])('reads what a fence holds: %j', (text) => {
    expect(parseStructuredResult(text)).toEqual({ ok: true, value: { a: 1 } });
  });

  it.each([
    ['Here it is: {"a":{"b":"} and ] and \\" too"}}. Done.', { a: { b: '} and ] and " too' } }],
    ['The list is [1, [2, 3]], as asked.', [1, [2, 3]]],
    ['As [the manual] says: {"a":1} or {"a":2}', { a: 1 }],
    ['{"code":"```js\\nrun()\\n```"} is the answer', { code: '```js\nrun()\n```' }],
    ['As [1] and [2] say: {"a":[1]}.', { a: [1] }],
    ['The first three of {"n":9}: [{"n":1},{"n":2}]', [{ n: 1 }, { n: 2 }]],
    ['<think>{"a": what, if, not, one}</think>{"a":1}', { a: 1 }],
  ])('reads the longest object or array in prose, the first of several: %j', (text, value) => {
    expect(parseStructuredResult(text)).toEqual({ ok: true, value });
  });

  it.each(['{"a":[1,2],}', '{"a":[1,2', '```json\n{"a":[1]\n```', "{'a': [1]}"])(
    'neither repairs %j nor takes a part of it for the answer',
    (text) => {
      expect(parseStructuredResult(text)).toMatchObject({ ok: false });
    },
  );

  it('says what it found instead of JSON, in short', () => {
    expect(parseStructuredResult('  ')).toEqual({ ok: false, message: 'it is empty' });
    expect(parseStructuredResult('I would rather not.')).toEqual({
      ok: false,
      message: 'no JSON is in "I would rather not."',
    });
    const long = parseStructuredResult('no '.repeat(1_000));
    expect(long.ok || long.message.length).toBeLessThan(120);
  });

  it.each(['[', '{"', '```\n', '[x] ', '{} {'])('reads 1 MB of %j in less than a second', (piece) => {
    const startedAt = performance.now();
    parseStructuredResult(`x${piece.repeat(1_000_000 / piece.length)}`);
    expect(performance.now() - startedAt).toBeLessThan(1_000);
  });
});

it('takes nothing that is nested too deeply to be kept', () => {
  const nest = (levels: number) => '['.repeat(levels) + ']'.repeat(levels);
  expect(parseStructuredResult(nest(64))).toMatchObject({ ok: true });
  for (const levels of [65, 100_000]) {
    expect(parseStructuredResult(nest(levels))).toEqual({ ok: false, message: 'it is more than 64 levels deep' });
  }
});

describe('describeMisfit', () => {
  it('tells a model what to correct', () => {
    const issues = [
      { path: '/object', message: 'is required' },
      { path: '', message: 'must be object' },
    ];
    expect(describeMisfit(issues)).toMatchInlineSnapshot(`
      "Your answer does not fit the required JSON Schema:
      - /object: is required
      - the answer: must be object
      Answer again with the corrected JSON only, without any other text."
    `);
  });

  it('names twenty things at most', () => {
    const issues = Array.from({ length: 50 }, (_, index) => ({ path: `/${index}`, message: 'must be string' }));
    expect(describeMisfit(issues).split('\n')).toHaveLength(22);
  });
});
