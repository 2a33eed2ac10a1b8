import type { InterfaceRef, ObjectRef } from '@pothos/core';
import { encodeCursor, type Page } from '../store/pagination.ts';
import { type BuilderTypes, builder } from './builder.ts';
import { countCost } from './cost.ts';

interface PageInfo {
  readonly hasNextPage: boolean;
  readonly hasPreviousPage: boolean;
  readonly startCursor: string | null;
  readonly endCursor: string | null;
}

/** A page, with what can be asked of the whole that it is part of. */
export interface Connection<T> {
  readonly page: Page<T>;
  /** Called only when the client asks. */
  readonly countAll: () => Promise<number>;
}

interface Edge<T> {
  readonly cursor: string;
  readonly node: T;
}

const PageInfoType = builder.objectRef<PageInfo>('PageInfo').implement({
  description: 'Where a page lies.',
  fields: (t) => ({
    hasNextPage: t.exposeBoolean('hasNextPage', { description: 'Whether there is more after it.' }),
    hasPreviousPage: t.exposeBoolean('hasPreviousPage', { description: 'Whether there is more before it.' }),
    startCursor: t.exposeString('startCursor', {
      nullable: true,
      description: "Its first item's cursor, for `before`.",
    }),
    endCursor: t.exposeString('endCursor', { nullable: true, description: "Its last item's cursor, for `after`." }),
  }),
});

/** The arguments of a connection that is read forwards. */
export const forwardArgs = builder.args((t) => ({
  first: t.int({ description: 'How many items, from the beginning; 20 unless given.' }),
  after: t.string({ description: 'The cursor behind which they begin.' }),
}));

/** The arguments of a connection that is read in both directions. */
export const pageArgs = builder.args((t) => ({
  first: t.int({ description: 'How many items, from the beginning; 20 unless given.' }),
  after: t.string({ description: 'The cursor behind which they begin.' }),
  last: t.int({ description: 'How many items, from the end; instead of `first`.' }),
  before: t.string({ description: 'The cursor before which they end.' }),
}));

/**
 * Defines `<name>Connection` and `<name>Edge` as the Relay cursor connections specification writes them, with `nodes` and
 * `totalCount`. `T` is the record of a node, `C` what a resolver answers with.
 */
export function defineConnection<T extends { readonly id: string }, C extends Connection<T> = Connection<T>>(
  name: string,
  nodeType: ObjectRef<BuilderTypes, T> | InterfaceRef<BuilderTypes, T>,
) {
  const EdgeType = builder.objectRef<Edge<T>>(`${name}Edge`).implement({
    description: 'An item with its place.',
    fields: (t) => ({
      cursor: t.exposeString('cursor', { description: 'Its place, for `after` and `before`.' }),
      node: t.field({ type: nodeType, description: 'The item.', resolve: ({ node }) => node as never }),
    }),
  });
  return builder.objectRef<C>(`${name}Connection`).implement({
    description: 'A page of a list.',
    fields: (t) => ({
      edges: t.field({
        type: [EdgeType],
        description: 'The items with their places.',
        resolve: ({ page }) => page.items.map((node) => ({ node, cursor: encodeCursor(node, page.order) })),
      }),
      nodes: t.field({ type: [nodeType], description: 'The items.', resolve: ({ page }) => page.items as never }),
      pageInfo: t.field({
        type: PageInfoType,
        description: 'Where the page lies.',
        resolve: ({ page }) => describePage(page),
      }),
      totalCount: t.int({
        description: 'How many items there are in all; counted only when asked for.',
        complexity: countCost,
        resolve: ({ countAll }) => countAll(),
      }),
    }),
  });
}

function describePage<T extends { readonly id: string }>(page: Page<T>): PageInfo {
  const { items, order, hasNextPage, hasPreviousPage } = page;
  const cursorAt = (index: number) => {
    const item = items.at(index);
    return item === undefined ? null : encodeCursor(item, order);
  };
  return { hasNextPage, hasPreviousPage, startCursor: cursorAt(0), endCursor: cursorAt(-1) };
}
