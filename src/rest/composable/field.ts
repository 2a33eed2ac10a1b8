import { z } from 'zod';
import { problemSchema } from './error.ts';

/** The fields and answers that several routes share. */

export const idParams = z.object({ id: z.string().describe('An id, or the one that the record has elsewhere.') });

export const jsonObject = z.record(z.string(), z.unknown(), 'must be a JSON object');

/** A list in a query: `a,b`, or the name again and again. */
export const queryList = z
  .union([z.string(), z.array(z.string())])
  .transform((value) => [value].flat().flatMap(splitList))
  .optional();

/** A list in a body: an array, or one text. */
export const bodyList = z
  .union([z.string(), z.array(z.string())], 'must be a text or a list of texts')
  .transform((value) => (typeof value === 'string' ? splitList(value) : value))
  .nullish();

function splitList(value: string): string[] {
  return value
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

/** Numbers of a query. */
export const pageQuery = { limit: wholeParameter(1_000), offset: wholeParameter(1_000_000_000) };

/** A whole number in a query, from 0; an empty one is none. */
export function wholeParameter(maximum: number) {
  const number = z.coerce
    .number('must be a number')
    .int('must be a whole number')
    .min(0, 'must be at least 0')
    .max(maximum, `must be at most ${maximum}`)
    .optional();
  return z
    .preprocess((value) => (value === '' ? undefined : value), number)
    .meta({ type: 'integer', minimum: 0, maximum })
    .optional();
}

/** How many are answered where nobody says. */
export const usualLimit = 100;

export const reference = z.object({ id: z.string(), name: z.string() });
export type Reference = z.output<typeof reference>;

export const dateTime = z.iso.datetime('must be a date and time in ISO 8601, such as 2026-01-31T12:00:00.000Z');

/** What refers to a record: its id, or the record as it was answered with. */
export const idOrRecord = z.union(
  [z.string(), z.looseObject({ id: z.string() })],
  'must be an id, or an object with one',
);

export const removed = z.object({ id: z.string() }).describe('What was removed.');

/** The refusals that every route knows. */
export const problems = {
  400: problemSchema.describe('The request is wrong.'),
  401: problemSchema.describe('The credential is missing, wrong or expired.'),
  403: problemSchema.describe("The key's role does not suffice."),
  404: problemSchema.describe('It does not exist.'),
  409: problemSchema.describe('It contradicts what is on record.'),
  413: problemSchema.describe('The body is too large.'),
  415: problemSchema.describe('The body is of another type than JSON.'),
  429: problemSchema.describe('The key asks too often; Retry-After says when to come back.'),
};
