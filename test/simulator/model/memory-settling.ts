// A settlement in memory: the statements of one flush, and the end of all of them together.
import { Transaction } from '../../../src/platform/database/index.js';
import type { OperationRef } from '../../../src/queue/domain/operation-id.js';
import type { LaneState } from '../../../src/queue/domain/operation-state.js';
import type { Collected } from '../../../src/queue/enqueue/collected.js';
import type { Ending } from '../../../src/queue/enqueue/endings.js';
import type { NewOperation } from '../../../src/queue/operation-kind.js';
import type { OperationKinds } from '../../../src/queue/operation-kinds.js';
import type { HeadRow } from '../../../src/queue/worker/claimed-operation.js';
import type {
  AttemptToRecord,
  FinishedRow,
  LeasedRef,
  OperationToFinish,
  OperationToKeep,
  Settling,
} from '../../../src/queue/worker/queue-store.js';
import { gateOf } from '../../../src/queue/domain/gate.js';
import { writeCollected } from './enqueue.js';
import { announceEndings, isWaiting, readyTargets } from './gates.js';
import { supersedeKept } from './supersede.js';
import { keyOf, type Lane, type Operation, type Tables } from './tables.js';

/** Carries what hangs on a transaction; there is no database behind it. */
export class MemoryTransaction extends Transaction {
  constructor() {
    super(null as never, () => {
      throw new Error('A simulated transaction has no TypeORM.');
    });
  }
}

export interface SettlingDependencies {
  readonly tables: Tables;
  readonly kinds: OperationKinds;
  readonly wake: (targetIds: readonly number[]) => void;
  /** Whether some other transaction has the lane's row right now. */
  readonly isRowHeld: (laneId: number) => boolean;
  /** Told of every operation whose outcome is written. */
  readonly onSettled?: (executorId: number, ref: OperationRef) => void;
}

export class MemorySettling implements Settling {
  readonly transaction = new MemoryTransaction();
  readonly #children: Collected[] = [];
  readonly #woken: number[] = [];

  constructor(protected readonly deps: SettlingDependencies) {}

  /** Call once the transaction has committed. */
  afterCommit(): void {
    this.deps.wake(this.#woken);
  }

  async lockOwned(executorId: number, refs: readonly LeasedRef[]): Promise<ReadonlySet<string>> {
    const { tables } = this.deps;
    if (!tables.isAlive(executorId)) return new Set();
    return new Set(
      refs
        .filter((ref) => this.owned(executorId, ref) && tables.find(ref.laneId, ref.seq))
        .map((ref) => keyOf(ref)),
    );
  }

  enqueue(operation: NewOperation, parent: OperationRef & { ordinal: number; isGrouped: boolean }): void {
    this.#children.push({ operation, payload: JSON.stringify(operation.payload), parent });
  }

  async writeChildren(): Promise<void> {
    const { targets } = writeCollected(this.deps.tables, this.#children.splice(0), this.deps.kinds);
    this.#woken.push(...targets);
  }

  async finish(executorId: number, ended: readonly OperationToFinish[]): Promise<readonly FinishedRow[]> {
    const { tables } = this.deps;
    const rows: FinishedRow[] = [];
    for (const one of ended) {
      const lane = this.owned(executorId, one);
      if (!lane) continue;
      const operation = tables.find(one.laneId, one.seq);
      if (operation) {
        this.deps.onSettled?.(executorId, operation);
        tables.end(operation, {
          state: one.state as 'EXECUTED',
          attempts: one.attempts,
          result: one.result,
          executorId,
        });
        if (operation.isGrouped || operation.isAwaited)
          rows.push({
            what: 'ended',
            lane_id: lane.id,
            seq: one.seq,
            state: one.state,
            is_grouped: operation.isGrouped,
            is_awaited: operation.isAwaited,
          });
      }
      const next = this.#after(lane, one.seq);
      if (next && next.seq <= lane.handed && !next.waitsFor)
        rows.push({ ...toHead(tables, next), what: 'next' });
      else if (!this.deps.isRowHeld(lane.id)) {
        this.#release(lane, one.seq, next);
        rows.push({ what: 'released', lane_id: lane.id });
      }
    }
    return rows;
  }

  async keep(
    executorId: number,
    kept: readonly OperationToKeep[],
  ): Promise<readonly { readonly lane_id: number; readonly state: LaneState }[]> {
    const { tables, kinds } = this.deps;
    const rows = kept.flatMap((one) => {
      const lane = this.owned(executorId, one);
      if (!lane || this.deps.isRowHeld(lane.id)) return [];
      const { settlement } = one;
      const isLifted = settlement.hold === 'readonly' && tables.target(lane.targetId).hold !== 'readonly';
      const operation = tables.find(one.laneId, one.seq);
      if (operation) this.deps.onSettled?.(executorId, operation);
      const isNotBegun = settlement.state === 'NOT_EXECUTED' || settlement.state === 'BLOCKED';
      if (operation)
        tables.patch(operation, {
          state: isLifted && isNotBegun ? 'CREATED' : settlement.state,
          attempts: one.attempts,
          failedSince: settlement.counts ? (operation.failedSince ?? tables.clock()) : operation.failedSince,
        });
      const hasCorrection = one.correctedState !== null && lane.tail > one.claimedTail;
      const isCorrected = settlement.lane === 'parked' && hasCorrection;
      const state = isCorrected ? (one.correctedState ?? 'ready') : isLifted ? 'ready' : settlement.lane;
      tables.patch(lane, {
        state,
        hold: isLifted ? null : settlement.hold,
        owner: null,
        runAt: tables.clock() + (hasCorrection ? 0 : settlement.delayMs),
      });
      return [{ lane_id: lane.id, seq: one.seq, state, isFollowed: lane.tail > one.seq }];
    });
    const heads = rows.filter(({ isFollowed }) => isFollowed);
    const { moved } = supersedeKept(
      tables,
      heads.map((row) => ({ laneId: row.lane_id, seq: row.seq })),
      kinds,
    );
    this.#woken.push(...readyTargets(moved));
    return rows.map((row) => ({ lane_id: row.lane_id, state: row.state }));
  }

  async recordAttempts(executorId: number, attempts: readonly AttemptToRecord[]): Promise<void> {
    const { tables } = this.deps;
    for (const { tookMs: _tookMs, ...attempt } of attempts)
      tables.append(tables.attempts, { ...attempt, endedAt: tables.clock(), executorId });
  }

  async announce(endings: readonly Ending[]): Promise<void> {
    this.#woken.push(...announceEndings(this.deps.tables, endings));
  }

  /** The lane, while this executor has it under this token. */
  protected owned(executorId: number, { laneId, token }: LeasedRef): Lane | null {
    const lane = this.deps.tables.lanes.get(laneId);
    return lane?.owner === executorId && lane.token === token ? lane : null;
  }

  #after(lane: Lane, seq: number): Operation | undefined {
    return this.deps.tables.operationsOf(lane.id).find((operation) => operation.seq > seq);
  }

  #release(lane: Lane, seq: number, next: Operation | undefined): void {
    const { tables } = this.deps;
    if (lane.isSingleUse && lane.tail === seq) {
      tables.drop(tables.lanes, lane.id);
      tables.drop(tables.laneOf, lane.key);
      return;
    }
    const state =
      lane.tail === seq
        ? 'idle'
        : gateOf(
            {
              state: next?.state ?? 'CREATED',
              isWaiting: next ? isWaiting(tables, next) : false,
              isAdmitted: lane.admitted >= (next?.seq ?? lane.tail),
            },
            tables.target(lane.targetId).mode,
          );
    tables.patch(lane, {
      state,
      owner: null,
      priority: Math.min(lane.priority, 1),
      runAt: tables.clock(),
    });
  }
}

export function toHead(tables: Tables, operation: Operation): HeadRow {
  const { laneId, failedSince } = operation;
  return {
    lane_id: laneId,
    seq: operation.seq,
    kind: operation.kind,
    state: operation.state,
    attempts: operation.attempts,
    crashes: operation.crashes,
    created_at: new Date(operation.createdAt),
    failing_for_ms: failedSince === null ? null : tables.clock() - failedSince,
    subject: operation.subject,
    payload: operation.payload,
    actor: operation.actor,
    request_id: operation.requestId,
    supersession: operation.supersession,
    is_grouped: operation.isGrouped,
  };
}
