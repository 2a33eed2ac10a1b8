import type { Document } from 'mongodb';
import type { JsonValue } from '../json.ts';

/** How the fields of a record whose content strangers define are kept; all others are kept as they are. */
export interface Codec {
  /** JSON Schemas, kept as JSON text: `$ref` and `$id` have a meaning to MongoDB and its driver. */
  readonly schemaFields: readonly string[];
  /** Free JSON, whose keys are escaped: `$`, `.` and `__proto__` have a meaning to MongoDB and to JavaScript. */
  readonly jsonFields: readonly string[];
  /** What is there to be searched only, and no part of the record: it stays in the database. */
  readonly hiddenFields?: readonly string[];
}

/** A document of ours: every id is a string. */
export interface StoredDocument extends Document {
  _id: string;
}

/** A record as it is stored: `id` becomes `_id`. */
export function encodeRecord({ id, ...fields }: Document & { readonly id: string }, codec: Codec): StoredDocument {
  return { _id: id, ...encodeFields(fields, codec) };
}

/** Some fields of a record as they are stored. */
export function encodeFields(fields: Document, codec: Codec): Document {
  const document = { ...fields };
  for (const field of codec.schemaFields) {
    if (document[field] != null) document[field] = JSON.stringify(document[field]);
  }
  for (const field of codec.jsonFields) {
    if (document[field] != null) document[field] = escapeKeys(document[field]);
  }
  return document;
}

/** A stored document as the record that it was. */
export function decodeRecord({ _id: id, ...record }: Document, codec: Codec): Record<string, unknown> {
  // Whoever deletes from an object makes it a slow one, and so whatever is copied from it.
  record.id = id;
  for (const field of codec.schemaFields) {
    const text = record[field];
    if (typeof text === 'string') record[field] = JSON.parse(text);
  }
  for (const field of codec.jsonFields) {
    // Only values that escapeKeys wrote are in these fields.
    if (record[field] != null) record[field] = unescapeKeys(record[field] as JsonValue);
  }
  return record;
}

const mustEscape = /^\$|[.%\0]|^__proto__$/;

/** Percent-encodes what a key may not have in MongoDB: a leading `$`, dots, NUL, `__proto__`, and the percent sign itself. */
export function escapeKey(key: string): string {
  if (!mustEscape.test(key)) return key;
  if (key === '__proto__') return '%5F_proto__';
  return key.replaceAll('%', '%25').replaceAll('.', '%2E').replaceAll('\0', '%00').replace(/^\$/, '%24');
}

function unescapeKey(key: string): string {
  return key.includes('%')
    ? key
        .replace(/^%5F/, '_')
        .replace(/^%24/, '$')
        .replaceAll('%2E', '.')
        .replaceAll('%00', '\0')
        .replaceAll('%25', '%')
    : key;
}

const escapeKeys = (value: JsonValue): JsonValue => mapKeys(value, escapeKey);
const unescapeKeys = (value: JsonValue): JsonValue => mapKeys(value, unescapeKey);

function mapKeys(value: JsonValue, map: (key: string) => string): JsonValue {
  if (typeof value !== 'object' || value === null || value instanceof Date) return value;
  if (Array.isArray(value)) return value.map((item) => mapKeys(item, map));
  // fromEntries defines own properties, so that a key named __proto__ is a key and no more.
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [map(key), mapKeys(item, map)]));
}
