import { createServer } from 'node:http';

/**
 * A model that costs next to nothing, as a process of its own: answers at once, or, with `stream` and a model named `paced-N`, N
 * chunks at twenty a second, with `slow-N` one a second. It speaks OpenAI's protocol and prints its port.
 */

const usage = { prompt_tokens: 11, completion_tokens: 7, total_tokens: 18 };
const answer = JSON.stringify({
  id: 'c1',
  object: 'chat.completion',
  choices: [{ index: 0, message: { role: 'assistant', content: 'Blue.' }, finish_reason: 'stop' }],
  usage,
});
const chunk = (content: string) =>
  `data: ${JSON.stringify({ choices: [{ index: 0, delta: { content }, finish_reason: null }] })}\n\n`;
const end = `data: ${JSON.stringify({ choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] })}\n\ndata: ${JSON.stringify({ choices: [], usage })}\n\ndata: [DONE]\n\n`;

const server = createServer(async (request, response) => {
  let text = '';
  for await (const part of request) text += part;
  const { stream, model } = text === '' ? { stream: false, model: '' } : JSON.parse(text);
  if (stream !== true) {
    response.writeHead(200, { 'content-type': 'application/json' }).end(answer);
    return;
  }
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  const [, pace, count] = /^(paced|slow)-(\d+)$/.exec(model) ?? [];
  if (count === undefined) {
    response.end(`${chunk('Blue.')}${end}`);
    return;
  }
  let left = Number(count);
  const timer = setInterval(
    () => {
      left -= 1;
      // The time at which it was sent tells how long it was held.
      if (left >= 0) response.write(chunk(`${Date.now()} `));
      if (left > 0) return;
      clearInterval(timer);
      response.end(end);
    },
    pace === 'slow' ? 1_000 : 50,
  );
  response.once('close', () => clearInterval(timer));
});
server.keepAliveTimeout = 60_000;
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  process.stdout.write(`${typeof address === 'object' ? address?.port : ''}\n`);
});
