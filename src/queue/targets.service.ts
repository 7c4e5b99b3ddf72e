import { Injectable } from '@nestjs/common';
import { Database, loadStatement, type Transaction } from '../platform/database/index.js';
import { reopenMembers } from './enqueue/endings.js';
import type { RetryChoice, TargetHold, TargetMode } from './target.js';
import { WakeUp } from './wake-up.js';

const ADMIT_CREATED = loadStatement('admit-created', import.meta.url);
const LIFT_LANES = loadStatement('lift-lanes', import.meta.url);
const OPEN_DUE_RETRIES = loadStatement('open-due-retries', import.meta.url);
const OPEN_GATED_ASYNC = loadStatement('open-gated-async', import.meta.url);
const RESET_BREAKER = loadStatement('reset-breaker', import.meta.url);
const RETRY_TARGET = loadStatement('retry-target', import.meta.url);
const SWITCH_TO_ASYNCHRONOUS = loadStatement('switch-to-asynchronous', import.meta.url);

/** Holds of a lane that come from its target's; the others have a cause of their own. */
const LIFTED_WITH_TARGET: readonly TargetHold[] = ['disabled', 'maintenance', 'readonly', 'restored'];

/** More than these take longer than a request may; a tick goes on with the next ones, a sweep with what was lifted. */
const LANES_AT_ONCE = 5_000;

export interface TargetSettings {
  readonly name: string;
  /** Attempts at the same time over all nodes. */
  readonly concurrency: number;
  readonly retryPolicy: RetryChoice;
  /** Attempts a second over all nodes; null without a limit. */
  readonly ratePerSecond?: number | null;
}

/** What operations are sent to, and the gates of their lanes. */
@Injectable()
export class Targets {
  constructor(
    private readonly database: Database,
    private readonly wakeUp: WakeUp,
  ) {}

  async create(transaction: Transaction, mode: TargetMode, settings: TargetSettings): Promise<number> {
    const rows = await transaction.query<{ id: number }>(
      `insert into queue_targets (name, mode, concurrency, retry_policy, retry_settings, rate_per_second, burst)
       values ($1, $2, $3, $4, $5, $6, $7) returning id`,
      [settings.name, mode, ...valuesOf(settings)],
    );
    const id = rows[0]?.id;
    if (id === undefined) throw new Error(`The target ${settings.name} was not stored.`);
    return id;
  }

  async change(transaction: Transaction, targetId: number, settings: TargetSettings): Promise<void> {
    await transaction.query(
      `update queue_targets set name = $2, concurrency = $3, retry_policy = $4, retry_settings = $5, rate_per_second = $6,
         burst = $7
       where id = $1`,
      [targetId, settings.name, ...valuesOf(settings)],
    );
  }

  /** Switches between synchronous and asynchronous; what was accepted as synchronous stays so. */
  async setMode(transaction: Transaction, targetId: number, mode: TargetMode): Promise<void> {
    await transaction.query('update queue_targets set mode = $2 where id = $1', [targetId, mode]);
    if (mode === 'asynchronous') await transaction.query(SWITCH_TO_ASYNCHRONOUS, [targetId]);
    else await transaction.query(OPEN_GATED_ASYNC);
    this.#wakeAfter(transaction, targetId);
  }

  /** Begins nothing on a target any more, or lifts that with null: what it held goes on where it was. */
  async setHold(
    transaction: Transaction,
    targetId: number,
    hold: { readonly kind: TargetHold; readonly reason: string; readonly by: string } | null,
  ): Promise<void> {
    await transaction.query(
      `update queue_targets set hold = $2, hold_reason = $3, held_by = $4,
         held_at = case when $2::text is null then null else now() end
       where id = $1`,
      [targetId, hold?.kind ?? null, hold?.reason ?? null, hold?.by ?? null],
    );
    const lifted = LIFTED_WITH_TARGET.filter((kind) => kind !== hold?.kind);
    await transaction.query(LIFT_LANES, [targetId, lifted, LANES_AT_ONCE]);
    this.#wakeAfter(transaction, targetId);
  }

  /** Tries everything that failed on the target again at once: its cause may be gone. */
  async retryNow(transaction: Transaction, targetId: number): Promise<void> {
    await transaction.query(RESET_BREAKER, [targetId]);
    const lanes = await transaction.query<{ id: number }>(RETRY_TARGET, [targetId]);
    await reopenMembers(
      transaction,
      lanes.map(({ id }) => id),
    );
  }

  /** The tick of ProvisioningQueue; returns how many lanes were admitted. */
  async admitCreated(): Promise<number> {
    let admitted = 0;
    for (let after = 0; ;) {
      const rows = await this.database.query<{ target_id: number; id: number }>(ADMIT_CREATED, [
        after,
        LANES_AT_ONCE,
      ]);
      admitted += this.#open(rows);
      if (rows.length < LANES_AT_ONCE) return admitted;
      after = Math.max(...rows.map(({ id }) => id));
    }
  }

  /** The tick of RetryProvisioning; returns how many lanes were opened. */
  async openDueRetries(): Promise<number> {
    let opened = 0;
    for (;;) {
      const rows = await this.database.query<{ target_id: number }>(OPEN_DUE_RETRIES, [LANES_AT_ONCE]);
      opened += this.#open(rows);
      if (rows.length < LANES_AT_ONCE) return opened;
    }
  }

  #open(rows: readonly { target_id: number }[]): number {
    this.wakeUp.announce(new Set(rows.map((row) => row.target_id)));
    return rows.length;
  }

  #wakeAfter(transaction: Transaction, targetId: number): void {
    transaction.afterCommit(() => this.wakeUp.announce(new Set([targetId])));
  }
}

function valuesOf({ concurrency, retryPolicy, ratePerSecond }: TargetSettings): unknown[] {
  const isNamed = typeof retryPolicy === 'string';
  return [
    concurrency,
    isNamed ? retryPolicy : 'custom',
    isNamed ? null : JSON.stringify(retryPolicy),
    ratePerSecond ?? null,
    // What half a second brings: as long as a worker sleeps when it found no token.
    Math.max(1, Math.ceil((ratePerSecond ?? 0) / 2)),
  ];
}
