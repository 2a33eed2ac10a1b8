import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

/** Says which addresses calls may go to. */
export interface OutboundPolicy {
  /** Whether a connection to `address`, which `hostname` resolved to, may be made. */
  isAllowed(target: { readonly hostname: string; readonly address: string; readonly port: number }): boolean;
}

type Rule = (target: { readonly hostname: string; readonly ip: IpAddress; readonly port: number }) => boolean;
type IpAddress = ipaddr.IPv4 | ipaddr.IPv6;

/** Where clouds serve a machine's own credentials. */
const metadataAddresses = ['100.100.100.200', '192.0.0.192', 'fd00:ec2::254'].map((address) => ipaddr.parse(address));

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
    isAllowed({ hostname, address, port }) {
      // An IPv4 address that is written as IPv6 is the IPv4 address.
      const ip = ipaddr.process(address);
      const range = ip.range();
      if (neverAllowed.has(range) || metadataAddresses.some((other) => isSame(other, ip))) return false;
      return range === 'unicast' || rules.some((rule) => rule({ hostname: hostname.toLowerCase(), ip, port }));
    },
  };
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
  const address = isIP(host) === 0 ? null : ipaddr.process(host);
  const name = host.toLowerCase();
  return ({ hostname, ip, port }) =>
    (allowedPort === undefined || port === allowedPort) && (address === null ? hostname === name : isSame(address, ip));
}

function isSame(one: IpAddress, other: IpAddress): boolean {
  return one.kind() === other.kind() && one.toNormalizedString() === other.toNormalizedString();
}
