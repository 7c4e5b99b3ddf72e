// Lists of hosts, networks and ports, as an administrator writes them.
import { type IpAddress, isWithin, type Network, parseNetwork } from './address.js';
import { parseHost } from './host.js';

export interface HostList {
  readonly names: ReadonlySet<string>;
  readonly networks: readonly Network[];
}

export interface PortRange {
  readonly first: number;
  readonly last: number;
}

const LAST_PORT = 65_535;

/** Undefined when an entry is neither a host name, an address nor a network. */
export function parseHostList(entries: readonly string[]): HostList | undefined {
  const names = new Set<string>();
  const networks: Network[] = [];
  for (const entry of entries) {
    const network = parseNetwork(entry);
    const host = parseHost(entry);
    if (network !== undefined) networks.push(network);
    else if (host.kind === 'name') names.add(host.name);
    else return undefined;
  }
  return { names, networks };
}

/** Undefined when an entry is neither a port nor a range such as 1024-65535. */
export function parsePorts(entries: readonly string[]): readonly PortRange[] | undefined {
  const ranges: PortRange[] = [];
  for (const entry of entries) {
    const [, first = '', last = first] = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(entry) ?? [];
    const range = { first: Number(first), last: Number(last) };
    if (range.first < 1 || range.last < range.first || range.last > LAST_PORT) return undefined;
    ranges.push(range);
  }
  return ranges;
}

export function hasAddress(list: HostList, address: IpAddress): boolean {
  return list.networks.some((network) => isWithin(network, address));
}

export function hasPort(ranges: readonly PortRange[], port: number): boolean {
  return ranges.some(({ first, last }) => port >= first && port <= last);
}
