// Simple bind (RFC 4513 §5.1). Passwords are compared in constant time and appear in no message.
import { createHash, timingSafeEqual } from 'node:crypto';
import { anonymous } from './access.js';
import type { Identity } from './access.js';
import { LdapFailure, ResultCode } from './protocol/result.js';
import type { BindRequest } from './protocol/request.js';
import type { Rdn } from './schema/dn.js';
import type { DirectoryTree } from './tree/tree.js';

/** The one account that is no entry. */
export interface Administrator {
  readonly name: readonly Rdn[];
  readonly password: string;
}

/**
 * Who the client is from now on. Throws `LdapFailure` 49 for a wrong name or password, 53 for a name
 * without a password, 7 for SASL, 2 for another protocol version. `name` is the request's DN, parsed.
 */
export function authenticate(
  tree: DirectoryTree,
  administrator: Administrator,
  { version, password }: BindRequest,
  name: readonly Rdn[],
): Identity {
  if (version !== 3) throw new LdapFailure(ResultCode.protocolError, 'only LDAP version 3 is spoken here');
  if (password === undefined) {
    throw new LdapFailure(ResultCode.authMethodNotSupported, 'only simple bind is supported');
  }
  if (password.length === 0) {
    if (name.length === 0) return anonymous;
    const message = 'unauthenticated bind (DN with no password) disallowed';
    throw new LdapFailure(ResultCode.unwillingToPerform, message);
  }
  const dn = tree.schema.prettyName(name);
  if (tree.schema.normaliseName(name) === tree.schema.normaliseName(administrator.name)) {
    if (isSame(password, Buffer.from(administrator.password))) return { kind: 'administrator', dn };
  } else {
    const stored = tree.find(name)?.node?.entry.get('userPassword')?.values ?? [];
    if (stored.some((value) => isPassword(value, password))) return { kind: 'user', dn };
  }
  throw new LdapFailure(ResultCode.invalidCredentials);
}

/** Clear text, {SHA} or {SSHA} (RFC 2307 §5.3); no password matches another scheme. */
export function isPassword(stored: Buffer, given: Buffer): boolean {
  const [, scheme, encoded = ''] = /^\{([^}]*)\}(.*)$/s.exec(stored.toString()) ?? [];
  if (scheme === undefined) return isSame(stored, given);
  if (!/^S?SHA$/i.test(scheme)) return false;
  const bytes = Buffer.from(encoded, 'base64');
  const digest = bytes.subarray(0, 20);
  const salt = bytes.subarray(20);
  return isSame(digest, createHash('sha1').update(given).update(salt).digest());
}

function isSame(left: Buffer, right: Buffer): boolean {
  // Digests have equal lengths, which timingSafeEqual asks for.
  return timingSafeEqual(sha256(left), sha256(right));
}

function sha256(bytes: Buffer): Buffer {
  return createHash('sha256').update(bytes).digest();
}
