import { z } from 'zod';
import { formatPointer } from '../engine/json-pointer.ts';
import { checkSchema } from '../engine/json-schema.ts';
import { NotFoundError, ValidationError, type ValidationIssue } from '../errors.ts';
import { isJsonObject, type JsonObject, maxJsonDepth, measureDepth } from '../json.ts';
import type { PageRequest } from '../store/pagination.ts';

/** Reads an input from outside. Throws a ValidationError with every issue and its JSON pointer into the input. */
export function parseInput<T extends z.ZodType>(schema: T, input: unknown): z.output<T> {
  const result = schema.safeParse(input);
  if (result.success) return result.data;
  throw new ValidationError(
    result.error.issues.map(({ path, message }) => ({
      path: formatPointer(path.map(String)),
      message: lowerFirst(message),
    })),
  );
}

const lowerFirst = (text: string) => text.charAt(0).toLowerCase() + text.slice(1);

/** Text that people read in lists. */
export const nameField = z
  .string('is required')
  .trim()
  .min(1, 'must not be empty')
  .max(200, 'must have at most 200 characters');

export const descriptionField = z.string().max(10_000, 'must have at most 10,000 characters').nullable();

/** The id that the record has in the service that a client comes from. */
export const externalIdField = z
  .string()
  .trim()
  .min(1, 'must not be empty')
  .max(200, 'must have at most 200 characters')
  .nullable();

/** The id of a record, as every API writes it. */
export const idField = z.string('is required').regex(/^[0-9a-f]{24}$/, 'must be an id: 24 hexadecimal digits');

export const tagsField = z
  .array(z.string().trim().min(1, 'must not be empty').max(100, 'must have at most 100 characters'))
  .max(50, 'must have at most 50 tags')
  .transform((tags) => [...new Set(tags)]);

const anyObjectField = z.custom<JsonObject>(isJsonObject, 'must be a JSON object');

export const jsonObjectField = anyObjectField.refine(
  (value) => measureDepth(value, maxJsonDepth) <= maxJsonDepth,
  `must be at most ${maxJsonDepth} levels deep`,
);

/** A JSON Schema that we can validate with. */
export const schemaField = anyObjectField.superRefine((schema, context) => {
  for (const { path, message } of checkSchema(schema)) {
    context.addIssue({ code: 'custom', message, path: parsePointer(path) });
  }
});

function parsePointer(pointer: string): string[] {
  return pointer
    .split('/')
    .slice(1)
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));
}

/** `temperature` of a model. */
export const temperatureField = z.number().min(0, 'must be at least 0').max(2, 'must be at most 2').nullable();

/** A limit on tokens. */
export const tokenLimitField = z.int('must be a whole number').min(1, 'must be at least 1').nullable();

/** What was found, or a NotFoundError that names what was not. */
export function orNotFound<T>(record: T | null, noun: string, id: string): T {
  if (record === null) throw new NotFoundError(`There is no ${noun} ${id}`);
  return record;
}

/** Throws a ValidationError for page arguments that no connection takes. */
export function checkPage(page: PageRequest, pageMax: number): void {
  const issues: ValidationIssue[] = [];
  for (const name of ['first', 'last'] as const) {
    const size = page[name];
    if (size != null && (size < 0 || size > pageMax)) {
      issues.push({ path: `/${name}`, message: `must be between 0 and ${pageMax}` });
    }
  }
  if (page.first != null && page.last != null) issues.push({ path: '/last', message: 'must not stand beside first' });
  if (issues.length > 0) throw new ValidationError(issues);
}

/** Fields that are given; what is undefined is left as it is. */
export function omitUndefined<T extends object>(value: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  // fromEntries forgets the names that TypeScript knew.
  return Object.fromEntries(Object.entries(value).filter(([, field]) => field !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}
