import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

/** `private` is what an entry of `OUTBOUND_ALLOW` would allow, `never` what none does. */
export type OutboundVerdict = 'allowed' | 'private' | 'never';

/** Says which addresses calls may go to. */
export interface OutboundPolicy {
  /** Whether a connection to `address`, which `hostname` resolved to, may be made. */
  judge(target: { readonly hostname: string; readonly address: string; readonly port: number }): OutboundVerdict;
}

type Rule = (target: { readonly hostname: string; readonly ip: IpAddress; readonly port: number }) => boolean;
type IpAddress = ipaddr.IPv4 | ipaddr.IPv6;

/** Where clouds serve a machine's own credentials, besides the link-local addresses. */
const metadataAddresses = ['100.100.100.200', '168.63.129.16', '192.0.0.192', 'fd00:ec2::254', 'fd20:ce::254'].map(
  (address) => ipaddr.parse(address),
);

/** All that has been given out of IPv6 for public use, RFC 4291 section 2.4. */
const globalUnicast = ipaddr.IPv6.parseCIDR('2000::/3');
/** IPv4 within IPv6 in the way that RFC 4291 section 2.5.5.1 deprecates. */
const ipv4Compatible = ipaddr.IPv6.parseCIDR('::/96');

/** What is never an address of a service, or hides one of another kind (IPv4 within IPv6), whatever is allowed. */
const neverAllowed = new Set([
  'unspecified',
  'linkLocal',
  'multicast',
  'broadcast',
  'rfc6052',
  'rfc6145',
  '6to4',
  'teredo',
]);

/**
 * Public addresses are allowed; private ones only where an entry of `allow` says so: `host`, `host:port`, an address,
 * `[IPv6]:port`, a CIDR range or `loopback`. Link-local and metadata addresses never are. Throws an Error that names an
 * entry which is none of these.
 */
export function createOutboundPolicy(allow: readonly string[]): OutboundPolicy {
  const rules = allow.map(parseRule);
  return {
    judge({ hostname, address, port }) {
      // An IPv4 address that is mapped into IPv6 is the IPv4 address.
      const ip = ipaddr.process(address);
      if (isNeverAllowed(ip)) return 'never';
      if (isPublic(ip)) return 'allowed';
      return rules.some((rule) => rule({ hostname: hostname.toLowerCase(), ip, port })) ? 'allowed' : 'private';
    },
  };
}

function isNeverAllowed(ip: IpAddress): boolean {
  const range = ip.range();
  // `::1` lies within the same range, and is a loopback address all the same.
  const isDisguised = isIpv6(ip) && range !== 'loopback' && ip.match(ipv4Compatible);
  return isDisguised || neverAllowed.has(range) || metadataAddresses.some((other) => isSame(other, ip));
}

function isPublic(ip: IpAddress): boolean {
  return ip.range() === 'unicast' && (!isIpv6(ip) || ip.match(globalUnicast));
}

function isIpv6(ip: IpAddress): ip is ipaddr.IPv6 {
  return ip.kind() === 'ipv6';
}

function parseRule(entry: string): Rule {
  if (entry === 'loopback') return ({ ip }) => ip.range() === 'loopback';
  if (ipaddr.isValidCIDR(entry)) {
    const [network, bits] = ipaddr.parseCIDR(entry);
    return ({ ip }) => ip.kind() === network.kind() && ip.match(network, bits);
  }
  const [, bracketed, plain, portText] = /^(?:\[([^\]]+)\]|([^[\]:/]+))(?::(\d+))?$/.exec(entry) ?? [];
  const host = isIP(entry) === 6 ? entry : (bracketed ?? plain);
  if (host === undefined || (bracketed !== undefined && isIP(bracketed) !== 6)) {
    throw new Error(`${JSON.stringify(entry)} is neither host, host:port, [IPv6]:port, a CIDR range nor loopback`);
  }
  const allowedPort = portText === undefined ? undefined : Number(portText);
  if (allowedPort !== undefined && (allowedPort < 1 || allowedPort > 65_535)) {
    throw new Error(`${JSON.stringify(entry)} has a port that is not from 1 to 65535`);
  }
  const address = isIP(host) === 0 ? null : ipaddr.process(host);
  const name = host.toLowerCase();
  return ({ hostname, ip, port }) =>
    (allowedPort === undefined || port === allowedPort) && (address === null ? hostname === name : isSame(address, ip));
}

function isSame(one: IpAddress, other: IpAddress): boolean {
  return one.kind() === other.kind() && one.toNormalizedString() === other.toNormalizedString();
}
