import type { Transaction } from '../../platform/database/index.js';
import type { QueuedState } from '../domain/operation-state.js';
import type { Failure, Held } from '../domain/outcome.js';
import type { Supersession } from '../domain/supersession.js';
import type { EnqueueChild } from '../operation-kind.js';

/** A head in this executor's hands. */
export interface ClaimedOperation {
  readonly laneId: number;
  readonly token: number;
  readonly targetId: number;
  readonly seq: number;
  readonly kind: string;
  readonly state: QueuedState;
  readonly attempts: number;
  readonly crashes: number;
  readonly createdAt: Date;
  /** Milliseconds since the first failure, by the database's clock. */
  readonly failingForMs: number;
  readonly subject: string;
  readonly payload: unknown;
  readonly actor: string;
  readonly requestId: string | null;
  readonly supersession: Supersession | null;
  readonly isGrouped: boolean;
  /** The lane's last place when it was claimed: what stands beyond it came later. */
  readonly laneTail: number;
}

/** An attempt that ended, waiting for its flush. */
export interface EndedAttempt {
  readonly operation: ClaimedOperation;
  readonly tookMs: number;
  /** Whether something may have been sent. */
  readonly hasSent: boolean;
  readonly result:
    | {
        readonly kind: 'executed';
        readonly summary: string;
        readonly settle?:
          ((transaction: Transaction, enqueue: EnqueueChild) => Promise<string | void>) | undefined;
      }
    | Failure
    | Held;
}

/** The columns of a head as the statements return them. */
export interface HeadRow {
  readonly lane_id: number;
  readonly seq: number | null;
  readonly kind: string;
  readonly state: QueuedState;
  readonly attempts: number;
  readonly crashes: number;
  readonly created_at: Date;
  readonly failing_for_ms: number | null;
  readonly subject: string;
  readonly payload: unknown;
  readonly actor: string;
  readonly request_id: string | null;
  readonly supersession: Supersession | null;
  readonly is_grouped: boolean;
}

export function toClaimed(
  row: HeadRow & { seq: number },
  lease: { token: number; targetId: number; laneTail: number },
): ClaimedOperation {
  return {
    laneId: row.lane_id,
    token: lease.token,
    targetId: lease.targetId,
    seq: row.seq,
    kind: row.kind,
    state: row.state,
    attempts: row.attempts,
    crashes: row.crashes,
    createdAt: row.created_at,
    failingForMs: row.failing_for_ms ?? 0,
    subject: row.subject,
    payload: row.payload,
    actor: row.actor,
    requestId: row.request_id,
    supersession: row.supersession,
    isGrouped: row.is_grouped,
    laneTail: lease.laneTail,
  };
}
