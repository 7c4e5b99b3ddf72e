// The transaction that settles ended attempts, in PostgreSQL: one method a statement of sql/.
import { loadStatement, type Transaction } from '../../platform/database/index.js';
import { columns } from '../columns.js';
import type { OperationRef } from '../domain/operation-id.js';
import type { LaneState } from '../domain/operation-state.js';
import { announceEndings, type Ending } from '../enqueue/endings.js';
import { supersedeKept } from '../enqueue/supersede.js';
import type { NewOperation } from '../operation-kind.js';
import type { Queue } from '../queue.service.js';
import type {
  AttemptToRecord,
  FinishedRow,
  LeasedRef,
  OperationToFinish,
  OperationToKeep,
  Settling,
} from './queue-store.js';

const here = new URL('..', import.meta.url).href;
const FINISH_OPERATIONS = loadStatement('finish-operations', here);
const INSERT_ATTEMPTS = loadStatement('insert-attempts', here);
const KEEP_OPERATIONS = loadStatement('keep-operations', here);
const LOCK_ENDED = loadStatement('lock-ended', here);

export class PostgresSettling implements Settling {
  #ending: readonly OperationRef[] = [];

  constructor(
    readonly transaction: Transaction,
    private readonly queue: Queue,
  ) {}

  async lockOwned(executorId: number, refs: readonly LeasedRef[]): Promise<ReadonlySet<string>> {
    this.#ending = refs;
    const rows = await this.transaction.query<OwnedRow>(LOCK_ENDED, [
      executorId,
      ...columns(refs, ({ laneId, token, seq }) => [laneId, token, seq], 3),
    ]);
    return new Set(rows.map((row) => `${row.lane_id}-${row.seq}`));
  }

  enqueue(child: NewOperation, parent: OperationRef & { ordinal: number; isGrouped: boolean }): void {
    this.queue.enqueue(this.transaction, child, parent);
  }

  writeChildren(): Promise<void> {
    return this.queue.writeCollected(this.transaction, this.#ending);
  }

  finish(executorId: number, ended: readonly OperationToFinish[]): Promise<FinishedRow[]> {
    return this.transaction.query<FinishedRow>(FINISH_OPERATIONS, [
      executorId,
      ...columns(
        ended,
        ({ laneId, token, seq, state, result, attempts }) => [laneId, token, seq, state, result, attempts],
        6,
      ),
    ]);
  }

  async keep(
    executorId: number,
    kept: readonly OperationToKeep[],
  ): Promise<{ lane_id: number; state: LaneState }[]> {
    const rows = await this.transaction.query<KeptRow>(KEEP_OPERATIONS, [
      executorId,
      ...columns(
        kept,
        ({ laneId, token, seq, attempts, settlement, claimedTail, correctedState, holdMessage }) => [
          laneId,
          token,
          seq,
          settlement.state,
          attempts,
          settlement.lane,
          settlement.delayMs,
          claimedTail,
          correctedState,
          settlement.hold,
          settlement.counts,
          holdMessage,
        ],
        12,
      ),
    ]);
    const followed = rows.filter((row) => row.is_followed);
    const due = await supersedeKept(
      this.transaction,
      followed.map((row) => ({ laneId: row.lane_id, seq: row.seq })),
    );
    this.queue.wake(this.transaction, due);
    return rows;
  }

  async recordAttempts(executorId: number, attempts: readonly AttemptToRecord[]): Promise<void> {
    await this.transaction.query(INSERT_ATTEMPTS, [
      executorId,
      ...columns(
        attempts,
        ({ laneId, seq, attempt, outcome, code, message, tookMs }) => [
          laneId,
          seq,
          attempt,
          outcome,
          code,
          message,
          tookMs,
        ],
        7,
      ),
    ]);
  }

  async announce(endings: readonly Ending[]): Promise<void> {
    this.queue.wake(this.transaction, await announceEndings(this.transaction, endings));
  }
}

interface KeptRow {
  readonly lane_id: number;
  readonly seq: number;
  readonly state: LaneState;
  /** Whether the lane has more. */
  readonly is_followed: boolean;
}

interface OwnedRow {
  readonly lane_id: number;
  readonly seq: number;
}
