// The sessions of whoever is calling: where else they are logged in, and the end of it.
import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import { AuditLog } from '../audit/index.js';
import { Database, loadStatement } from '../platform/database/index.js';
import { type Actor, decodeCursor, type Page, pageOf, type Principal } from '../platform/http/index.js';
import { authProblem } from './auth.problems.js';
import { endSessionsOf } from './ending-sessions.js';
import type { SessionDocument } from './own-account.schema.js';
import { SessionStandings } from './session-standings.js';

interface SessionRow {
  readonly id: string;
  readonly created_at: Date;
  readonly position: string;
  readonly last_used_at: Date;
  readonly expires_at: Date;
  readonly address: string | null;
  readonly client: string | null;
}

const cursorKey = z.tuple([z.iso.datetime({ precision: 6 }), z.uuid()]);

const listOwnSessions = loadStatement('list-own-sessions', import.meta.url);
const endOwnSession = loadStatement('end-own-session', import.meta.url);

@Injectable()
export class OwnSessionsService {
  constructor(
    private readonly database: Database,
    private readonly audit: AuditLog,
    private readonly standings: SessionStandings,
  ) {}

  async list(
    caller: Principal,
    page: { limit: number; after?: string | undefined },
  ): Promise<Page<SessionDocument>> {
    const [position, id] = page.after === undefined ? [] : decodeCursor(page.after, cursorKey);
    const rows = await this.database.query<SessionRow>(listOwnSessions, [
      caller.id,
      position ?? null,
      id ?? null,
      page.limit + 1,
    ]);
    return pageOf(
      rows,
      page.limit,
      (row) => ({
        id: row.id,
        createdAt: row.created_at.toISOString(),
        lastUsedAt: row.last_used_at.toISOString(),
        expiresAt: row.expires_at.toISOString(),
        address: row.address,
        client: row.client,
        isCurrent: row.id === caller.sessionId,
      }),
      (row) => [row.position, row.id],
    );
  }

  /** @throws Problem 404, for a session of somebody else too */
  async end(caller: Principal, id: string, actor: Actor): Promise<void> {
    await this.database.transact(async (transaction) => {
      const ended = await transaction.query(endOwnSession, [id, caller.id]);
      if (ended.length === 0) {
        throw authProblem.sessionNotFound(
          `You have no session ${id}. GET /api/v1/auth/sessions lists those you have.`,
        );
      }
      await this.audit.record(transaction, {
        actor,
        action: 'session.ended',
        objectType: 'operator',
        objectId: caller.id,
        after: { sessionId: id, reason: 'ended-by-owner' },
      });
      transaction.afterCommit(() => this.standings.forget(id));
    });
  }

  /** Ends every session of the caller, this one too. */
  async endAll(caller: Principal, actor: Actor): Promise<void> {
    await this.database.transact(async (transaction) => {
      const count = await endSessionsOf(transaction, caller.id, 'ended-by-owner');
      await this.audit.record(transaction, {
        actor,
        action: 'sessions.ended',
        objectType: 'operator',
        objectId: caller.id,
        after: { count, reason: 'ended-by-owner' },
      });
      transaction.afterCommit(() => this.standings.forgetAll());
    });
  }
}
