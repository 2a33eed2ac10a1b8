import { expect } from 'vitest';

/**
 * What an answer lacks of a documented one: the keys that it has not, and the values of another type. It may have more. Every
 * member of a list is held against the documented list's first.
 */
function findMisfits(answer: unknown, documented: unknown, path = ''): string[] {
  const [type, wanted] = [typeOf(answer), typeOf(documented)];
  if (type !== wanted) return [`${path || 'the answer'} is ${type}, documented is ${wanted}`];
  if (Array.isArray(answer) && Array.isArray(documented)) {
    const [first] = documented;
    return first === undefined ? [] : answer.flatMap((member, index) => findMisfits(member, first, `${path}/${index}`));
  }
  if (typeof answer !== 'object' || answer === null || typeof documented !== 'object' || documented === null) return [];
  const fields = new Map(Object.entries(answer));
  return Object.entries(documented).flatMap(([key, value]) =>
    fields.has(key) ? findMisfits(fields.get(key), value, `${path}/${key}`) : [`${path}/${key} is missing`],
  );
}

export function expectShape(answer: unknown, documented: unknown): void {
  expect(findMisfits(answer, documented)).toEqual([]);
}

function typeOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  return typeof value === 'string' && /^\d{4}-\d\d-\d\dT/.test(value) ? 'date' : typeof value;
}
