import { z } from 'zod';
import { refusalSchema } from './error.ts';

/** What every answer looks like that is no refusal. */
export function envelope<T extends z.ZodType>(results: T) {
  return z.object({ code: z.literal(200), message: z.literal('OK'), error: z.literal(false), results });
}

export function wrap<T>(results: T) {
  return { code: 200, message: 'OK', error: false, results } as const;
}

/** The refusals that every route knows. */
export const refusals = {
  400: refusalSchema.describe('The request is wrong.'),
  401: refusalSchema.describe('The key is missing or wrong.'),
  403: refusalSchema.describe("The key's role does not suffice."),
  404: refusalSchema.describe('It does not exist.'),
  429: refusalSchema.describe('Too much at once.'),
};

/** The deprecated place of the key. */
export const apiKeyField = z
  .string()
  .nullish()
  .describe('The key, where there is no Authorization header; deprecated.');
