import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
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
  const judge = (allow: string[], address: string, hostname = address, port = 80) =>
    createOutboundPolicy(allow).judge({ hostname, address, port });
  const everything = ['0.0.0.0/0', '::/0', 'loopback'];

  test.each(['8.8.8.8', '2606:4700::1111'])('%s is public, and allowed', (address) => {
    expect(judge([], address)).toBe('allowed');
  });

  test.each([
    '127.0.0.1',
    '::1',
    '10.1.2.3',
    '172.16.0.1',
    '192.168.1.1',
    '100.64.0.1',
    'fd00::1',
    'fec0::1',
    '4000::1',
    '::ffff:127.0.0.1',
    '::ffff:a00:1',
    '198.18.0.1',
    '240.0.0.1',
  ])('%s is not, unless it is allowed', (address) => {
    expect(judge([], address)).toBe('private');
    expect(judge(everything, address)).toBe('allowed');
  });

  test.each([
    ['link-local', '169.254.169.254'],
    ['link-local', 'fe80::1'],
    ['link-local, mapped', '::ffff:169.254.169.254'],
    ['metadata', '100.100.100.200'],
    ['metadata', '168.63.129.16'],
    ['metadata', 'fd00:ec2::254'],
    ['metadata', 'fd20:ce::254'],
    ['unspecified', '0.0.0.0'],
    ['unspecified', '::'],
    ['multicast', '224.0.0.1'],
    ['multicast', 'ff02::1'],
    ['broadcast', '255.255.255.255'],
    ['NAT64', '64:ff9b::7f00:1'],
    ['local NAT64', '64:ff9b:1::7f00:1'],
    ['6to4', '2002:7f00:1::'],
    ['Teredo', '2001:0:7f00:1::'],
    ['IPv4-translated', '::ffff:0:7f00:1'],
    ['IPv4-compatible', '::7f00:1'],
    ['IPv4-compatible', '::a9fe:a9fe'],
  ])('that is %s, %s, never is', (_name, address) => {
    expect(judge([address, ...everything], address)).toBe('never');
  });

  test.each<[string, string, string, number, boolean]>([
    ['loopback', '127.9.9.9', 'x', 1, true],
    ['loopback', '::1', 'x', 1, true],
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
    expect(judge([entry], address, hostname, port)).toBe(expected ? 'allowed' : 'private');
  });

  test.each(['http://x', 'a:b:c', '10.0.0.0/99', '', 'host:0', 'host:65536'])('"%s" is no entry', (entry) => {
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

  test('to a metadata address is refused with words that offer no way around', async () => {
    const outbound = open({ allow: ['loopback', '169.254.169.254'] });
    await expect(get(outbound, 'http://169.254.169.254/latest/meta-data')).rejects.toMatchObject({
      code: 'invalid_request',
      message: expect.stringMatching(/^169\.254\.169\.254:80 is a link-local.* whatever OUTBOUND_ALLOW has$/),
    });
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

  test.each(['http://[bad', 'ftp://files.example/'])('is not redirected to %s', async (location) => {
    const { port } = await serve((_request, response) => response.writeHead(302, { location }).end());
    await expect(get(open({ allow: ['loopback'] }), `http://127.0.0.1:${port}/`)).rejects.toMatchObject({
      code: 'provider_error',
      isRetryable: false,
    });
  });

  const post = (outbound: Outbound, url: string) =>
    outbound.request(url, { method: 'POST', headers: {}, body: 'prompt', signal: AbortSignal.timeout(10_000) });

  test('that posts is sent on as it is, or not at all', async () => {
    const { port } = await serve(async (request, response) => {
      const status = Number(request.url?.slice(1));
      if (status === 200) response.end(`${request.method} ${await text(request)}`);
      else response.writeHead(status, { location: '/200' }).end();
    });
    const outbound = open({ allow: ['loopback'] });
    for (const status of [307, 308]) {
      const response = await post(outbound, `http://127.0.0.1:${port}/${status}`);
      expect(await response.text()).toBe('POST prompt');
    }
    for (const status of [301, 302, 303]) {
      expect((await post(outbound, `http://127.0.0.1:${port}/${status}`)).status).toBe(status);
    }
  });

  test('keeps its connection, also when it leaves just before the end of the answer', async () => {
    const sockets = new Set<unknown>();
    let end = (_onSent: () => void) => {};
    const { port } = await serve((request, response) => {
      sockets.add(request.socket);
      response.write('all that matters');
      end = (onSent) => response.end(onSent);
    });
    const outbound = open({ allow: ['loopback'] });
    for (let count = 0; count < 10; count += 1) {
      const { body } = await get(outbound, `http://127.0.0.1:${port}/`);
      for await (const _chunk of body) break;
      await new Promise<void>((resolve) => end(resolve));
    }
    // One is free again a moment after its end was sent, so that some take turns.
    expect(sockets.size).toBeLessThan(5);
  });

  test('closes its socket when it leaves an answer that does not end', async () => {
    const left = Promise.withResolvers<void>();
    const { port } = await serve((request, response) => {
      request.socket.once('close', () => left.resolve());
      response.write('more to come');
    });
    // Nothing but the leaving shall close it.
    const request = { method: 'GET', headers: {}, signal: new AbortController().signal } as const;
    const { body } = await open({ allow: ['loopback'] }).request(`http://127.0.0.1:${port}/`, request);
    for await (const _chunk of body) break;
    await left.promise;
  });

  test('closes its socket when it is aborted before there is an answer', async () => {
    const arrived = Promise.withResolvers<void>();
    const left = Promise.withResolvers<void>();
    const { port } = await serve((request) => {
      request.socket.once('close', () => left.resolve());
      arrived.resolve();
    });
    const controller = new AbortController();
    const request = { method: 'GET', headers: {}, signal: controller.signal } as const;
    const response = open({ allow: ['loopback'] }).request(`http://127.0.0.1:${port}/`, request);
    await arrived.promise;
    const reason = new Error('enough');
    controller.abort(reason);
    await expect(response).rejects.toBe(reason);
    await left.promise;
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
