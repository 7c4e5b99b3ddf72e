// How identities are listed, and how one is locked.
import type { Database, Transaction } from '../platform/database/index.js';
import { foldedText, searchKey } from './domain/folded-text.js';
import { IdentityEntity } from './identity.entity.js';
import { noIdentity } from './registry.problems.js';

export interface IdentityFilter {
  readonly login?: string | undefined;
  /** The beginning of a login, surname or display name. */
  readonly q?: string | undefined;
  readonly roleId?: string | undefined;
  /** Only identities whose folded login comes after this one. */
  readonly after?: string | undefined;
  readonly limit: number;
}

/** In the order of their folded logins, one more than `limit` when there are more. */
export async function listIdentities(database: Database, filter: IdentityFilter): Promise<IdentityEntity[]> {
  const values: unknown[] = [];
  const bind = (value: unknown): string => `$${values.push(value)}`;
  const conditions = ['true'];
  if (filter.after !== undefined) conditions.push(`identity.login_folded > ${bind(filter.after)}`);
  if (filter.login !== undefined) {
    conditions.push(`identity.login_folded = ${bind(foldedText(filter.login))}`);
  }
  if (filter.q !== undefined) {
    const prefix = bind(searchKey(filter.q));
    const columns = ['login_folded', 'surname_folded', 'display_name_folded'];
    conditions.push(`(${columns.map((column) => `identity.${column} ^@ ${prefix}`).join(' or ')})`);
  }
  if (filter.roleId !== undefined) {
    conditions.push(`exists (
      select from registry_role_assignments assignment
      where assignment.role_id = ${bind(filter.roleId)} and assignment.identity_id = identity.id
    )`);
  }
  return database.query<IdentityEntity>(
    `select identity.id, identity.login, identity.login_folded as "loginFolded",
       identity.given_name as "givenName", identity.surname, identity.surname_folded as "surnameFolded",
       identity.display_name as "displayName", identity.display_name_folded as "displayNameFolded",
       identity.title, identity.email, identity.phone, identity.state, identity.version,
       identity.created_at as "createdAt", identity.updated_at as "updatedAt"
     from registry_identities identity
     where ${conditions.join(' and ')}
     order by identity.login_folded
     limit ${bind(filter.limit + 1)}`,
    values,
  );
}

/**
 * The identity, unchanged by anybody else until `transaction` ends. Whoever changes an identity, its assignments or its
 * form values locks it first. @throws Problem 404
 */
export async function lockIdentity(transaction: Transaction, id: string): Promise<IdentityEntity> {
  const identity = await transaction.manager.findOne(IdentityEntity, {
    where: { id },
    lock: { mode: 'for_no_key_update' },
  });
  if (identity === null) throw noIdentity(id);
  return identity;
}
