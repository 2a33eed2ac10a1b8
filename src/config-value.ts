import { isIP, isIPv6 } from 'node:net';

/** Readers of what environment variables hold: text in, a value out, `undefined` for text that is not allowed. */

/** A whole number in digits, from `min` to `max`. */
export function readInteger(text: string, min: number, max: number): number | undefined {
  const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
  return value >= min && value <= max ? value : undefined;
}

const unitBytes = new Map([
  ['', 1],
  ['kib', 1024],
  ['mib', 1024 ** 2],
]);

/** A size in bytes, or with one of the units KiB and MiB. */
export function readBytes(text: string, min: number, max: number): number | undefined {
  const [, digits = '', unit = ''] = /^(\d+)\s*(\D*)$/.exec(text) ?? [];
  const factor = unitBytes.get(unit.toLowerCase());
  return factor === undefined || digits === '' ? undefined : readInteger(String(Number(digits) * factor), min, max);
}

/** An address, or a name of letters, digits, hyphens and underscores between dots. */
export function readHost(text: string): string | undefined {
  if (isIP(text) !== 0) return text;
  // Four numbers that are no address are a slip of the pen, not a name.
  return text.length <= 253 && /^(?!.*\.\d+$)[a-z\d_]([\w-]*[a-z\d_])?(\.[a-z\d_]([\w-]*[a-z\d_])?)*\.?$/i.test(text)
    ? text
    : undefined;
}

/** The base of an API: an http or https URL without credentials, query and fragment. Given back without a slash at its end. */
export function readBaseUrl(text: string): string | undefined {
  const url = /^https?:\/\//i.test(text) ? URL.parse(text) : null;
  if (url === null || url.username !== '' || url.password !== '' || /[?#]/.test(text)) return undefined;
  return url.href.replace(/\/+$/, '');
}

/** `*`, or origins between commas. */
export function readOrigins(text: string): '*' | string[] | undefined {
  if (text === '*') return '*';
  return readList(text, (item) => {
    const url = readBaseUrl(item);
    return url !== undefined && url === URL.parse(url)?.origin ? url : undefined;
  });
}

/**
 * The proxies that are believed, as Fastify's `trustProxy` takes them. A number of hops is not allowed: Fastify believes
 * nobody then, because a client can make up as many.
 */
export function readTrustProxy(text: string): boolean | string | undefined {
  if (text === 'true' || text === 'false') return text === 'true';
  const items = readList(text, (item) =>
    ['loopback', 'linklocal', 'uniquelocal'].includes(item) || isIP(item) !== 0 || isRange(item) ? item : undefined,
  );
  return items?.join(',');
}

/** `none`, or between commas: host, host:port, [IPv6], [IPv6]:port, CIDR ranges, `loopback`. */
export function readOutboundAllow(text: string): string[] | undefined {
  if (text === 'none') return [];
  return readList(text, (item) => {
    if (isIPv6(item) || isRange(item)) return item;
    const [, bracketed, name, port] = /^(?:\[([^\]]+)\]|([^:[\]]+))(?::(.*))?$/.exec(item) ?? [];
    const isHost = bracketed === undefined ? name !== undefined && readHost(name) !== undefined : isIPv6(bracketed);
    return isHost && (port === undefined || readInteger(port, 1, 65_535) !== undefined) ? item : undefined;
  });
}

/**
 * Ollama's own `OLLAMA_HOST`: `host`, `host:port`, `:port` or a URL; the port is 11434 unless a scheme is there. Given back
 * as the base of its OpenAI-compatible API.
 */
export function readOllamaHost(text: string): string | undefined {
  const [, scheme, authority = '', path = ''] = /^(https?:\/\/)?([^/]*)(\/.*)?$/i.exec(text) ?? [];
  const host = isIPv6(authority) ? `[${authority}]` : authority.replace(/^(?=:|$)/, '127.0.0.1');
  const port = scheme === undefined && !/:\d+$/.test(host) ? ':11434' : '';
  const url = readBaseUrl(`${scheme ?? 'http://'}${host}${port}${path}`);
  // A server's `every address of the machine` is, to a client on it, the machine itself.
  return url && `${url.replace('//0.0.0.0', '//127.0.0.1').replace('//[::]', '//[::1]')}/v1`;
}

/** The `host:port` of a URL. */
export function formatAuthority(url: string): string {
  const { hostname, port, protocol } = new URL(url);
  return `${hostname}:${port || (protocol === 'https:' ? '443' : '80')}`;
}

/** At least one item between commas, all of them good. */
function readList(text: string, readItem: (item: string) => string | undefined): string[] | undefined {
  const items = text.split(',').map((item) => readItem(item.trim()));
  return items.every((item) => item !== undefined) ? items : undefined;
}

/** Whether it is a range of addresses in CIDR notation. */
function isRange(text: string): boolean {
  const [address = '', bits = '', ...rest] = text.split('/');
  const version = isIP(address);
  return version !== 0 && rest.length === 0 && readInteger(bits, 0, version === 4 ? 32 : 128) !== undefined;
}

/** Codes of languages, as Tesseract has them: three letters, and where there are several, more behind an underscore. */
export function readLanguages(text: string): string[] | undefined {
  const codes = text.split(',').map((code) => code.trim());
  return codes.every((code) => /^[a-z]{3}(_[a-z]+)*$/.test(code)) ? codes : undefined;
}
