// What somebody typed as a host, read in one way only. What another reader could take for another host is refused.
import { type IpAddress, parseAddress } from './address.js';

export type Host =
  | { readonly kind: 'address'; readonly address: IpAddress }
  /** In ASCII and lower case, without a dot at its end. */
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'unreadable'; readonly reason: string };

const NAME = /^(?=.{1,253}$)[a-z0-9_](?:[a-z0-9_-]{0,62})(?:\.[a-z0-9_][a-z0-9_-]{0,62})*$/;
const LOOPBACKS: readonly IpAddress[] = [
  { family: 4, value: 0x7f00_0001n, text: '127.0.0.1' },
  { family: 6, value: 1n, text: '::1' },
];
/** What begins, ends or escapes a part of a URL. */
const FOREIGN = /[\p{Cc}\s%/\\?#@:[\]<>^|]/u;

export function parseHost(text: string): Host {
  const inBrackets = /^\[(.*)\]$/.exec(text)?.[1];
  const address = parseAddress(inBrackets ?? text);
  if (address !== undefined && (inBrackets === undefined || text.includes(':'))) {
    return { kind: 'address', address };
  }
  if (text.includes('%')) return unreadable('it has a zone or an escaped character');
  if (FOREIGN.test(text)) return unreadable('it is neither a host name nor an address');
  const name = toAscii(text)?.replace(/\.$/, '');
  if (name === undefined) return unreadable('it is not a host name');
  // By the rules of URLs `0x7f.1`, `2130706433` and `１２７.0.0.1` are addresses too.
  if (parseAddress(name) !== undefined) return unreadable(`write the address as ${name}`);
  if (!NAME.test(name)) return unreadable('it is not a host name');
  return { kind: 'name', name };
}

/** Names that mean this machine, whatever a resolver says (RFC 6761). */
export function isLocalName(name: string): boolean {
  return name === 'localhost' || name.endsWith('.localhost');
}

/** The addresses a host may have, as far as that is known without asking a resolver. */
export function knownAddressesOf(host: Host): readonly IpAddress[] {
  if (host.kind === 'address') return [host.address];
  return host.kind === 'name' && isLocalName(host.name) ? LOOPBACKS : [];
}

function toAscii(text: string): string | undefined {
  return URL.canParse(`http://${text}/`) ? new URL(`http://${text}/`).hostname : undefined;
}

function unreadable(reason: string): Host {
  return { kind: 'unreadable', reason };
}
