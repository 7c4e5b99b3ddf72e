// Logging in. Nobody learns from the answer, nor from how long it takes, whether a login exists or is disabled.
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { AuditLog } from '../audit/index.js';
import { Database } from '../platform/database/index.js';
import { authProblem } from './auth.problems.js';
import { OperatorEntity } from './operator.entity.js';
import { PasswordHashing } from './password-hashing.js';
import type { LoginRequest, TokenPair } from './session.schema.js';
import { SessionService } from './session.service.js';

@Injectable()
export class LoginService implements OnModuleInit {
  constructor(
    private readonly database: Database,
    private readonly audit: AuditLog,
    private readonly passwords: PasswordHashing,
    private readonly sessions: SessionService,
  ) {}

  async onModuleInit(): Promise<void> {
    await this.passwords.prepare();
  }

  /** @throws Problem 401, the same for every reason; 503 when too many log in at once. */
  async login(request: LoginRequest, requestId: string): Promise<TokenPair> {
    const operator = await this.database.manager.findOneBy(OperatorEntity, { login: request.login });
    const isRight = await this.passwords.verify(request.password, operator?.passwordHash);
    const tokens =
      operator !== null && isRight && !operator.isDisabled
        ? await this.sessions.open(operator, requestId)
        : undefined;
    if (tokens !== undefined) return tokens;
    await this.#recordRefusal(operator?.id, requestId);
    throw authProblem.credentialsRefused(
      'Check both, and try again. An administrator can give you a new password or enable your login.',
      { headers: { 'www-authenticate': 'Bearer' } },
    );
  }

  /** What was typed as an unknown login is not kept: it may be a password in the wrong field. */
  async #recordRefusal(operatorId: string | undefined, requestId: string): Promise<void> {
    await this.database.transact((transaction) =>
      this.audit.record(transaction, {
        actor: { name: 'anonymous', requestId },
        action: 'login.refused',
        objectType: 'operator',
        objectId: operatorId ?? 'unknown',
      }),
    );
  }
}
