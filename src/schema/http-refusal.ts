import { GraphQLError } from 'graphql';
import { createGraphQLError, isAsyncIterable, type Plugin } from 'graphql-yoga';

/** Of a body that is none, or of another type. */
export const notJson = 'The body must be JSON: send "Content-Type: application/json"';

/** Says what is wrong with a request where Yoga answers with an empty body, or takes it for a fault of ours. */
export const explainRefusals: Plugin = {
  onRequestParse({ requestParser, setRequestParser }) {
    if (requestParser === undefined) throw refuse(415, notJson);
    setRequestParser(async (request) => {
      try {
        return await requestParser(request);
      } catch (error) {
        // The parameters of a URL.
        if (error instanceof SyntaxError) throw refuse(400, 'variables and extensions must be JSON');
        // The server has parsed the body; Yoga does not see one that has nothing in it, such as {}.
        if (error instanceof GraphQLError && 'originalError' in error.extensions) {
          throw refuse(400, 'The body must be a JSON object with "query"');
        }
        throw error;
      }
    });
  },
  async onResultProcess({ result, resultProcessor, setResultProcessor }) {
    if (resultProcessor !== undefined) return;
    // Nobody will read it.
    if (isAsyncIterable(result)) await result[Symbol.asyncIterator]().return?.();
    const wanted = isAsyncIterable(result)
      ? 'text/event-stream'
      : 'application/graphql-response+json or application/json';
    const { message, extensions } = refuse(406, `The answer has another type: send "Accept: ${wanted}"`);
    setResultProcessor((_result, { Response }) => {
      const body = JSON.stringify({ errors: [{ message, extensions: { code: extensions.code } }] });
      return new Response(body, { status: 406, headers: { 'content-type': 'application/json; charset=utf-8' } });
    }, 'application/json');
  },
};

function refuse(status: number, message: string) {
  return createGraphQLError(message, { extensions: { code: 'BAD_REQUEST', http: { status } } });
}
