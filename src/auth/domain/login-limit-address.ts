// Which addresses count as one: who has an IPv6 address has the 2^64 of its network.

const IPV4 = /(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/;

/** The address itself for IPv4, also when it is written as IPv6; the /64 for IPv6; any other text as it is. */
export function networkOf(address: string): string {
  const text = address.trim().toLowerCase().replace(/%.*$/, '');
  const groups = groupsOf(text.replace(IPV4, (_, ...bytes) => groupsOfIpv4(bytes.slice(0, 4).map(Number))));
  if (groups === undefined) return text;
  const [, , , , , marker, high = 0, low = 0] = groups;
  if (marker === 0xffff && groups.slice(0, 5).every((group) => group === 0)) {
    return [high >> 8, high & 0xff, low >> 8, low & 0xff].join('.');
  }
  const network = groups.slice(0, 4).map((group) => group.toString(16));
  return `${network.join(':')}::/64`;
}

function groupsOfIpv4([a = 0, b = 0, c = 0, d = 0]: readonly number[]): string {
  return `${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`;
}

/** The eight numbers of an IPv6 address (RFC 4291 §2.2). */
function groupsOf(text: string): number[] | undefined {
  const halves = text.split('::');
  const [head = [], tail = []] = halves.map((half) => (half === '' ? [] : half.split(':')));
  const missing = 8 - head.length - tail.length;
  if (halves.length === 1 ? missing !== 0 : halves.length > 2 || missing < 1) return undefined;
  const groups = [...head, ...Array.from({ length: missing }, () => '0'), ...tail];
  return groups.every((group) => /^[0-9a-f]{1,4}$/.test(group))
    ? groups.map((group) => Number.parseInt(group, 16))
    : undefined;
}
