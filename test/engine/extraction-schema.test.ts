import { expect, test } from 'vitest';
import { createExtractionSchema } from '../../src/engine/extraction-schema.ts';
import { validateAgainst } from '../../src/engine/json-schema.ts';
import type { JsonValue } from '../../src/json.ts';
import { type Extraction, extractionTypes } from '../../src/store/deployment.ts';

const examples: Readonly<Record<Extraction['type'], { good: JsonValue[]; bad: JsonValue[] }>> = {
  text: { good: ['a', ''], bad: [1, ['a']] },
  number: { good: [1, -2.5], bad: ['1', true] },
  boolean: { good: [true, false], bad: ['yes', 1] },
  date: { good: ['2026-01-31', '2026-01-31T12:00:00Z'], bad: ['31.01.2026', 'January 2026', 20260131] },
  email: { good: ['a@example.com'], bad: ['a at example.com'] },
  list: { good: [[], ['a', 1, true]], bad: ['a', [{}]] },
  table: { good: [[], [{ item: 'a', price: 1 }]], bad: [['a'], {}, [{ cells: [1] }]] },
  json: { good: [1, 'a', { a: [1] }, []], bad: [] },
};

test.each(extractionTypes)('a %s is null or of its type', (type) => {
  const schema = createExtractionSchema([{ key: 'it', prompt: 'What is it?', type }]);
  const isValid = (value: JsonValue) => validateAgainst(schema, { it: value }).length === 0;
  expect([...examples[type].good, null].filter((value) => !isValid(value))).toEqual([]);
  expect(examples[type].bad.filter(isValid)).toEqual([]);
  expect(validateAgainst(schema, {})).not.toEqual([]);
  expect(validateAgainst(schema, { it: null, other: null })).not.toEqual([]);
});
