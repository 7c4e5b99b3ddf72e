// Targets as people see them, and holding them: nothing begins on a held one until somebody lifts that.
import { Inject, Injectable } from '@nestjs/common';
import { z } from 'zod';
import { AuditLog } from '../audit/index.js';
import { Database, loadStatement, type Transaction } from '../platform/database/index.js';
import { type Actor, decodeCursor, type Page, pageOf } from '../platform/http/index.js';
import { cleanText } from './domain/clean-text.js';
import { queueSettings, type QueueSettings, queueTimes } from './queue.config.js';
import { queueProblems } from './queue.problems.js';
import { DATABASE_TARGET, type TargetHold, type TargetMode } from './target.js';
import { MOST_COUNTED } from './target-standings.js';
import type { HoldRequest, TargetListQuery, TargetResponse } from './targets.schema.js';
import { Targets } from './targets.service.js';

const LIVING_ROLES = loadStatement('living-roles', import.meta.url);
const SHOW_TARGETS = loadStatement('show-targets', import.meta.url);

interface TargetRow {
  readonly id: number;
  readonly name: string;
  readonly mode: TargetMode;
  readonly hold: TargetHold | null;
  readonly hold_reason: string | null;
  readonly held_at: Date | null;
  readonly held_by: string | null;
  readonly concurrency: number;
  readonly rate_per_second: number | null;
  readonly has_breaker: boolean;
  readonly breaker_open_until: Date | null;
  readonly breaker_trips: number;
  readonly breaker_reason: string | null;
  readonly leased: number;
  readonly lanes: Omit<TargetResponse['lanes'], 'leased'>;
  readonly now: Date;
}

interface HeldTarget {
  readonly name: string;
  readonly hold: TargetHold | null;
  readonly hold_reason: string | null;
}

@Injectable()
export class TargetHolds {
  constructor(
    private readonly database: Database,
    private readonly targets: Targets,
    private readonly audit: AuditLog,
    @Inject(queueSettings.token) private readonly settings: QueueSettings,
  ) {}

  async list({ limit, after }: TargetListQuery): Promise<Page<TargetResponse>> {
    const [from] = after === undefined ? [0] : decodeCursor(after, z.tuple([z.int()]));
    const rows = await this.#read(from, limit + 1, null);
    const workers = await this.#workers();
    return pageOf(
      rows,
      limit,
      (row) => toResponse(row, workers),
      (row) => [row.id],
    );
  }

  /** @throws Problem 404 */
  async get(id: number): Promise<TargetResponse> {
    const [row] = await this.#read(0, 1, id);
    if (!row) throw targetNotFound(id);
    return toResponse(row, await this.#workers());
  }

  /** Begins nothing on the target any more; what is in hand ends. @throws Problem 404, 409 */
  async hold(actor: Actor, id: number, { hold: kind, reason: given }: HoldRequest): Promise<void> {
    const reason = cleanText(given);
    await this.database.transact(async (transaction) => {
      const before = await lockTarget(transaction, id);
      if (kind === 'readonly' && id === DATABASE_TARGET)
        throw queueProblems.targetAlwaysWritten(
          `${before.name} is where Provost keeps everything: what is decided is written there.`,
        );
      await this.targets.setHold(transaction, id, { kind, reason, by: actor.name });
      await this.#record(transaction, actor, id, 'target.held', before, { hold: kind, reason });
    });
  }

  /** What it held goes on where it was. @throws Problem 404, 409 */
  async lift(actor: Actor, id: number): Promise<void> {
    await this.database.transact(async (transaction) => {
      const before = await lockTarget(transaction, id);
      if (before.hold === null)
        throw queueProblems.targetNotHeld(`${before.name} is not held: nothing waits for that.`);
      await this.targets.setHold(transaction, id, null);
      await this.#record(transaction, actor, id, 'target.released', before, { hold: null });
    });
  }

  #read(after: number, limit: number, id: number | null): Promise<TargetRow[]> {
    return this.database.query<TargetRow>(SHOW_TARGETS, [after, limit, id, MOST_COUNTED]);
  }

  async #workers(): Promise<number> {
    const { lease } = queueTimes(this.settings.timeFactor);
    const roles = await this.database.query<{ role: string; nodes: number }>(LIVING_ROLES, [lease]);
    return roles.find(({ role }) => role === 'worker')?.nodes ?? 0;
  }

  async #record(
    transaction: Transaction,
    actor: Actor,
    id: number,
    action: string,
    { hold, hold_reason: reason }: HeldTarget,
    after: unknown,
  ): Promise<void> {
    await this.audit.record(transaction, {
      actor,
      action,
      objectType: 'target',
      objectId: String(id),
      before: { hold, ...(reason === null ? {} : { reason }) },
      after,
    });
  }
}

/** @throws Problem 404, and 409 while a restored database is held: that is released as a whole */
async function lockTarget(transaction: Transaction, id: number): Promise<HeldTarget> {
  const [target] = await transaction.query<HeldTarget>(
    'select t.name, t.hold, t.hold_reason from queue_targets t where t.id = $1 for no key update',
    [id],
  );
  if (!target) throw targetNotFound(id);
  if (target.hold === 'restored')
    throw queueProblems.targetRestored(
      `${target.name} is held because the database was restored from a backup. Look at GET /api/v1/queue/restoration and release everything there.`,
    );
  return target;
}

function targetNotFound(id: number): Error {
  return queueProblems.targetNotFound(`There is no target ${id}. GET /api/v1/targets lists them.`);
}

function toResponse(row: TargetRow, workers: number): TargetResponse {
  return {
    id: row.id,
    name: row.name,
    mode: row.mode,
    hold:
      row.hold === null
        ? null
        : {
            kind: row.hold,
            reason: row.hold_reason,
            since: row.held_at?.toISOString() ?? null,
            by: row.held_by,
          },
    breaker: {
      state: breakerOf(row),
      until: row.breaker_open_until?.toISOString() ?? null,
      trips: row.breaker_trips,
      reason: row.breaker_reason,
    },
    concurrency: row.concurrency,
    ratePerSecond: row.rate_per_second,
    workers,
    lanes: { ...row.lanes, leased: Math.min(row.leased, MOST_COUNTED) },
  };
}

function breakerOf({
  has_breaker: hasBreaker,
  breaker_open_until: until,
  now,
}: TargetRow): TargetResponse['breaker']['state'] {
  if (!hasBreaker) return 'none';
  if (until === null) return 'closed';
  return until > now ? 'open' : 'half-open';
}
