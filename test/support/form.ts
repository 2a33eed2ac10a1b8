import { connect } from 'node:net';
import { Readable } from 'node:stream';

/** The body of GraphQL's multipart request: files by the place where they belong, such as `variables.file`. */
export function createGraphqlForm(operations: unknown, files: Readonly<Record<string, File>>): FormData {
  const form = new FormData();
  const places = Object.keys(files);
  form.set('operations', JSON.stringify(operations));
  form.set('map', JSON.stringify(Object.fromEntries(places.map((place, index) => [index, [place]]))));
  for (const [index, place] of places.entries()) form.set(String(index), files[place] ?? '');
  return form;
}

/** A body as it goes over the wire, with its type. */
export async function encodeForm(form: FormData): Promise<{ contentType: string; body: Buffer }> {
  const response = new Response(form);
  const contentType = response.headers.get('content-type') ?? '';
  return { contentType, body: Buffer.from(await response.arrayBuffer()) };
}

/** A body whose one file `0` has this size, made as it is sent. */
export function streamLargeForm(
  operations: unknown,
  place: string,
  size: number,
): { contentType: string; body: Readable } {
  const boundary = 'a-boundary-of-this-form';
  const part = (disposition: string) => `--${boundary}\r\ncontent-disposition: form-data; ${disposition}\r\n\r\n`;
  async function* write() {
    yield `${part('name="operations"')}${JSON.stringify(operations)}\r\n`;
    yield `${part('name="map"')}${JSON.stringify({ 0: [place] })}\r\n`;
    yield part('name="0"; filename="large.bin"');
    const piece = Buffer.alloc(65_536, 'x');
    for (let left = size; left > 0; left -= piece.length) yield left < piece.length ? piece.subarray(0, left) : piece;
    yield `\r\n--${boundary}--\r\n`;
  }
  return {
    contentType: `multipart/form-data; boundary=${boundary}`,
    body: Readable.from(write(), { objectMode: false }),
  };
}

/** The status line of what is answered to a request whose body is promised and not sent. */
export async function sendHeadOnly(url: string, headers: Readonly<Record<string, string>>): Promise<string> {
  const { port, hostname, pathname } = new URL(url);
  const socket = connect(Number(port), hostname);
  const lines = Object.entries({ host: hostname, ...headers }).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.write(`POST ${pathname} HTTP/1.1\r\n${lines.join('')}\r\n`);
  for await (const piece of socket) {
    socket.destroy();
    return String(piece).split('\r\n', 1)[0] ?? '';
  }
  return '';
}
