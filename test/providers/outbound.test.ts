import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { createOutbound, type Outbound, type OutboundOptions } from '../../src/providers/outbound.ts';
import { createOutboundPolicy } from '../../src/providers/outbound-policy.ts';

const servers: Server[] = [];
const outbounds: Outbound[] = [];

afterEach(async () => {
  for (const outbound of outbounds.splice(0)) await outbound.close();
  for (const server of servers.splice(0)) server.close();
});

async function serve(listener: RequestListener): Promise<{ port: number; hits: () => number }> {
  let hits = 0;
  const server = createServer((request, response) => {
    hits += 1;
    listener(request, response);
  });
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo; // It listens on a port.
  return { port, hits: () => hits };
}

function open(options: OutboundOptions): Outbound {
  const outbound = createOutbound(options);
  outbounds.push(outbound);
  return outbound;
}

const get = (outbound: Outbound, url: string, headers = {}) =>
  outbound.request(url, { method: 'GET', headers, signal: AbortSignal.timeout(10_000) });

describe('an address', () => {
  const allows = (allow: string[], address: string, hostname = address, port = 80) =>
    createOutboundPolicy(allow).isAllowed({ hostname, address, port });

  test.each(['8.8.8.8', '2606:4700::1111'])('%s is public, and allowed', (address) => {
    expect(allows([], address)).toBe(true);
  });

  test.each([
    '127.0.0.1',
    '::1',
    '10.1.2.3',
    '172.16.0.1',
    '192.168.1.1',
    '100.64.0.1',
    '169.254.169.254',
    '0.0.0.0',
    '::',
    'fe80::1',
    'fd00::1',
    '224.0.0.1',
    '255.255.255.255',
    '::ffff:127.0.0.1',
    '::ffff:a00:1',
    '64:ff9b::7f00:1',
    '2002:7f00:1::',
    '198.18.0.1',
    '240.0.0.1',
  ])('%s is not, unless it is allowed', (address) => {
    expect(allows([], address)).toBe(false);
  });

  test.each(['169.254.169.254', 'fe80::1', '100.100.100.200', 'fd00:ec2::254', '64:ff9b::7f00:1', '0.0.0.0'])(
    '%s never is',
    (address) => {
      expect(allows([address, '0.0.0.0/0', '::/0', 'loopback'], address)).toBe(false);
    },
  );

  test.each<[string, string, string, number, boolean]>([
    ['loopback', '127.9.9.9', 'x', 1, true],
    ['loopback', '10.0.0.1', 'x', 1, false],
    ['10.0.0.0/8', '10.9.9.9', 'x', 1, true],
    ['10.0.0.0/8', '192.168.0.1', 'x', 1, false],
    ['models.internal', '10.0.0.1', 'models.internal', 1, true],
    ['models.internal', '10.0.0.1', 'MODELS.internal', 1, true],
    ['models.internal', '10.0.0.1', 'other.internal', 1, false],
    ['models.internal:8000', '10.0.0.1', 'models.internal', 8000, true],
    ['models.internal:8000', '10.0.0.1', 'models.internal', 8001, false],
    ['10.0.0.1:8000', '10.0.0.1', 'any.name', 8000, true],
    ['[fd00::1]:8000', 'fd00::1', '[fd00::1]', 8000, true],
    ['fd00::1', 'fd00:0::1', 'x', 1, true],
  ])('%s allows %s of %s at %i: %s', (entry, address, hostname, port, expected) => {
    expect(allows([entry], address, hostname, port)).toBe(expected);
  });

  test.each(['http://x', 'a:b:c', '10.0.0.0/99', ''])('"%s" is no entry', (entry) => {
    expect(() => createOutboundPolicy([entry])).toThrow(JSON.stringify(entry));
  });
});

describe('a call', () => {
  test('to a private address is refused, by number and by name, before a connection', async () => {
    const { port, hits } = await serve((_request, response) => response.end('secret'));
    const outbound = open({ allow: [] });
    for (const host of ['127.0.0.1', 'localhost', '[::1]', '2130706433', '0x7f.1']) {
      await expect(get(outbound, `http://${host}:${port}/`)).rejects.toThrow(
        /private address, which calls may not reach unless OUTBOUND_ALLOW/,
      );
    }
    expect(hits()).toBe(0);
  });

  test('goes to the address that was checked, however the name resolves later', async () => {
    const { port } = await serve((_request, response) => response.end('checked'));
    let lookups = 0;
    const lookup = async () => {
      lookups += 1;
      return lookups === 1 ? [{ address: '127.0.0.1', family: 4 }] : [{ address: '10.0.0.1', family: 4 }];
    };
    const response = await get(open({ allow: ['loopback'], lookup }), `http://rebinding.example:${port}/`);
    expect(await response.text()).toBe('checked');
    expect(lookups).toBe(1);
  });

  test('is refused where one of several addresses is private', async () => {
    const lookup = async () => [
      { address: '8.8.8.8', family: 4 },
      { address: '10.0.0.1', family: 4 },
    ];
    await expect(get(open({ allow: [], lookup }), 'http://mixed.example/')).rejects.toThrow(
      /mixed.example:80 is a private address/,
    );
  });

  test('is not redirected to an address that may not be reached', async () => {
    const inner = await serve((_request, response) => response.end('secret'));
    const outer = await serve((_request, response) =>
      response.writeHead(302, { location: `http://127.0.0.1:${inner.port}/` }).end(),
    );
    await expect(get(open({ allow: [`127.0.0.1:${outer.port}`] }), `http://127.0.0.1:${outer.port}/`)).rejects.toThrow(
      /private address/,
    );
    expect(inner.hits()).toBe(0);
  });

  test('takes its credentials along within an origin, and not to another', async () => {
    const seen: (string | undefined)[] = [];
    const other = await serve((request, response) => {
      seen.push(request.headers.authorization);
      response.end('there');
    });
    const first = await serve((request, response) => {
      seen.push(request.headers.authorization);
      const location = request.url === '/' ? '/again' : `http://127.0.0.1:${other.port}/`;
      response.writeHead(307, { location }).end();
    });
    const response = await get(open({ allow: ['loopback'] }), `http://127.0.0.1:${first.port}/`, {
      authorization: 'Bearer x',
    });
    expect(await response.text()).toBe('there');
    expect(seen).toEqual(['Bearer x', 'Bearer x', undefined]);
  });

  test('is not redirected for ever', async () => {
    const { port, hits } = await serve((_request, response) => response.writeHead(302, { location: '/' }).end());
    await expect(get(open({ allow: ['loopback'] }), `http://127.0.0.1:${port}/`)).rejects.toThrow(/more than 5 times/);
    expect(hits()).toBe(6);
  });

  test('ends at an answer that is too large', async () => {
    const { port } = await serve((_request, response) => response.end(Buffer.alloc(1000)));
    const request = { method: 'GET', headers: {}, signal: AbortSignal.timeout(10_000), maxResponseBytes: 999 } as const;
    const response = await open({ allow: ['loopback'] }).request(`http://127.0.0.1:${port}/`, request);
    await expect(response.text()).rejects.toThrow(/more than 999 bytes/);
  });

  test.each(['file:///etc/passwd', 'gopher://x', 'nothing'])('to %s is refused', async (url) => {
    await expect(get(open({ allow: [] }), url)).rejects.toThrow(/must be a URL that begins with/);
  });
});
