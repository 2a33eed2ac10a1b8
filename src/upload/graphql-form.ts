import type { IncomingMessage } from 'node:http';
import type { StoredFile } from '../store/file.ts';
import { badForm, type FormField, type ReceiveOptions, withForm } from './receive-form.ts';

/**
 * GraphQL's multipart request: the fields `operations` and `map`, then the files.
 * https://github.com/jaydenseric/graphql-multipart-request-spec
 */

/** The files that came by a form of their own request: nothing that is written as JSON can pass for one. */
const uploaded = new WeakSet<object>();

/** Whether a value of a variable is a file that was uploaded with it. */
export function isUploadedFile(value: unknown): value is StoredFile {
  return typeof value === 'object' && value !== null && uploaded.has(value);
}

/**
 * Receives such a request, and hands `use` its operations, with the stored files where `map` says. Files that nobody has claimed
 * when it is through are removed. Throws as `withForm` does, and a GatewayError with status 400 for what the specification does not allow.
 */
export function withGraphqlForm<T>(
  request: IncomingMessage,
  options: Omit<ReceiveOptions, 'wants'>,
  use: (operations: object) => Promise<T>,
): Promise<T> {
  let map: ReadonlyMap<string, readonly string[]> | undefined;
  const wants = (name: string, fields: readonly FormField[]) => {
    map ??= readMap(fields);
    if (!map.has(name)) throw badForm(`map does not say where the file ${JSON.stringify(name)} belongs`);
    return true;
  };
  return withForm(request, { ...options, wants }, async ({ fields, files }) => {
    const operations = readJson(fields, 'operations');
    const stored = new Map(files.map(({ name, file }) => [name, file]));
    for (const [name, places] of map ?? readMap(fields)) {
      const file = stored.get(name);
      if (file === undefined) throw badForm(`The file ${JSON.stringify(name)} of map is missing`);
      uploaded.add(file);
      for (const place of places) putFile(operations, place, file);
    }
    return await use(operations);
  });
}

function readJson(fields: readonly FormField[], name: string): object {
  const found = fields.filter((field) => field.name === name);
  const [field] = found;
  if (field === undefined || found.length > 1) {
    throw badForm(`The form must have one field ${name}, before the files`);
  }
  let value: unknown;
  try {
    value = JSON.parse(field.value);
  } catch (error) {
    throw badForm(`${name} must be JSON`, error);
  }
  if (typeof value !== 'object' || value === null) throw badForm(`${name} must be a JSON object`);
  return value;
}

function readMap(fields: readonly FormField[]): ReadonlyMap<string, readonly string[]> {
  const places = Object.entries(readJson(fields, 'map'));
  const isList = (value: unknown): value is string[] =>
    Array.isArray(value) && value.every((place) => typeof place === 'string');
  return new Map(
    places.map(([name, value]) => {
      if (!isList(value)) throw badForm(`map.${name} must be a list of paths such as "variables.file"`);
      return [name, value];
    }),
  );
}

/** Puts a file where the operations say null. */
function putFile(operations: unknown, place: string, file: StoredFile): void {
  const names = place.split('.');
  const last = names.pop() ?? '';
  let parent = operations;
  for (const name of names) parent = readMember(parent, name);
  if (readMember(parent, last) !== null) {
    throw badForm(`operations must have null at ${JSON.stringify(place)}, where map puts a file`);
  }
  // It has that member, so it is an object.
  (parent as Record<string, unknown>)[last] = file;
}

function readMember(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
  // It has that member.
  return (value as Record<string, unknown>)[name];
}
