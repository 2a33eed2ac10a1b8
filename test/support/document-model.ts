import type { OpenaiServer, ReceivedRequest } from './openai-server.ts';

/** A model that finds `total: 12` and `vendor: name` in the documents it is shown, as somebody would who reads them. */
export function answerFromDocuments(server: OpenaiServer): void {
  server.always(answerFromDocument);
}

export function answerFromDocument(request: ReceivedRequest): void {
  const text = JSON.stringify(request.body);
  const document = text.slice(text.lastIndexOf('<document>'));
  if (document.includes('refuse me')) {
    request.json(400, { error: { message: 'I will not read this' } });
    return;
  }
  const total = /total: ([\d.]+)/.exec(document)?.[1];
  const vendor = /vendor: (\w+)/.exec(document)?.[1];
  const items = [...document.matchAll(/item: (\w+)/g)].map(([, name]) => ({ name }));
  const answer = { total: total === undefined ? null : Number(total), vendor: vendor ?? null };
  request.chunk(JSON.stringify(text.includes('items (table)') ? { ...answer, items } : answer));
  request.done();
}
