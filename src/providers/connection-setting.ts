import { z } from 'zod';
import { RunFailure } from '../errors.ts';
import type { Connection } from './provider.ts';

/** What a provider reads of its connection. All of it throws a RunFailure `invalid_request` that says what is missing. */

/** The base URL, without a slash at its end. */
export function requireEndpoint({ endpoint }: Connection, defaultEndpoint: string | null): string {
  const base = endpoint ?? defaultEndpoint;
  if (base === null) throw new RunFailure('invalid_request', 'The environment has no endpoint');
  return base.replace(/\/+$/, '');
}

export function requireCredentials({ credentials }: Connection, vendor: string): string {
  if (credentials === null) {
    throw new RunFailure('authentication_error', `The environment has no credentials, which ${vendor} asks for`);
  }
  return credentials;
}

/** Credentials that are one key, which a header can carry. */
export function requireKey(connection: Connection, vendor: string): string {
  const key = requireCredentials(connection, vendor);
  if (/^[\x21-\x7e]+$/.test(key)) return key;
  throw new RunFailure('invalid_request', "The environment's credentials have characters that no key has");
}

/** A model's name that stands in the path of a URL as it is. */
export function requirePlainModel(model: string): string {
  if (/^[\w.@:/-]+$/.test(model) && !model.includes('..')) return model;
  throw new RunFailure(
    'invalid_request',
    `There is no model ${JSON.stringify(model)}: it has characters that no name has`,
  );
}

/** Credentials that are a JSON object. What is wrong is told by the names of fields, never by their values. */
export function parseCredentials<T>(credentials: string, schema: z.ZodType<T>, format: string): T {
  const { data, error } = z
    .string()
    .transform((text, context) => {
      try {
        return JSON.parse(text);
      } catch {
        context.addIssue({ code: 'custom', message: 'not JSON' });
        return z.NEVER;
      }
    })
    .pipe(schema)
    .safeParse(credentials);
  if (data !== undefined) return data;
  const fields = [...new Set(error?.issues.map(({ path }) => path.join('.')).filter((name) => name !== ''))];
  const wrong = fields.length === 0 ? '' : `; wrong or missing: ${fields.join(', ')}`;
  throw new RunFailure('invalid_request', `The environment's credentials must be ${format}${wrong}`);
}
