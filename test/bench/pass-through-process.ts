import { createServer } from 'node:http';
import { Pool } from 'undici';

/** What the gateway is measured against: the same request, passed on as it comes, and nothing recorded. Its argument is the model's port. */

const pool = new Pool(`http://127.0.0.1:${process.argv[2]}`, { connections: 128 });
const server = createServer(async (request, response) => {
  const { statusCode, headers, body } = await pool.request({
    method: 'POST',
    path: request.url ?? '/',
    headers: { 'content-type': 'application/json' },
    body: request,
  });
  response.writeHead(statusCode, { 'content-type': String(headers['content-type']) });
  body.pipe(response);
});
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  process.stdout.write(`${typeof address === 'object' ? address?.port : ''}\n`);
});
