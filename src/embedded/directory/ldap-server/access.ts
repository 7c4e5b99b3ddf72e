// Who a connection is, and what that allows: everybody may read the server's own description,
// those who have logged in may read the tree, the administrator may write it.
import { LdapFailure, ResultCode } from './protocol/result.js';
import type { AttributeType } from './schema/schema.js';

/** Who may change the tree. */
export interface Writer {
  readonly kind: 'administrator';
  readonly dn: string;
}

/** Whose requests a connection carries. */
export type Identity =
  { readonly kind: 'anonymous' } | { readonly kind: 'user'; readonly dn: string } | Writer;

export const anonymous: Identity = { kind: 'anonymous' };

/** Throws `LdapFailure` 8 for an anonymous client, 50 for one that is not the administrator. */
export function requireWriter(identity: Identity): Writer {
  if (identity.kind === 'administrator') return identity;
  if (identity.kind === 'user') throw new LdapFailure(ResultCode.insufficientAccessRights);
  throw new LdapFailure(ResultCode.strongerAuthRequired, 'modifications require authentication');
}

/** Throws 32 without a word for an anonymous client: it may not learn which entries exist. */
export function requireReadAccess(identity: Identity): void {
  if (identity.kind === 'anonymous') throw new LdapFailure(ResultCode.noSuchObject);
}

/** Passwords are for the administrator's eyes only, in whatever form they are stored. */
export function maySee(identity: Identity, type: AttributeType): boolean {
  return identity.kind === 'administrator' || type.name !== 'userPassword';
}
