import { z } from 'zod';
import { readInteger } from './config-value.ts';

/** How an environment variable is declared: its type, its default, and what the documentation says of it. */

export interface Help {
  readonly description: string;
  /** What may be written there; an error says it too. */
  readonly allowed: string;
  /** The default in words, where it is not a plain value. */
  readonly default?: string;
  /** Its value is never shown. */
  readonly isSecret?: boolean;
}

/** What the documentation says of each variable. */
export const helpTexts = z.registry<Help>();

/** Gives a variable its help text. */
export function describe<T extends z.ZodType>(schema: T, help: Help): T {
  helpTexts.add(schema, help);
  return schema;
}

/** A variable whose text is read by `read`, which gives undefined for what is not allowed. */
export function text<T>(read: (value: string) => T | undefined) {
  return z.string().transform((value, context) => {
    const result = read(value);
    if (result !== undefined) return result;
    context.addIssue({ code: 'custom' });
    return z.NEVER;
  });
}

export function integer(options: { description: string; default: number; min: number; max: number }) {
  const { description, min, max } = options;
  return describe(text((value) => readInteger(value, min, max)).default(options.default), {
    description,
    allowed: `a whole number from ${min} to ${max}`,
  });
}

/** A time of at most a day. */
export function milliseconds(options: { description: string; default: number; min?: number }) {
  return integer({ min: 1, max: 86_400_000, ...options });
}

/** `true` or `false`. */
export function flag() {
  return z.stringbool({ truthy: ['true'], falsy: ['false'] });
}
