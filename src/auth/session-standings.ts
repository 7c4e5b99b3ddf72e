// Whether the session of an access token still stands. Asked on every request, so the answer is kept for a moment.
import { Injectable } from '@nestjs/common';
import { Clock } from '../platform/clock/index.js';
import { Database, loadStatement } from '../platform/database/index.js';
import type { Principal, Realm } from '../platform/http/index.js';
import { grantsOf } from './domain/roles.js';
import { IdentityLogins } from './identity-logins.js';

/** Milliseconds an answer is kept: how long a session that ended on another node can still be used on this one. */
const KEPT_MS = 5_000;
/** Answers kept at once; the oldest go first. */
const KEPT_COUNT = 10_000;

/** Who the session belongs to, as of now: the roles of the token itself may be old. */
export type Standing = Omit<Principal, 'sessionId'>;

interface StandingRow {
  readonly operator_id: string;
  readonly realm: Realm;
  readonly login: string;
  readonly display_name: string;
  readonly roles: string[];
  readonly permissions: string[];
  readonly identity_id: string | null;
}

const sessionStanding = loadStatement('session-standing', import.meta.url);

@Injectable()
export class SessionStandings {
  readonly #kept = new Map<string, { readonly askedAt: number; readonly answer: Promise<Standing | null> }>();

  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly identities: IdentityLogins,
  ) {}

  /**
   * Null when the session has ended or expired, does not exist, or its operator is disabled; also when the identity it
   * belongs to is disabled, gone or has another login.
   */
  async of(sessionId: string): Promise<Standing | null> {
    const now = this.clock.monotonicMs();
    const kept = this.#kept.get(sessionId);
    if (kept !== undefined && now - kept.askedAt < KEPT_MS) return kept.answer;
    // Timed from before the question: an answer is never older than it says.
    const entry = { askedAt: now, answer: this.#ask(sessionId) };
    this.#keep(sessionId, entry);
    try {
      return await entry.answer;
    } catch (error) {
      if (this.#kept.get(sessionId) === entry) this.#kept.delete(sessionId);
      throw error;
    }
  }

  /** On this node the session is asked about again at once. */
  forget(sessionId: string): void {
    this.#kept.delete(sessionId);
  }

  forgetAll(): void {
    this.#kept.clear();
  }

  async #ask(sessionId: string): Promise<Standing | null> {
    const [row] = await this.database.query<StandingRow>(sessionStanding, [sessionId]);
    if (row === undefined) return null;
    const { realm, login, roles, permissions, identity_id: identityId } = row;
    if (identityId !== null && (await this.identities.find(login))?.id !== identityId) return null;
    return {
      realm,
      id: row.operator_id,
      login,
      displayName: row.display_name,
      roles,
      grants: realm === 'service' ? permissions : grantsOf(roles),
      identityId,
    };
  }

  #keep(sessionId: string, entry: { askedAt: number; answer: Promise<Standing | null> }): void {
    this.#kept.delete(sessionId);
    this.#kept.set(sessionId, entry);
    if (this.#kept.size <= KEPT_COUNT) return;
    const [oldest] = this.#kept.keys();
    if (oldest !== undefined) this.#kept.delete(oldest);
  }
}
