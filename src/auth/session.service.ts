// Sessions: one a login, kept alive by refresh tokens that are each used once.
import { randomUUID } from 'node:crypto';
import { Inject, Injectable, Logger } from '@nestjs/common';
import { AuditLog } from '../audit/index.js';
import { Database, loadStatement, type Transaction } from '../platform/database/index.js';
import type { Actor, Principal, Realm } from '../platform/http/index.js';
import { AccessTokenIssuer } from './access-token-issuer.js';
import { type AuthSettings, authSettings } from './auth.config.js';
import { authProblem } from './auth.problems.js';
import { DirectoryLogins } from './directory/directory-logins.js';
import { decideRefresh, type RefreshDecision } from './domain/refresh-decision.js';
import { deleteDeadSessionsOf } from './ending-sessions.js';
import { LoginLimits } from './login-limits.js';
import { hashOpaqueToken, makeOpaqueToken } from './opaque-token.js';
import type { OperatorOfLogin } from './operator-by-login.js';
import type { RequestOrigin } from './request-origin.js';
import type { TokenPair } from './session.schema.js';
import { SessionStandings } from './session-standings.js';

interface RefreshTokenGiven {
  readonly refreshToken: string;
  readonly refreshExpiresIn: number;
}

interface PresentedTokenRow {
  readonly session_id: string;
  readonly generations_back: number;
  readonly seconds_since_rotation: number | null;
  readonly is_session_over: boolean;
  readonly directory_dn: string | null;
  readonly directory_uuid: string | null;
  readonly operator_id: string;
  readonly realm: Realm;
  readonly login: string;
  readonly roles: string[];
  readonly identity_id: string | null;
}

/** The entry of the directory that a password was checked with. */
interface SessionAccount {
  readonly dn: string;
  readonly uuid: string | null;
}

const insertSession = loadStatement('insert-session', import.meta.url);
const lockSessionOfToken = loadStatement('lock-session-of-token', import.meta.url);
const presentedToken = loadStatement('presented-token', import.meta.url);
const rotateRefreshToken = loadStatement('rotate-refresh-token', import.meta.url);
const endSession = loadStatement('end-session', import.meta.url);

/** The operator or the session is no longer what it was when it was looked at. */
class NotStoredError extends Error {
  override readonly name = 'NotStoredError';
}

@Injectable()
export class SessionService {
  readonly #log = new Logger('auth');

  constructor(
    private readonly database: Database,
    private readonly audit: AuditLog,
    private readonly standings: SessionStandings,
    private readonly issuer: AccessTokenIssuer,
    private readonly limits: LoginLimits,
    private readonly directory: DirectoryLogins,
    @Inject(authSettings.token) private readonly settings: AuthSettings,
  ) {}

  /**
   * Tokens of a new session, or undefined when `operator` was disabled or got another password meanwhile.
   * @param together what commits with it
   */
  async open(
    operator: OperatorOfLogin,
    origin: RequestOrigin,
    together: (transaction: Transaction) => Promise<void>,
    account?: SessionAccount,
  ): Promise<TokenPair | undefined> {
    const sessionId = randomUUID();
    try {
      const given = await this.database.transact(async (transaction) => {
        // None waits for another's answer; when there was no session to open, all of them are taken back.
        const [refreshToken] = await Promise.all([
          this.#insert(transaction, sessionId, operator, origin, account),
          deleteDeadSessionsOf(transaction, operator.id),
          this.audit.record(transaction, {
            actor: { name: `${operator.realm}:${operator.login}`, requestId: origin.requestId },
            action: 'session.opened',
            objectType: 'operator',
            objectId: operator.id,
            after: { sessionId, address: origin.address, client: origin.client },
          }),
          together(transaction),
        ]);
        return refreshToken;
      });
      return await this.#pair(operator, sessionId, given);
    } catch (error) {
      if (error instanceof NotStoredError) return undefined;
      throw error;
    }
  }

  #insert(
    transaction: Transaction,
    sessionId: string,
    operator: OperatorOfLogin,
    { address, client }: RequestOrigin,
    account: SessionAccount | undefined,
  ): Promise<RefreshTokenGiven> {
    const { refreshIdleSeconds, refreshAbsoluteSeconds } = this.settings;
    return giveRefreshToken((hash) =>
      transaction.query(insertSession, [
        sessionId,
        operator.id,
        hash,
        refreshIdleSeconds,
        refreshAbsoluteSeconds,
        address,
        client,
        account?.dn ?? null,
        account?.uuid ?? null,
        operator.passwordHash,
      ]),
    );
  }

  /**
   * Exchanges a refresh token for its successor and a new access token.
   * @throws Problem 401 when the token is not honoured; a stolen one ends its session first, and so does an account
   * that the directory no longer has. 503 when the directory does not answer: then nothing changes.
   */
  async refresh(refreshToken: string, origin: RequestOrigin): Promise<TokenPair> {
    const attempt = { realm: 'refresh', login: '', address: origin.address } as const;
    await this.limits.admit(attempt);
    const hash = hashOpaqueToken(refreshToken);
    const refreshed = await this.#rotate(hash, await this.#isAccountStanding(hash), origin);
    if (refreshed === undefined) {
      await this.limits.refused(attempt);
      throw authProblem.refreshRefused(
        'It was used already, has expired, or its session has ended. ' +
          'Use the newest token you were given, or log in again with POST /api/v1/auth/login.',
        { headers: { 'www-authenticate': 'Bearer error="invalid_token"' } },
      );
    }
    return this.#pair(refreshed.operator, refreshed.sessionId, refreshed.given);
  }

  async #rotate(
    hash: Buffer,
    isAccountStanding: boolean,
    { requestId, address, client }: RequestOrigin,
  ): Promise<
    { operator: { id: string; roles: string[] }; sessionId: string; given: RefreshTokenGiven } | undefined
  > {
    return this.database.transact(async (transaction) => {
      const locked = await transaction.query(lockSessionOfToken, [hash]);
      if (locked.length === 0) return undefined;
      const [presented] = await transaction.query<PresentedTokenRow>(presentedToken, [hash]);
      if (presented === undefined) return undefined;
      const decision = this.#decide(presented);
      if (decision === 'end-session')
        await this.#endByItself(transaction, presented, 'token-reuse', requestId);
      if (decision !== 'rotate') return undefined;
      if (!isAccountStanding) {
        await this.#endByItself(transaction, presented, 'account-changed', requestId);
        return undefined;
      }
      const { session_id: sessionId, operator_id: id, roles } = presented;
      const given = await giveRefreshToken((next) =>
        transaction.query(rotateRefreshToken, [
          sessionId,
          next,
          this.settings.refreshIdleSeconds,
          address,
          client,
        ]),
      );
      return { operator: { id, roles }, sessionId, given };
    });
  }

  #decide(presented: PresentedTokenRow): RefreshDecision {
    return decideRefresh(
      {
        isSessionOver: presented.is_session_over,
        generationsBack: presented.generations_back,
        secondsSinceRotation: presented.seconds_since_rotation,
      },
      this.settings.refreshGraceSeconds,
    );
  }

  /** Asked before the session is locked: the directory may take its time, or be away. */
  async #isAccountStanding(hash: Buffer): Promise<boolean> {
    const [presented] = await this.database.query<PresentedTokenRow>(presentedToken, [hash]);
    if (presented === undefined || this.#decide(presented) !== 'rotate') return true;
    const { realm, login, directory_dn: dn, directory_uuid: uuid, identity_id: identityId } = presented;
    if (dn === null || (realm !== 'dsa' && realm !== 'identity')) return true;
    return this.directory.isStanding(realm, { dn, uuid, login }, identityId);
  }

  /** Ends the caller's session: its refresh token now, its access tokens now here and within 5 s elsewhere. */
  async end(principal: Principal, actor: Actor): Promise<void> {
    await this.database.transact(async (transaction) => {
      const ended = await transaction.query(endSession, [principal.sessionId, 'logout']);
      if (ended.length === 0) return;
      await this.audit.record(transaction, {
        actor,
        action: 'session.ended',
        objectType: 'operator',
        objectId: principal.id,
        after: { sessionId: principal.sessionId, reason: 'logout' },
      });
    });
    this.standings.forget(principal.sessionId);
  }

  async #endByItself(
    transaction: Transaction,
    token: PresentedTokenRow,
    reason: 'token-reuse' | 'account-changed',
    requestId: string,
  ): Promise<void> {
    await transaction.query(endSession, [token.session_id, reason]);
    await this.audit.record(transaction, {
      actor: { name: 'anonymous', requestId },
      action: 'session.ended',
      objectType: 'operator',
      objectId: token.operator_id,
      after: { sessionId: token.session_id, reason },
    });
    transaction.afterCommit(() => {
      this.standings.forget(token.session_id);
      this.#log.warn(
        { operator: token.login, session_id: token.session_id, request_id: requestId },
        reason === 'token-reuse'
          ? 'a used refresh token came back, so its session was ended'
          : 'the directory no longer vouches for an account, so its session was ended',
      );
    });
  }

  async #pair(
    operator: { readonly id: string; readonly roles: readonly string[] },
    sessionId: string,
    given: RefreshTokenGiven,
  ): Promise<TokenPair> {
    return { ...(await this.issuer.issue(operator, sessionId)), tokenType: 'Bearer', ...given };
  }
}

/** Makes a refresh token, lets `store` keep its hash, and tells how long it lives. */
async function giveRefreshToken(store: (hash: Buffer) => Promise<unknown[]>): Promise<RefreshTokenGiven> {
  const token = makeOpaqueToken();
  const [stored] = (await store(token.hash)) as { refresh_expires_in: number }[];
  if (stored === undefined) throw new NotStoredError('The session was not stored.');
  return { refreshToken: token.text, refreshExpiresIn: stored.refresh_expires_in };
}
