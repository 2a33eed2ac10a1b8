import type { FastifyInstance } from 'fastify';

/**
 * Bodies are JSON, also where they are announced as a form: that is what curl does with the `-d` of the documentation.
 * An empty body is none: the clients announce JSON and send nothing.
 */
export function acceptJson(server: FastifyInstance): void {
  server.removeContentTypeParser(['application/json', 'text/plain']);
  const parseJson = server.getDefaultJsonParser('error', 'error');
  server.addContentTypeParser(
    ['application/json', 'application/x-www-form-urlencoded'],
    { parseAs: 'string' },
    (request, body, done) => {
      if (body.length === 0) done(null, undefined);
      else parseJson(request, String(body), done);
    },
  );
}
