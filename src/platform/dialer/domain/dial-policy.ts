// Who may be dialled. Each refusal is the rest of a sentence: why, and which setting opens it.
import { embeddedV4s, type IpAddress } from './address.js';
import { type AddressKind, kindOf } from './address-kind.js';
import type { Host } from './host.js';
import { hasAddress, hasPort, type HostList, type PortRange } from './host-list.js';

/**
 * `connector`: a system whose address a person entered · `directory`: the directory of the configuration, which only
 * an administrator of the machine can change · `webhook`: where notices go, which is of the configuration too.
 */
export type DialPurpose = 'connector' | 'directory' | 'webhook';

export interface DialPolicy {
  readonly allow: HostList;
  readonly deny: HostList;
  readonly ports: readonly PortRange[];
  readonly isProduction: boolean;
}

export interface DialRequest {
  readonly host: Host;
  readonly port: number;
  readonly purpose: DialPurpose;
  /** Whether only this machine will do: what is sent is not encrypted. */
  readonly staysLocal: boolean;
}

/** No setting opens these: nobody who may be provisioned is there, and whoever is there trusts every caller. */
const NEVER: Readonly<Partial<Record<AddressKind, string>>> = {
  unspecified: 'stands for no host',
  broadcast: 'is a broadcast address',
  multicast: 'is a multicast address',
  'link-local': 'is link-local, where clouds keep credentials',
  metadata: 'is where a cloud keeps credentials',
};

/** Why this is refused whatever the host resolves to; undefined when that depends on its addresses. */
export function refusalOfTarget(
  policy: DialPolicy,
  { host, port, purpose }: DialRequest,
): string | undefined {
  if (host.kind === 'unreadable') return host.reason;
  // The list keeps systems and directories from ports of other services, among them that of the web.
  if (purpose !== 'webhook' && !hasPort(policy.ports, port))
    return `port ${port} is not among PROVOST_DIALER_PORTS`;
  if (host.kind === 'name' && policy.deny.names.has(host.name)) return 'PROVOST_DIALER_DENY names it';
  return undefined;
}

/** Why this address of the host is refused. */
export function refusalOfAddress(
  policy: DialPolicy,
  { host, purpose, staysLocal }: DialRequest,
  address: IpAddress,
): string | undefined {
  const { text } = address;
  const kind = kindOf(address);
  const never = NEVER[kind];
  if (never !== undefined) return `${text} ${never}; no setting opens it`;
  const embedded = embeddedV4s(address);
  if ([address, ...embedded].some((one) => hasAddress(policy.deny, one))) {
    return `PROVOST_DIALER_DENY holds ${text}`;
  }
  // A translator or a tunnel is another machine, wherever it leads to.
  if (staysLocal && (kind !== 'loopback' || embedded.length > 0))
    return `${text} is another machine, and nothing would be encrypted`;
  const isNamed = host.kind === 'name' && policy.allow.names.has(host.name);
  if (isNamed || hasAddress(policy.allow, address)) return undefined;
  if (kind === 'reserved') return `${text} is reserved; PROVOST_DIALER_ALLOW can open it`;
  if (kind === 'loopback' && purpose === 'connector' && policy.isProduction) {
    return `${text} is this machine, which PROVOST_DIALER_ALLOW must open in production`;
  }
  return undefined;
}
