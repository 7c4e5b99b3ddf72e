// IP addresses as numbers, so that every spelling of one is compared as the same.

export interface IpAddress {
  readonly family: 4 | 6;
  readonly value: bigint;
  /** As it is dialled. */
  readonly text: string;
}

export interface Network {
  readonly family: 4 | 6;
  readonly value: bigint;
  /** How many leading bits count. */
  readonly prefix: number;
}

const BITS = { 4: 32, 6: 128 } as const;
const GROUPS = 8;
const LOW_32 = 0xffff_ffffn;
const MAPPED = 0xffffn;
/** 64:ff9b::/96 (RFC 6052): how a network of IPv6 alone reaches IPv4. */
const NAT64 = 0x0064_ff9b_0000_0000_0000_0000n;
/** 64:ff9b:1::/48 (RFC 8215): the same for the translators inside one network. */
const LOCAL_NAT64 = 0x0064_ff9b_0001n;

/** Undefined for what is no address, zone ids and unusual spellings of IPv4 included. An IPv4-mapped one is IPv4. */
export function parseAddress(text: string): IpAddress | undefined {
  const v4 = parseV4(text);
  if (v4 !== undefined) return { family: 4, value: v4, text };
  const v6 = parseV6(text);
  if (v6 === undefined) return undefined;
  return v6 >> 32n === MAPPED ? ipv4(v6 & LOW_32) : { family: 6, value: v6, text };
}

/** `10.0.0.0/8`, or one address. */
export function parseNetwork(text: string): Network | undefined {
  const [base = '', length, ...rest] = text.split('/');
  const address = parseAddress(base);
  if (address === undefined || rest.length > 0) return undefined;
  const { family, value } = address;
  if (length === undefined) return { family, value, prefix: BITS[family] };
  if (!/^\d{1,3}$/.test(length) || Number(length) > BITS[family]) return undefined;
  return { family, value, prefix: Number(length) };
}

export function isWithin(network: Network, { family, value }: IpAddress): boolean {
  const shift = BigInt(BITS[family] - network.prefix);
  return network.family === family && value >> shift === network.value >> shift;
}

/** The IPv4 addresses that packets to this IPv6 one may end at: by a translator or a tunnel. */
export function embeddedV4s({ family, value }: IpAddress): readonly IpAddress[] {
  if (family === 4) return [];
  const values = value >> 80n === LOCAL_NAT64 ? locallyTranslated(value) : [embeddedValue(value)];
  return values.flatMap((one) => (one === undefined ? [] : [ipv4(one)]));
}

function embeddedValue(value: bigint): bigint | undefined {
  const high = value >> 32n;
  const isCompatible = high === 0n && value > 1n;
  const isTranslated = high === 0xffff_0000n;
  const isIsatap = (high & 0xfdff_ffffn) === 0x5efen;
  if (isCompatible || isTranslated || high === NAT64 || isIsatap) return value & LOW_32;
  if (value >> 112n === 0x2002n) return (value >> 80n) & LOW_32;
  // Teredo keeps it inverted.
  if (value >> 96n === 0x2001_0000n) return ~value & LOW_32;
  return undefined;
}

/**
 * Each network chooses the length of its translator's prefix, /48 to /96, and with it the place of the IPv4 address
 * (RFC 6052 §2.2; bits 64 to 71 are left out). In the places of other lengths is mostly padding, 0.0.0.0/8.
 */
function locallyTranslated(value: bigint): readonly bigint[] {
  const withoutOctet = ((value >> 64n) << 56n) | (value & 0xff_ffff_ffff_ffffn);
  const all = [withoutOctet >> 40n, withoutOctet >> 32n, withoutOctet >> 24n, value].map(
    (shifted) => shifted & LOW_32,
  );
  const hosts = all.filter((one) => one >> 24n !== 0n);
  return hosts.length > 0 ? hosts : all;
}

export function isNat64({ family, value }: IpAddress): boolean {
  return family === 6 && (value >> 32n === NAT64 || value >> 80n === LOCAL_NAT64);
}

function ipv4(value: bigint): IpAddress {
  const text = [24n, 16n, 8n, 0n].map((shift) => (value >> shift) & 0xffn).join('.');
  return { family: 4, value, text };
}

/** Four decimal numbers and nothing else: `0x7f.1`, `127.1` and `0177.0.0.1` are for others to guess. */
function parseV4(text: string): bigint | undefined {
  if (!/^(?:0|[1-9]\d{0,2})(?:\.(?:0|[1-9]\d{0,2})){3}$/.test(text)) return undefined;
  const parts = text.split('.').map(Number);
  if (parts.some((part) => part > 255)) return undefined;
  return parts.reduce((value, part) => (value << 8n) | BigInt(part), 0n);
}

function parseV6(text: string): bigint | undefined {
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const [left, right] = halves.map(toGroups);
  if (left === undefined || (halves.length === 2 && right === undefined)) return undefined;
  const missing = GROUPS - left.length - (right?.length ?? 0);
  if (right === undefined ? missing !== 0 : missing < 1) return undefined;
  const groups = [...left, ...Array<bigint>(missing).fill(0n), ...(right ?? [])];
  return groups.reduce((value, group) => (value << 16n) | group, 0n);
}

/** The groups of one side of `::`; the last may be an IPv4 address, which is two. */
function toGroups(text: string, side: number, sides: readonly string[]): bigint[] | undefined {
  if (text === '') return sides.length === 2 ? [] : undefined;
  const groups: bigint[] = [];
  const parts = text.split(':');
  for (const [index, part] of parts.entries()) {
    const v4 = index === parts.length - 1 && side === sides.length - 1 ? parseV4(part) : undefined;
    if (v4 !== undefined) groups.push(v4 >> 16n, v4 & 0xffffn);
    else if (/^[0-9a-f]{1,4}$/i.test(part)) groups.push(BigInt(`0x${part}`));
    else return undefined;
  }
  return groups;
}
