// Logging in. Nobody learns from the answer, nor from how long it takes, whether a login exists or is disabled.
import { setTimeout as pause } from 'node:timers/promises';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { AuditLog } from '../audit/index.js';
import { Clock } from '../platform/clock/index.js';
import { Database, type Transaction } from '../platform/database/index.js';
import { authProblem } from './auth.problems.js';
import type { DirectoryRealm } from './directory/account-lookup.js';
import { DirectoryLogins } from './directory/directory-logins.js';
import { restOfQuantum } from './domain/refusal-time.js';
import { LoginLimits } from './login-limits.js';
import { findOperatorByLogin } from './operator-by-login.js';
import { PasswordHashing } from './password-hashing.js';
import { PasswordUpgrade } from './password-upgrade.js';
import type { RequestOrigin } from './request-origin.js';
import type { LoginRequest, TokenPair } from './session.schema.js';
import { SessionService } from './session.service.js';

/** What a login came to: tokens, or a refusal of whom, where that is known. */
interface Outcome {
  readonly tokens?: TokenPair | undefined;
  readonly operatorId?: string | undefined;
}

/** What commits with the session. */
type Together = (transaction: Transaction) => Promise<void>;

/** Directories compare passwords in microseconds or in tenths of a second, depending on what they keep. */
const REFUSAL_QUANTUM_MS = 250;

@Injectable()
export class LoginService implements OnModuleInit {
  constructor(
    private readonly database: Database,
    private readonly audit: AuditLog,
    private readonly passwords: PasswordHashing,
    private readonly upgrade: PasswordUpgrade,
    private readonly sessions: SessionService,
    private readonly limits: LoginLimits,
    private readonly directory: DirectoryLogins,
    private readonly clock: Clock,
  ) {}

  async onModuleInit(): Promise<void> {
    await this.passwords.prepare();
  }

  /**
   * @throws Problem 401, the same for every reason; 422 when the realm is not configured; 429 after too many wrong
   * attempts; 503 when too many log in at once or the directory does not answer.
   */
  async login(request: LoginRequest, origin: RequestOrigin): Promise<TokenPair> {
    const cameAtMs = this.clock.monotonicMs();
    const { realm, login } = request;
    if (realm !== 'local') this.directory.requireRealm(realm);
    const attempt = { realm, login, address: origin.address };
    await this.limits.admit(attempt);
    const together = (transaction: Transaction): Promise<void> => this.limits.succeeded(attempt, transaction);
    let outcome: Outcome;
    let isPassedOn = false;
    try {
      outcome =
        realm === 'local'
          ? await this.#local(request, origin, together)
          : await this.#byDirectory(realm, request, origin, together, () => (isPassedOn = true));
    } catch (error) {
      // A directory that counts wrong passwords, but does not say so, must not see more of them.
      if (!isPassedOn) await this.limits.undecided(attempt);
      throw error;
    }
    if (outcome.tokens !== undefined) return outcome.tokens;
    await this.limits.refused(attempt);
    await this.#recordRefusal(outcome.operatorId, realm, origin);
    if (realm !== 'local')
      await pause(restOfQuantum(this.clock.monotonicMs() - cameAtMs, REFUSAL_QUANTUM_MS));
    throw authProblem.credentialsRefused(
      'Check both, and try again. An administrator can give you a new password or enable your login.',
      { headers: { 'www-authenticate': 'Bearer' } },
    );
  }

  async #local(
    { login: typed, password }: LoginRequest,
    origin: RequestOrigin,
    together: Together,
  ): Promise<Outcome> {
    const operator = await findOperatorByLogin(this.database, 'local', typed.toLowerCase());
    const passwordHash = operator?.passwordHash ?? undefined;
    const isRight = await this.passwords.verify(password, passwordHash);
    if (operator === undefined || passwordHash === undefined || !isRight || operator.isDisabled) {
      return { operatorId: operator?.id };
    }
    const tokens = await this.sessions.open(operator, origin, together);
    if (tokens !== undefined) await this.upgrade.afterLogin({ id: operator.id, passwordHash }, password);
    return { tokens, operatorId: operator.id };
  }

  async #byDirectory(
    realm: DirectoryRealm,
    { login, password }: LoginRequest,
    origin: RequestOrigin,
    together: Together,
    beforeBind: () => void,
  ): Promise<Outcome> {
    const found = await this.directory.check(realm, login, password, beforeBind);
    if (found === undefined) return { operatorId: (await this.directory.known(realm, login))?.id };
    if (found.operator.isDisabled) return { operatorId: found.operator.id };
    const tokens = await this.sessions.open(found.operator, origin, together, found.account);
    return { tokens, operatorId: found.operator.id };
  }

  /** What was typed as an unknown login is not kept: it may be a password in the wrong field. */
  async #recordRefusal(
    operatorId: string | undefined,
    realm: LoginRequest['realm'],
    { requestId, address }: RequestOrigin,
  ): Promise<void> {
    await this.database.transact((transaction) =>
      this.audit.record(transaction, {
        actor: { name: 'anonymous', requestId },
        action: 'login.refused',
        objectType: 'operator',
        objectId: operatorId ?? 'unknown',
        after: { realm, address },
      }),
    );
  }
}
