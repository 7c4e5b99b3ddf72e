// Whom an account of the directory is here: its operator, made at the first login. What people decide about that
// operator holds, whatever the directory says.
import { Injectable } from '@nestjs/common';
import { Database } from '../../platform/database/index.js';
import { Secret } from '../../platform/logging/index.js';
import { foldLogin, isSameEntry } from '../domain/directory-account.js';
import { IdentityLogins, type KnownIdentity } from '../identity-logins.js';
import { findOperatorByLogin, type OperatorOfLogin } from '../operator-by-login.js';
import type { DirectoryAccount, DirectoryRealm } from './account-lookup.js';
import { DirectoryAccounts } from './directory-accounts.js';
import { DirectoryOperators } from './directory-operators.js';

interface DirectoryLogin {
  readonly account: DirectoryAccount;
  readonly operator: OperatorOfLogin;
}

@Injectable()
export class DirectoryLogins {
  constructor(
    private readonly database: Database,
    private readonly accounts: DirectoryAccounts,
    private readonly identities: IdentityLogins,
    private readonly operators: DirectoryOperators,
  ) {}

  /** @throws Problem 422, the same for every login, where the realm is not configured */
  requireRealm(realm: DirectoryRealm): void {
    this.accounts.placeOf(realm);
  }

  /** The operator there already is for this login; for the record of a refusal. */
  async known(realm: DirectoryRealm, login: string): Promise<OperatorOfLogin | undefined> {
    return findOperatorByLogin(this.database, realm, foldLogin(login));
  }

  /**
   * Undefined when the directory refuses, or the registry does not know the person.
   * @param beforeBind called when the password is about to be passed on
   * @throws Problem 422, 503
   */
  async check(
    realm: DirectoryRealm,
    login: string,
    password: string,
    beforeBind: () => void,
  ): Promise<DirectoryLogin | undefined> {
    const account = await this.accounts.check(realm, login, new Secret(password), beforeBind);
    if (account === undefined) return undefined;
    const identity = realm === 'identity' ? await this.identities.find(account.login) : undefined;
    if (realm === 'identity' && identity === undefined) return undefined;
    const known = await findOperatorByLogin(this.database, realm, account.login);
    if (known !== undefined && isUpToDate(known, account, identity)) return { account, operator: known };
    const adopted = await this.database.transact((transaction) =>
      this.operators.adopt(transaction, { ...account, realm, identity }),
    );
    return { account, operator: adopted };
  }

  /** Whether the account of an open session still vouches for it. @throws Problem 422, 503 */
  async isStanding(
    realm: DirectoryRealm,
    account: Pick<DirectoryAccount, 'dn' | 'uuid' | 'login'>,
    identityId: string | null,
  ): Promise<boolean> {
    if ((await this.accounts.standing(realm, account)) === undefined) return false;
    return realm === 'dsa' || (await this.identities.find(account.login))?.id === identityId;
  }
}

/** Nothing to write down at this login, as at nearly all. */
function isUpToDate(
  { login, directoryUuid, identityId }: OperatorOfLogin,
  account: DirectoryAccount,
  identity: KnownIdentity | undefined,
): boolean {
  return (
    isSameEntry({ uuid: directoryUuid, login }, account) &&
    (identity === undefined || identityId === identity.id)
  );
}
