// The operator of a login, as much of it as logging in needs: asked at every login, so it is one prepared statement.
import { type Database, loadStatement } from '../platform/database/index.js';
import type { Realm } from '../platform/http/index.js';

export interface OperatorOfLogin {
  readonly realm: Realm;
  readonly login: string;
  readonly id: string;
  /** Null where the password is not kept here. */
  readonly passwordHash: string | null;
  readonly identityId: string | null;
  readonly directoryUuid: string | null;
  readonly roles: readonly string[];
  readonly isDisabled: boolean;
}

interface OperatorRow {
  readonly id: string;
  readonly password_hash: string | null;
  readonly identity_id: string | null;
  readonly directory_uuid: string | null;
  readonly roles: string[];
  readonly is_disabled: boolean;
}

const operatorByLogin = loadStatement('operator-by-login', import.meta.url);

/** @param login in the one form that all spellings of it have */
export async function findOperatorByLogin(
  database: Database,
  realm: Realm,
  login: string,
): Promise<OperatorOfLogin | undefined> {
  const [row] = await database.query<OperatorRow>(operatorByLogin, [realm, login]);
  if (row === undefined) return undefined;
  return {
    realm,
    login,
    id: row.id,
    passwordHash: row.password_hash,
    identityId: row.identity_id,
    directoryUuid: row.directory_uuid,
    roles: row.roles,
    isDisabled: row.is_disabled,
  };
}
