import { promises as dns, type LookupAddress } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import { Readable } from 'node:stream';
import { Agent, buildConnector, request as sendRequest } from 'undici';
import { RunFailure } from '../errors.ts';
import { withTraceHeaders } from '../trace.ts';
import { createOutboundPolicy } from './outbound-policy.ts';

export interface OutboundOptions {
  /** The private addresses that may be reached, as `OUTBOUND_ALLOW` has them. */
  readonly allow: readonly string[];
  /** Resolves a name to all its addresses; the system's resolver unless given. */
  readonly lookup?: (hostname: string) => Promise<readonly LookupAddress[]>;
}

export interface OutboundRequest {
  readonly method: 'GET' | 'POST';
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** Text, or what opens the bytes, once for every address that the request is redirected to. */
  readonly body?: string | (() => AsyncIterable<Uint8Array>);
  /** Aborting it closes the socket. */
  readonly signal: AbortSignal;
  /** Whether a public address must be called by https; private ones that are allowed need not. */
  readonly requiresTls?: boolean;
  /** Reading beyond it fails; 16 MiB unless given. */
  readonly maxResponseBytes?: number;
}

export interface OutboundResponse {
  readonly status: number;
  /** The first value of a header; names in lower case. */
  readonly header: (name: string) => string | undefined;
  /** May be read once. Leaving it early closes the socket, unless the body ends within a moment. */
  readonly body: AsyncIterable<Uint8Array>;
  readonly text: () => Promise<string>;
}

/** The one way out for calls whose address a user chose. */
export interface Outbound {
  /**
   * Sends a request; redirects are followed up to five times, each checked as the first address is, without credentials to
   * another origin. Throws a RunFailure `invalid_request` for an address that may not be reached, and what the network says.
   */
  request(url: string, request: OutboundRequest): Promise<OutboundResponse>;
  /** The same way out, with another patience until a connection stands. It is closed with this one. */
  withConnectTimeout(ms: number): Outbound;
  /** Closes the kept connections. */
  close(): Promise<void>;
}

const maxRedirects = 5;
const defaultMaxResponseBytes = 16 * 1024 * 1024;
const lingerMs = 100;
const defaultConnectTimeoutMs = 10_000;
const credentialHeaders = new Set([
  'authorization',
  'proxy-authorization',
  'cookie',
  'api-key',
  'x-api-key',
  'x-auth-token',
  'x-goog-api-key',
  'x-amz-security-token',
]);

/**
 * One pool of kept connections. The address that is checked is the address that is connected to: a name is resolved once,
 * and nothing resolves it again in between.
 */
export function createOutbound({ allow, lookup = resolveName }: OutboundOptions): Outbound {
  const policy = createOutboundPolicy(allow);
  const publicOnly = createOutboundPolicy([]);

  const findAddresses = async (hostname: string, port: number): Promise<readonly LookupAddress[]> => {
    const literal = hostname.replace(/^\[(.*)\]$/, '$1');
    const family = isIP(literal);
    const addresses = family === 0 ? await lookup(hostname) : [{ address: literal, family }];
    const verdicts = addresses.map(({ address }) => policy.judge({ hostname, address, port }));
    if (verdicts.includes('never')) {
      throw new RunFailure(
        'invalid_request',
        `${hostname}:${port} is a link-local, metadata or special address, which calls never reach, whatever OUTBOUND_ALLOW has`,
      );
    }
    if (verdicts.includes('private')) {
      throw new RunFailure(
        'invalid_request',
        `${hostname}:${port} is a private address, which calls may not reach unless OUTBOUND_ALLOW has it`,
      );
    }
    return addresses;
  };

  const checkPlain = async ({ hostname, port: portText }: URL): Promise<void> => {
    const port = Number(portText || 80);
    for (const { address } of await findAddresses(hostname, port)) {
      if (publicOnly.judge({ hostname, address, port }) !== 'allowed') continue;
      throw new RunFailure('invalid_request', `${hostname}:${port} is a public address, which must be called by https`);
    }
  };

  const createConnect =
    (timeout: number): buildConnector.connector =>
    (options, callback) => {
      const port = Number(options.port || (options.protocol === 'https:' ? 443 : 80));
      findAddresses(options.hostname, port).then(
        (addresses) => {
          const pinned: LookupFunction = (_hostname, { all }, done) => {
            const [first] = addresses;
            if (all) done(null, [...addresses]);
            else if (first === undefined) done(new Error('The name has no address'), '');
            else done(null, first.address, first.family);
          };
          buildConnector({ lookup: pinned, timeout, autoSelectFamily: true })(options, callback);
        },
        (error: Error) => callback(error, null),
      );
    };
  /** Connections by how long they may take to stand: most are of one pool. */
  const agents = new Map<number, Agent>();
  const findAgent = (connectTimeoutMs: number): Agent => {
    // How long an answer may take is the engine's to say, through the signal.
    const options = { headersTimeout: 0, bodyTimeout: 0, keepAliveTimeout: 30_000 };
    const agent = agents.get(connectTimeoutMs) ?? new Agent({ connect: createConnect(connectTimeoutMs), ...options });
    agents.set(connectTimeoutMs, agent);
    return agent;
  };

  const create = (connectTimeoutMs: number): Outbound => ({
    async request(address, options) {
      const {
        method,
        headers,
        body,
        signal,
        requiresTls = false,
        maxResponseBytes = defaultMaxResponseBytes,
      } = options;
      let url = parseUrl(address);
      if (url === null) {
        throw new RunFailure('invalid_request', 'The endpoint must be a URL that begins with http:// or https://');
      }
      let currentHeaders = headers;
      for (let redirects = 0; ; redirects += 1) {
        if (requiresTls && url.protocol === 'http:') await checkPlain(url);
        const response = await sendRequest(url, {
          dispatcher: findAgent(connectTimeoutMs),
          method,
          headers: withTraceHeaders(currentHeaders),
          signal,
          ...(body !== undefined && { body: typeof body === 'string' ? body : Readable.from(body()) }),
        });
        // Its reader is thrown what goes wrong; when there is none any more, nobody needs to know.
        response.body.on('error', () => undefined);
        const header = (name: string) => {
          const value = response.headers[name];
          return Array.isArray(value) ? value[0] : value;
        };
        const next = findRedirect(method, response.statusCode, header('location'));
        if (next === null) {
          const capped = capBody(response.body, maxResponseBytes);
          return { status: response.statusCode, header, body: capped, text: () => readText(capped) };
        }
        await response.body.dump();
        if (redirects === maxRedirects)
          throw new RunFailure('provider_error', `The provider redirects more than ${maxRedirects} times`);
        const target = parseUrl(next, url);
        if (target === null) throw new RunFailure('provider_error', 'The provider redirects to what is no http URL');
        if (target.origin !== url.origin) currentHeaders = withoutCredentials(currentHeaders);
        url = target;
      }
    },
    withConnectTimeout: create,
    async close() {
      await Promise.all([...agents.values()].map((agent) => agent.destroy()));
    },
  });
  return create(defaultConnectTimeoutMs);
}

/** A body that is sent again must not change its method; a GET may go anywhere. */
function findRedirect(method: 'GET' | 'POST', status: number, location: string | undefined): string | null {
  const followed = method === 'GET' ? [301, 302, 303, 307, 308] : [307, 308];
  return followed.includes(status) ? (location ?? null) : null;
}

/** Null for what no call may go to, whatever its host. */
function parseUrl(address: string, base?: URL): URL | null {
  const url = URL.parse(address, base);
  return url !== null && ['http:', 'https:'].includes(url.protocol) ? url : null;
}

function withoutCredentials(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !credentialHeaders.has(name.toLowerCase())));
}

function resolveName(hostname: string): Promise<readonly LookupAddress[]> {
  return dns.lookup(hostname, { all: true });
}

async function* capBody(body: Readable, maxBytes: number): AsyncGenerator<Uint8Array> {
  let bytes = 0;
  try {
    for await (const chunk of body.iterator({ destroyOnReturn: false })) {
      bytes += chunk.byteLength;
      if (bytes > maxBytes) {
        body.destroy();
        throw new RunFailure('provider_error', `The provider's answer has more than ${maxBytes} bytes`);
      }
      yield chunk;
    }
  } finally {
    leave(body);
  }
}

/**
 * Who has what they want of a stream leaves before its end, which often comes in a packet of its own: a connection is kept
 * only if that is read too.
 */
function leave(body: Readable): void {
  if (body.readableEnded || body.destroyed) return;
  const timer = setTimeout(() => body.destroy(), lingerMs);
  body.once('close', () => clearTimeout(timer)).resume();
}

async function readText(body: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}
