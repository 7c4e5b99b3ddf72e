// Whom an account of the directory is here: its operator, made at the first login. What people decide about that
// operator holds, whatever the directory says.
import { Inject, Injectable } from '@nestjs/common';
import { AuditLog } from '../../audit/index.js';
import { Database, loadStatement, type Transaction } from '../../platform/database/index.js';
import { Secret } from '../../platform/logging/index.js';
import { type AuthSettings, authSettings } from '../auth.config.js';
import { foldLogin } from '../domain/directory-account.js';
import type { Role } from '../domain/roles.js';
import { endSessionsOf } from '../ending-sessions.js';
import { IdentityLogins, type KnownIdentity } from '../identity-logins.js';
import { OperatorEntity } from '../operator.entity.js';
import { SessionStandings } from '../session-standings.js';
import type { DirectoryAccount, DirectoryRealm } from './account-lookup.js';
import { DirectoryAccounts } from './directory-accounts.js';

interface DirectoryLogin {
  readonly account: DirectoryAccount;
  readonly operator: OperatorEntity;
}

const APPROVER: readonly Role[] = ['approver'];

const adoptOperator = loadStatement('adopt-operator', import.meta.url);

@Injectable()
export class DirectoryLogins {
  constructor(
    private readonly database: Database,
    private readonly audit: AuditLog,
    private readonly accounts: DirectoryAccounts,
    private readonly identities: IdentityLogins,
    private readonly standings: SessionStandings,
    @Inject(authSettings.token) private readonly settings: AuthSettings,
  ) {}

  /** @throws Problem 422, the same for every login, where the realm is not configured */
  requireRealm(realm: DirectoryRealm): void {
    this.accounts.placeOf(realm);
  }

  /** The operator there already is for this login; for the record of a refusal. */
  async known(realm: DirectoryRealm, login: string): Promise<OperatorEntity | null> {
    return this.database.manager.findOneBy(OperatorEntity, { realm, login: foldLogin(login) });
  }

  /**
   * Undefined when the directory refuses, or the registry does not know the person.
   * @throws Problem 422, 503
   */
  async check(realm: DirectoryRealm, login: string, password: string): Promise<DirectoryLogin | undefined> {
    const account = await this.accounts.check(realm, login, new Secret(password));
    if (account === undefined) return undefined;
    const identity = realm === 'identity' ? await this.identities.find(account.login) : undefined;
    if (realm === 'identity' && identity === undefined) return undefined;
    const operator = await this.database.transact((transaction) =>
      this.#adopt(transaction, realm, account, identity),
    );
    return { account, operator };
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

  async #adopt(
    transaction: Transaction,
    realm: DirectoryRealm,
    { login, displayName }: DirectoryAccount,
    identity: KnownIdentity | undefined,
  ): Promise<OperatorEntity> {
    const roles = realm === 'dsa' ? this.settings.dsaRoles : APPROVER;
    const name = identity?.displayName ?? displayName;
    const made = await transaction.query(adoptOperator, [realm, login, name, roles, identity?.id ?? null]);
    const operator = await transaction.manager.findOneOrFail(OperatorEntity, {
      where: { realm, login },
      lock: { mode: 'pessimistic_write' },
    });
    if (made.length > 0) {
      await this.#record(transaction, 'operator.created', operator);
    } else if (identity !== undefined && operator.identityId !== identity.id) {
      await this.#hand(transaction, operator, identity);
    }
    return operator;
  }

  /** Another person has the login now: what the one before had is not theirs. That it is disabled holds. */
  async #hand(transaction: Transaction, operator: OperatorEntity, identity: KnownIdentity): Promise<void> {
    const before = { identityId: operator.identityId, roles: operator.roles };
    Object.assign(operator, {
      identityId: identity.id,
      displayName: identity.displayName,
      roles: [...APPROVER],
    });
    await transaction.manager.save(operator);
    await endSessionsOf(transaction, operator.id, 'account-changed');
    await this.#record(transaction, 'operator.changed', operator, before);
    transaction.afterCommit(() => this.standings.forgetAll());
  }

  async #record(
    transaction: Transaction,
    action: 'operator.created' | 'operator.changed',
    { id, realm, login, displayName, roles, identityId }: OperatorEntity,
    before?: unknown,
  ): Promise<void> {
    await this.audit.record(transaction, {
      actor: { name: 'system', requestId: null },
      action,
      objectType: 'operator',
      objectId: id,
      ...(before === undefined ? {} : { before }),
      after: { realm, login, displayName, roles, identityId },
    });
  }
}
