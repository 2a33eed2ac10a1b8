import type { MongoClient } from 'mongodb';
import { beginSpan, failSpan, isTraced, type Span } from '../trace.ts';

/**
 * Makes a span of each command that something traced sends, by the semantic conventions of databases: its name and its collection, not its
 * content.
 */
export function traceCommands(client: MongoClient): void {
  const spans = new Map<number, Span>();
  client.on('commandStarted', ({ requestId, commandName, databaseName, command }) => {
    if (!isTraced()) return;
    const target = command[commandName === 'getMore' ? 'collection' : commandName];
    const collection = typeof target === 'string' ? target : undefined;
    const attributes = {
      'db.system.name': 'mongodb',
      'db.operation.name': commandName,
      'db.namespace': databaseName,
      ...(collection !== undefined && { 'db.collection.name': collection }),
    };
    const name = collection === undefined ? commandName : `${commandName} ${collection}`;
    spans.set(requestId, beginSpan({ name, kind: 'client', attributes }));
  });
  const take = (requestId: number) => {
    const span = spans.get(requestId);
    spans.delete(requestId);
    return span;
  };
  client.on('commandSucceeded', ({ requestId }) => take(requestId)?.end());
  client.on('commandFailed', ({ requestId, failure }) => {
    const span = take(requestId);
    if (span === undefined) return;
    failSpan(span, failure);
    span.end();
  });
}
