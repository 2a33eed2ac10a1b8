import type { Collection, Document, Filter, FindOptions } from 'mongodb';
import { ValidationError } from '../errors.ts';
import type { StoredDocument } from './codec.ts';

/** The arguments of a Relay connection: `first` with `after`, or `last` with `before`. */
export interface PageRequest {
  readonly first?: number | null | undefined;
  readonly after?: string | null | undefined;
  readonly last?: number | null | undefined;
  readonly before?: string | null | undefined;
  /** How many to leave out first: for the APIs that count instead of naming a place. The database goes through them all. */
  readonly offset?: number | undefined;
}

/** What a page is ordered by; records that are equal there are ordered by id. */
export interface PageOrder {
  readonly field: string;
  readonly isDate: boolean;
  readonly direction: 'ascending' | 'descending';
}

export interface Page<T> {
  readonly items: readonly T[];
  readonly hasNextPage: boolean;
  readonly hasPreviousPage: boolean;
  /** The order that cursors of this page's items follow. */
  readonly order: PageOrder;
}

export const createdAtOrder: PageOrder = { field: 'createdAt', isDate: true, direction: 'descending' };

const defaultPageSize = 20;

/**
 * One page of a collection by keyset: a cursor names the place in the order, not a count, so that inserts before it move
 * nothing. Follows the Relay cursor connections specification.
 */
export async function findPage(
  collection: Collection<StoredDocument>,
  filter: Filter<StoredDocument>,
  order: PageOrder,
  request: PageRequest,
  options: FindOptions = {},
): Promise<Page<Document>> {
  const isBackward = request.last != null;
  const size = request.last ?? request.first ?? defaultPageSize;
  const bounds: Document[] = [];
  if (request.after != null)
    bounds.push(beyond(order, decodeCursor(request.after, order, '/after'), isAscending(order)));
  if (request.before != null)
    bounds.push(beyond(order, decodeCursor(request.before, order, '/before'), !isAscending(order)));

  const direction = isAscending(order) === isBackward ? -1 : 1;
  const found = await collection
    .find(bounds.length === 0 ? filter : { $and: [filter, ...bounds] }, options)
    .sort({ [order.field]: direction, _id: direction })
    .skip(request.offset ?? 0)
    .limit(size + 1)
    .toArray();
  const hasMore = found.length > size;
  const items = found.slice(0, size);
  if (isBackward) items.reverse();
  return {
    items,
    order,
    hasNextPage: isBackward ? request.before != null : hasMore,
    hasPreviousPage: isBackward ? hasMore : request.after != null,
  };
}

/** The opaque place of a record in an order. It names the order's field, because a value of another one would be a wrong place. */
export function encodeCursor(record: { readonly id: string }, { field }: PageOrder): string {
  // The field's name comes from our own table of orders, not from outside.
  const value = (record as unknown as Record<string, unknown>)[field] ?? null;
  return Buffer.from(JSON.stringify([value instanceof Date ? value.getTime() : value, record.id, field])).toString(
    'base64url',
  );
}

interface Place {
  readonly value: Date | number | null;
  readonly id: string;
}

function decodeCursor(cursor: string, order: PageOrder, path: string): Place {
  try {
    const decoded: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString());
    if (Array.isArray(decoded)) {
      const [number, id, field]: unknown[] = decoded;
      const value = order.isDate && typeof number === 'number' ? new Date(number) : number;
      if (typeof id === 'string' && field === order.field && isValue(value, order)) return { value, id };
    }
  } catch {
    // Not JSON: the same answer as for JSON that is no cursor.
  }
  throw new ValidationError([{ path, message: 'is not a cursor of this connection in this order' }]);
}

/** Whether records may have a value in the field of an order. Dates are never missing. */
function isValue(value: unknown, { isDate }: PageOrder): value is Place['value'] {
  if (isDate) return value instanceof Date && !Number.isNaN(value.getTime());
  return value === null || typeof value === 'number';
}

const isAscending = (order: PageOrder) => order.direction === 'ascending';

/** What comes after a place when one goes upwards or downwards. A missing value is the lowest, as MongoDB sorts it. */
function beyond({ field, isDate }: PageOrder, { value, id }: Place, upwards: boolean): Document {
  const further = upwards ? '$gt' : '$lt';
  const sameValue = { [field]: value, _id: { [further]: id } };
  // Dates are never missing; the bound outside of the $or is what an index scan starts from.
  if (isDate) {
    return { [field]: { [`${further}e`]: value }, $or: [{ [field]: { [further]: value } }, sameValue] };
  }
  if (value === null) return upwards ? { $or: [{ [field]: { $ne: null } }, sameValue] } : sameValue;
  const beyondValue = { [field]: { [further]: value } };
  return { $or: upwards ? [beyondValue, sameValue] : [beyondValue, { [field]: null }, sameValue] };
}
