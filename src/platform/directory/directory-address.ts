// Where an ldap:// or ldaps:// URL leads.
import { domainToASCII } from 'node:url';

export interface DirectoryAddress {
  /** A name or an address, without brackets. */
  readonly host: string;
  readonly port: number;
  /** Whether the first byte is TLS. */
  readonly isSecure: boolean;
}

/** @param url `ldap://` or `ldaps://` with host and port only */
export function directoryAddress(url: string): DirectoryAddress {
  const { protocol, hostname, port } = new URL(url);
  const isSecure = protocol === 'ldaps:';
  const host = decodeURIComponent(hostname.replace(/^\[(.*)\]$/, '$1'));
  return {
    // URLs of other schemes than those of the web keep other scripts as they are.
    host: /^\p{ASCII}*$/u.test(host) ? host : domainToASCII(host),
    port: port === '' ? (isSecure ? 636 : 389) : Number(port),
    isSecure,
  };
}
