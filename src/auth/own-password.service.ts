// A person changes the password that Provost keeps for them. Whoever only holds a token cannot: the old one is asked for,
// and guesses count as wrong logins.
import { Injectable } from '@nestjs/common';
import { AuditLog } from '../audit/index.js';
import { Database } from '../platform/database/index.js';
import { type Actor, type Principal, problem } from '../platform/http/index.js';
import { authProblem } from './auth.problems.js';
import { normalizePassword } from './domain/password.js';
import { endSessionsOf } from './ending-sessions.js';
import { LoginLimits } from './login-limits.js';
import { OperatorEntity } from './operator.entity.js';
import type { ChangePasswordRequest } from './own-account.schema.js';
import { PasswordHashing } from './password-hashing.js';
import { requireGoodPassword } from './password-rules.js';
import type { RequestOrigin } from './request-origin.js';
import { SessionStandings } from './session-standings.js';

@Injectable()
export class OwnPasswordService {
  constructor(
    private readonly database: Database,
    private readonly audit: AuditLog,
    private readonly passwords: PasswordHashing,
    private readonly limits: LoginLimits,
    private readonly standings: SessionStandings,
  ) {}

  /**
   * Every other session of the caller ends.
   * @throws Problem 400, 409 when the password is kept elsewhere, 422 when the current one is wrong, 429, 503
   */
  async change(
    caller: Principal,
    { currentPassword, newPassword }: ChangePasswordRequest,
    actor: Actor,
    { address }: RequestOrigin,
  ): Promise<void> {
    if (caller.realm !== 'local') {
      throw authProblem.passwordElsewhere(
        `Provost keeps no password of ${caller.realm}:${caller.login}. Change it where it is kept.`,
      );
    }
    requireGoodPassword(newPassword, caller.login, '/newPassword');
    requireAnother(currentPassword, newPassword);
    const attempt = { realm: 'local', login: caller.login, address } as const;
    await this.limits.admit(attempt);
    let isChanged: boolean;
    try {
      isChanged = await this.#change(caller, currentPassword, newPassword, actor);
    } catch (error) {
      await this.limits.undecided(attempt);
      throw error;
    }
    if (isChanged) return this.limits.succeeded(attempt);
    await this.limits.refused(attempt);
    throw authProblem.currentPasswordWrong('Enter the password you log in with. Nothing was changed.', {
      errors: [{ pointer: '/currentPassword', detail: 'is not right' }],
    });
  }

  async #change(
    caller: Principal,
    currentPassword: string,
    newPassword: string,
    actor: Actor,
  ): Promise<boolean> {
    const operator = await this.database.manager.findOneBy(OperatorEntity, { id: caller.id });
    const currentHash = operator?.passwordHash ?? undefined;
    const isRight = await this.passwords.verify(currentPassword, currentHash);
    const newHash = isRight ? await this.passwords.hash(newPassword) : undefined;
    return this.database.transact(async (transaction) => {
      // Not when the password was changed meanwhile: then another one is the current.
      const changed =
        newHash === undefined
          ? []
          : await transaction.query(
              `update auth_operators set password_hash = $3, version = version + 1
               where id = $1 and password_hash = $2 returning id`,
              [caller.id, currentHash, newHash],
            );
      const isChanged = changed.length > 0;
      if (isChanged) {
        await endSessionsOf(transaction, caller.id, 'password-changed', caller.sessionId);
        transaction.afterCommit(() => this.standings.forgetAll());
      }
      await this.audit.record(transaction, {
        actor,
        action: isChanged ? 'operator.changed' : 'login.refused',
        objectType: 'operator',
        objectId: caller.id,
        after: isChanged ? { isPasswordChanged: true } : { realm: caller.realm, reason: 'current-password' },
      });
      return isChanged;
    });
  }
}

/** Compared as they were typed: whether the current one is right is not told by it. @throws Problem 400 */
function requireAnother(currentPassword: string, newPassword: string): void {
  if (normalizePassword(newPassword) !== normalizePassword(currentPassword)) return;
  const detail = 'is the password you already have; choose another';
  throw problem.invalidRequest(`/newPassword: ${detail}.`, { errors: [{ pointer: '/newPassword', detail }] });
}
