import { Injectable } from '@nestjs/common';
import { Database, loadStatement, type Transaction } from '../platform/database/index.js';
import type { RetryPolicy } from './domain/retry-schedule.js';
import { WakeUp } from './wake-up.js';

/** The target of work that needs nothing but the database; made by the migration. */
export const DATABASE_TARGET = 1;

export type TargetMode = 'synchronous' | 'asynchronous';

export interface Target {
  readonly id: number;
  readonly name: string;
  readonly mode: TargetMode;
  /** Operations that run on it at the same time, in one process. */
  readonly concurrency: number;
  readonly retry_policy: RetryPolicy;
}

const SWITCH_TO_ASYNCHRONOUS = loadStatement('switch-to-asynchronous', import.meta.url);
const OPEN_GATED_ASYNC = loadStatement('open-gated-async', import.meta.url);
const ADMIT_CREATED = loadStatement('admit-created', import.meta.url);
const RETRY_TARGET = loadStatement('retry-target', import.meta.url);
const OPEN_DUE_RETRIES = loadStatement('open-due-retries', import.meta.url);

export function listTargets(database: Database): Promise<Target[]> {
  return database.query<Target>(
    'select id, name, mode, concurrency, retry_policy from queue_targets order by id',
  );
}

/** What operations are sent to, and the gates of their lanes. */
@Injectable()
export class Targets {
  constructor(
    private readonly database: Database,
    private readonly wakeUp: WakeUp,
  ) {}

  async create(transaction: Transaction, target: Omit<Target, 'id'>): Promise<number> {
    const rows = await transaction.query<{ id: number }>(
      'insert into queue_targets (name, mode, concurrency, retry_policy) values ($1, $2, $3, $4) returning id',
      [target.name, target.mode, target.concurrency, target.retry_policy],
    );
    const id = rows[0]?.id;
    if (id === undefined) throw new Error(`The target ${target.name} was not stored.`);
    return id;
  }

  /** Switches between synchronous and asynchronous; what was accepted as synchronous stays so. */
  async setMode(transaction: Transaction, targetId: number, mode: TargetMode): Promise<void> {
    await transaction.query('update queue_targets set mode = $2 where id = $1', [targetId, mode]);
    if (mode === 'asynchronous') await transaction.query(SWITCH_TO_ASYNCHRONOUS, [targetId]);
    else await transaction.query(OPEN_GATED_ASYNC);
    transaction.afterCommit(() => this.wakeUp.announce(new Set([targetId])));
  }

  /** Tries everything that failed on the target again at once: its cause may be gone. */
  async retryNow(transaction: Transaction, targetId: number): Promise<void> {
    await transaction.query(RETRY_TARGET, [targetId]);
  }

  /** The tick of ProvisioningQueue; returns how many lanes were admitted. */
  async admitCreated(): Promise<number> {
    return this.#open(await this.database.query<{ target_id: number }>(ADMIT_CREATED));
  }

  /** The tick of RetryProvisioning; returns how many lanes were opened. */
  async openDueRetries(): Promise<number> {
    return this.#open(await this.database.query<{ target_id: number }>(OPEN_DUE_RETRIES));
  }

  /** Heals what a mode switch raced with; cheap when there is nothing. */
  async openMisplacedGates(): Promise<number> {
    return this.#open(await this.database.query<{ target_id: number }>(OPEN_GATED_ASYNC));
  }

  #open(rows: readonly { target_id: number }[]): number {
    this.wakeUp.announce(new Set(rows.map((row) => row.target_id)));
    return rows.length;
  }
}
