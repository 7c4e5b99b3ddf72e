// The first administrator of a new installation. There is no default password: who can read the start-up log, sets it.
import { Injectable } from '@nestjs/common';
import { Database, loadStatement } from '../platform/database/index.js';
import { isProblem } from '../platform/http/index.js';
import { authProblem } from './auth.problems.js';
import { hashOpaqueToken, makeOpaqueToken } from './opaque-token.js';
import type { OperatorEntity } from './operator.entity.js';
import type { SetupRequest } from './operator.schema.js';
import { OperatorsService } from './operators.service.js';
import { PasswordHashing } from './password-hashing.js';
import { requireGoodPassword } from './password-rules.js';
import type { RequestOrigin } from './request-origin.js';
import { LoginLimits } from './login-limits.js';

const replaceSetupToken = loadStatement('replace-setup-token', import.meta.url);
const takeSetupToken = loadStatement('take-setup-token', import.meta.url);

@Injectable()
export class SetupService {
  constructor(
    private readonly database: Database,
    private readonly operators: OperatorsService,
    private readonly passwords: PasswordHashing,
    private readonly limits: LoginLimits,
  ) {}

  /**
   * A token, valid for 24 hours and one use, that makes the first administrator; null once somebody has a password here.
   * Replaces the token of an earlier start. The caller shows it to whoever started the service, and to nobody else.
   */
  async issueSetupToken(): Promise<string | null> {
    const token = makeOpaqueToken();
    const stored = await this.database.query(replaceSetupToken, [token.hash]);
    return stored.length > 0 ? token.text : null;
  }

  /** @throws Problem 401 when the token is not valid; 409 when there is an operator already; 429 */
  async complete(request: SetupRequest, { requestId, address }: RequestOrigin): Promise<OperatorEntity> {
    const attempt = { realm: 'setup', login: '', address } as const;
    await this.limits.admit(attempt);
    try {
      const operator = await this.#complete(request, requestId);
      await this.limits.succeeded(attempt);
      return operator;
    } catch (error) {
      await (isProblem(error) && error.status === 401
        ? this.limits.refused(attempt)
        : this.limits.undecided(attempt));
      throw error;
    }
  }

  async #complete(request: SetupRequest, requestId: string): Promise<OperatorEntity> {
    const tokenHash = hashOpaqueToken(request.token);
    // Before hashing a password: strangers must not make the machine work.
    const known = await this.database.query(
      'select from auth_setup_tokens where token_hash = $1 and expires_at > clock_timestamp()',
      [tokenHash],
    );
    if (known.length === 0) throw await this.#refusal();
    requireGoodPassword(request.password, request.login, '/password');
    const passwordHash = await this.passwords.hash(request.password);
    const created = await this.database.transact(async (transaction) => {
      const taken = await transaction.query(takeSetupToken, [tokenHash]);
      if (taken.length === 0) return undefined;
      const administrator = {
        login: request.login,
        displayName: request.login,
        passwordHash,
        roles: ['administrator'] as const,
      };
      return this.operators.insert(transaction, administrator, { name: 'setup', requestId });
    });
    if (created === undefined) throw await this.#refusal();
    return created;
  }

  async #refusal(): Promise<Error> {
    const operators = await this.database.query("select from auth_operators where realm = 'local' limit 1");
    return operators.length > 0
      ? authProblem.setupDone(
          'There is an operator already. Log in, and create further ones as an administrator.',
        )
      : authProblem.setupTokenRefused(
          'It is wrong or older than 24 hours. Each start of the service writes a new one to its log: use the newest.',
          { headers: { 'www-authenticate': 'Bearer' } },
        );
  }
}
