import { createHash } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import { documentIdParameter } from './schema/persisted-operations.ts';

export interface GraphiqlPageOptions {
  /** What the editor shows in a browser tab that has no query yet. */
  readonly defaultQuery: string;
}

/** GraphiQL as one page without a request to anything but the address that it was loaded from. */
export interface GraphiqlPage {
  /** The page for a browser that sends this `Accept-Encoding` header; 9 MB are made and compressed at the first call. */
  render(acceptEncoding: string): Promise<RenderedPage>;
}

export interface RenderedPage {
  readonly bytes: Buffer;
  /** The value of `Content-Encoding`; undefined for none. */
  readonly encoding: 'br' | 'gzip' | undefined;
  /** Weak, because it is the same for every encoding. */
  readonly etag: string;
  readonly contentSecurityPolicy: string;
}

/** What of a URL asks for data. */
const questions = ['query', 'extensions', documentIdParameter];

/** A browser that opens the address wants the page; what wants data says so, or asks something. */
export function isForBrowser({ method, headers, query }: BrowserRequest): boolean {
  const asks = typeof query === 'object' && query !== null && questions.some((name) => name in query);
  return method === 'GET' && !asks && (headers.accept ?? '').includes('text/html');
}

interface BrowserRequest {
  readonly method: string;
  readonly headers: IncomingHttpHeaders;
  readonly query: unknown;
}

/**
 * GraphiQL, from the bundle that comes with Yoga. A link to it may sign in: with `#key=<a key, URI-encoded>` at its end the
 * key goes into the headers editor and out of the address at once. It is never sent in a URL and lives as long as the
 * browser tab.
 */
export function createGraphiqlPage(options: GraphiqlPageOptions): GraphiqlPage {
  const loadPage = once(() => createPage(options));
  // The bundle takes 9 MB to 2.41 MB in 210 ms with gzip at 6 (at 9: 2.40 MB, 350 ms), and to 1.92 MB in 290 ms with Brotli
  // at 5 (at 4: 2.05 MB, 210 ms; at 7: 1.85 MB, 570 ms; at 11: 1.68 MB, 15 s).
  const compressions = {
    gzip: once(async () => compressGzip((await loadPage()).bytes, { level: 6 })),
    br: once(async () => compressBrotli((await loadPage()).bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 5 } })),
  };
  return {
    async render(acceptEncoding) {
      const page = await loadPage();
      const encoding = chooseEncoding(acceptEncoding);
      return { ...page, encoding, bytes: encoding === undefined ? page.bytes : await compressions[encoding]() };
    },
  };
}

const compressGzip = promisify(gzip);
const compressBrotli = promisify(brotliCompress);

const title = 'Trivium';

/** Three roads that meet. */
const logo =
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32" width="32" height="32" fill="none" stroke-width="4" stroke-linecap="round">' +
  '<path stroke="#e1497b" d="M16 17 5 6"/><path stroke="#6b5ce7" d="M16 17 27 6"/><path stroke="#1f9d8f" d="M16 17v11"/>' +
  '<circle cx="16" cy="17" r="4" fill="#1d2433"/></svg>';

/**
 * Runs before anything else, so that the key is out of the address when the rest begins. A link that is opened where the page
 * is already changes the fragment only, and loads nothing: so the page loads itself again.
 */
const signInScript = `
const readKey = () => new URLSearchParams(location.hash.slice(1)).get('key');
const givenKey = readKey();
if (givenKey) {
  sessionStorage.setItem('trivium:key', givenKey);
  history.replaceState(null, '', location.pathname + location.search);
}
addEventListener('hashchange', () => { if (readKey()) location.reload(); });
`;

/**
 * What GraphiQL keeps (tabs, history, and headers with the key in them) is in the session's storage, never in the one that
 * outlives the browser. It would write each edit into the address, and send subscriptions in one, where a length is limited
 * and proxies keep logs: so it does neither. Where the session has tabs already, a link that signs in opens another.
 */
const startScript = (defaultQuery: string) => `
const key = sessionStorage.getItem('trivium:key');
const headers = JSON.stringify({ Authorization: 'Bearer ' + (key ?? '<your key>') }, null, 2);
const defaultQuery = ${escapeScript(defaultQuery)};
YogaGraphiQL.renderYogaGraphiQL(document.querySelector('#root'), {
  title: ${escapeScript(title)},
  logo: ${escapeScript(logo)},
  defaultQuery,
  headers,
  ...(givenKey && { initialQuery: defaultQuery, initialHeaders: headers }),
  storage: sessionStorage,
  shouldPersistHeaders: true,
  subscriptionsProtocol: 'SSE',
  method: 'POST',
  onEditQuery: () => {},
});
`;

async function createPage({ defaultQuery }: GraphiqlPageOptions): Promise<Omit<RenderedPage, 'encoding'>> {
  // Imported here, because it takes 0.1 s and 40 MB that a server without browsers never needs.
  const bundle = await import('@graphql-yoga/render-graphiql/graphiql');
  const workers = Object.entries({
    editorWorkerService: bundle.editorWorkerService,
    json: bundle.jsonWorker,
    graphql: bundle.graphqlWorker,
  }).map(([label, source]) => `${label}: toUrl(${escapeScript(source)})`);
  const mainScript = `
const toUrl = (source) => URL.createObjectURL(new Blob([source], { type: 'text/javascript' }));
const workerUrls = { ${workers.join(', ')} };
self.MonacoEnvironment = { globalAPI: false, getWorkerUrl: (_module, label) => workerUrls[label] };
${bundle.js};
${startScript(defaultQuery)}`;

  const html = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<script>${signInScript}</script>
<link rel="icon" href="data:image/svg+xml,${encodeURIComponent(logo)}">
<style>${bundle.css}</style>
</head>
<body class="no-focus-outline">
<noscript>GraphiQL needs JavaScript.</noscript>
<div id="root"></div>
<script>${mainScript}</script>
</body>
</html>
`;
  const bytes = Buffer.from(html);
  return {
    bytes,
    etag: `W/"${hash(html)}"`,
    // Hashes and not a nonce: a page with a nonce is another each time, and could be neither compressed once nor cached.
    contentSecurityPolicy: [
      "default-src 'none'",
      `script-src 'sha256-${hash(signInScript)}' 'sha256-${hash(mainScript)}'`,
      'worker-src blob:',
      "style-src 'unsafe-inline'",
      'img-src data:',
      'font-src data:',
      "connect-src 'self'",
      "base-uri 'none'",
      "form-action 'none'",
      "frame-ancestors 'none'",
    ].join('; '),
  };
}

/** A string as JavaScript within a script element, where `</script` and `<!--` have a meaning. */
function escapeScript(value: string): string {
  return JSON.stringify(value).replaceAll('<', '\\u003c');
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('base64');
}

function chooseEncoding(acceptEncoding: string): 'br' | 'gzip' | undefined {
  const accepted = acceptEncoding
    .toLowerCase()
    .split(',')
    .filter((item) => !/;\s*q=0(\.0*)?\s*$/.test(item))
    .map((item) => item.replace(/;.*/, '').trim());
  return (['br', 'gzip'] as const).find((encoding) => accepted.includes(encoding));
}

/** Makes a value at the first call and gives the same one ever after; a failure is not kept. */
function once<T>(make: () => Promise<T>): () => Promise<T> {
  let value: Promise<T> | undefined;
  return () => {
    value ??= make().catch((error: unknown) => {
      value = undefined;
      throw error;
    });
    return value;
  };
}
