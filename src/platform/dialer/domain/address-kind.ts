// What an address is for (IANA's registries of special-purpose addresses), and where clouds keep credentials.
import { embeddedV4s, type IpAddress, isNat64, isWithin, type Network, parseNetwork } from './address.js';

export type AddressKind =
  | 'public'
  | 'private'
  | 'loopback'
  | 'reserved'
  | 'unspecified'
  | 'broadcast'
  | 'multicast'
  | 'link-local'
  | 'metadata';

/** The later, the worse: an address counts as the worst that it leads to. */
const SEVERITY: readonly AddressKind[] = [
  'public',
  'private',
  'loopback',
  'reserved',
  'unspecified',
  'broadcast',
  'multicast',
  'link-local',
  'metadata',
];

/** The first that holds the address counts. */
const RANGES: readonly (readonly [Network, AddressKind])[] = (
  [
    // Metadata services that are not in the link-local range: Azure, Alibaba, Oracle, AWS, Google.
    ['168.63.129.16', 'metadata'],
    ['100.100.100.200', 'metadata'],
    ['192.0.0.192', 'metadata'],
    ['fd00:ec2::254', 'metadata'],
    ['fd20:ce::254', 'metadata'],
    ['0.0.0.0/8', 'unspecified'],
    ['10.0.0.0/8', 'private'],
    ['100.64.0.0/10', 'private'],
    ['127.0.0.0/8', 'loopback'],
    ['169.254.0.0/16', 'link-local'],
    ['172.16.0.0/12', 'private'],
    ['192.0.0.0/24', 'reserved'],
    ['192.168.0.0/16', 'private'],
    ['198.18.0.0/15', 'reserved'],
    ['224.0.0.0/4', 'multicast'],
    ['255.255.255.255', 'broadcast'],
    ['240.0.0.0/4', 'reserved'],
    ['0.0.0.0/0', 'public'],
    ['::', 'unspecified'],
    ['::1', 'loopback'],
    ['fc00::/7', 'private'],
    ['fe80::/10', 'link-local'],
    ['fec0::/10', 'private'],
    ['ff00::/8', 'multicast'],
    ['2000::/3', 'public'],
    ['::/0', 'reserved'],
  ] as const
).flatMap(([text, kind]) => {
  const network = parseNetwork(text);
  return network === undefined ? [] : [[network, kind] as const];
});

export function kindOf(address: IpAddress): AddressKind {
  const outer = isNat64(address) ? 'public' : rangeOf(address);
  return embeddedV4s(address)
    .map(rangeOf)
    .reduce((worst, kind) => (SEVERITY.indexOf(kind) > SEVERITY.indexOf(worst) ? kind : worst), outer);
}

function rangeOf(address: IpAddress): AddressKind {
  return RANGES.find(([network]) => isWithin(network, address))?.[1] ?? 'reserved';
}
