// The operator of an account of the directory. It belongs to whom it was made for, not to a login: a login can be
// renamed, given away and taken over, and none of that gives anybody the roles of somebody else.
import { Inject, Injectable } from '@nestjs/common';
import { AuditLog } from '../../audit/index.js';
import type { Transaction } from '../../platform/database/index.js';
import { type AuthSettings, authSettings } from '../auth.config.js';
import { type EntryName, isSameEntry } from '../domain/directory-account.js';
import type { Role } from '../domain/roles.js';
import { endSessionsOf } from '../ending-sessions.js';
import type { KnownIdentity } from '../identity-logins.js';
import { OperatorEntity } from '../operator.entity.js';
import { SessionStandings } from '../session-standings.js';
import type { DirectoryAccount, DirectoryRealm } from './account-lookup.js';

/** Who has just proved who they are. */
export interface ProvenAccount extends DirectoryAccount {
  readonly realm: DirectoryRealm;
  /** In the realm `identity`. */
  readonly identity: KnownIdentity | undefined;
}

type Reason = 'login-changed' | 'entry-replaced' | 'login-taken-over';

const APPROVER: readonly Role[] = ['approver'];
/** Of the database: one account is taken in at a time, because one may take the login of another. */
const ADOPTION_LOCK = 7_266_021;

@Injectable()
export class DirectoryOperators {
  constructor(
    private readonly audit: AuditLog,
    private readonly standings: SessionStandings,
    @Inject(authSettings.token) private readonly settings: AuthSettings,
  ) {}

  /** Makes the operator of an account, or brings it up to date. What people decided about it holds. */
  async adopt(transaction: Transaction, account: ProvenAccount): Promise<OperatorEntity> {
    await transaction.query('select pg_advisory_xact_lock($1)', [ADOPTION_LOCK]);
    const { realm, login, uuid, identity } = account;
    const meant = await transaction.manager.find(OperatorEntity, {
      where: [
        { realm, login },
        ...(identity === undefined ? [] : [{ realm, identityId: identity.id }]),
        ...(uuid === null ? [] : [{ realm, directoryUuid: uuid }]),
      ],
      order: { id: 'ASC' },
      lock: { mode: 'pessimistic_write' },
    });
    const byLogin = meant.find((each) => each.login === login);
    const own =
      identity === undefined
        ? (meant.find((each) => each.directoryUuid !== null && each.directoryUuid === uuid) ?? byLogin)
        : meant.find((each) => each.identityId === identity.id);
    // Whoever an administrator shut out does not come back as somebody new with the same entry.
    const isDisabled = meant.some((each) => each.isDisabled && isSameEntry(entryOf(each), account));
    if (byLogin !== undefined && byLogin !== own) await this.#displace(transaction, byLogin);
    if (own !== undefined) return this.#renew(transaction, own, account);
    return this.#make(transaction, account, isDisabled);
  }

  async #make(
    transaction: Transaction,
    account: ProvenAccount,
    isDisabled: boolean,
  ): Promise<OperatorEntity> {
    const { realm, login, uuid, identity } = account;
    const operator = await transaction.manager.save(
      transaction.manager.create(OperatorEntity, {
        realm,
        login,
        displayName: nameOf(account),
        passwordHash: null,
        identityId: identity?.id ?? null,
        directoryUuid: uuid,
        roles: this.#firstRoles(realm),
        isDisabled,
      }),
    );
    await this.#record(transaction, operator);
    return operator;
  }

  /** A new login of the same entry is carried over. Another entry has only what a new account has. */
  async #renew(
    transaction: Transaction,
    operator: OperatorEntity,
    account: ProvenAccount,
  ): Promise<OperatorEntity> {
    const { realm, login, uuid } = account;
    const isSame = isSameEntry(entryOf(operator), account);
    if (isSame && operator.login === login) return operator;
    const before = auditable(operator);
    Object.assign(operator, { login, directoryUuid: uuid });
    if (!isSame) Object.assign(operator, { roles: this.#firstRoles(realm), displayName: nameOf(account) });
    return this.#change(transaction, operator, before, isSame ? 'login-changed' : 'entry-replaced');
  }

  /** Keeps its roles and whether it is disabled, and gets a login again when its own identity or entry logs in. */
  async #displace(transaction: Transaction, operator: OperatorEntity): Promise<void> {
    const before = auditable(operator);
    // Nobody can type it: logins are compared in lower case.
    operator.login = `FORMER ${operator.id}`;
    await this.#change(transaction, operator, before, 'login-taken-over');
  }

  async #change(
    transaction: Transaction,
    operator: OperatorEntity,
    before: object,
    reason: Reason,
  ): Promise<OperatorEntity> {
    const saved = await transaction.manager.save(operator);
    await endSessionsOf(transaction, saved.id, 'account-changed');
    await this.#record(transaction, saved, { before, reason });
    transaction.afterCommit(() => this.standings.forgetAll());
    return saved;
  }

  #firstRoles(realm: DirectoryRealm): Role[] {
    return [...(realm === 'dsa' ? this.settings.dsaRoles : APPROVER)];
  }

  async #record(
    transaction: Transaction,
    operator: OperatorEntity,
    change?: { readonly before: object; readonly reason: Reason },
  ): Promise<void> {
    const { before, ...reason } = change ?? {};
    await this.audit.record(transaction, {
      actor: { name: 'system', requestId: null },
      action: change === undefined ? 'operator.created' : 'operator.changed',
      objectType: 'operator',
      objectId: operator.id,
      ...(before === undefined ? {} : { before }),
      after: { ...auditable(operator), ...reason },
    });
  }
}

function nameOf({ identity, displayName }: ProvenAccount): string {
  return identity?.displayName ?? displayName;
}

function entryOf({ directoryUuid: uuid, login }: OperatorEntity): EntryName {
  return { uuid, login };
}

function auditable({
  realm,
  login,
  displayName,
  roles,
  identityId,
  directoryUuid,
  isDisabled,
}: OperatorEntity): object {
  return { realm, login, displayName, roles: [...roles], identityId, directoryUuid, isDisabled };
}
