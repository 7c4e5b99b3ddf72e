// What people and schedules do to the queue, in memory: operations/moves.service.ts and targets.service.ts.
import type { TargetHold, TargetMode } from '../../../src/queue/target.js';
import { type Move, refusalOf } from '../../../src/queue/domain/moves.js';
import type { OperationRef } from '../../../src/queue/domain/operation-id.js';
import { announceEndings, gateFor, isWaiting, reopenedIn } from './gates.js';
import type { Lane, Operation, Tables } from './tables.js';

export class People {
  constructor(
    private readonly tables: Tables,
    private readonly wake: (targetIds: readonly number[]) => void,
  ) {}

  /** Whether it could be done now. */
  move(move: Exclude<Move, 'cancel-behind'>, { laneId, seq }: OperationRef): boolean {
    const { tables } = this;
    const lane = tables.lanes.get(laneId);
    const operation = tables.find(laneId, seq);
    const head = tables.headOf(laneId);
    if (!lane || !operation || !head) return false;
    const refusal = refusalOf(move, {
      seq,
      state: operation.state,
      laneState: lane.state,
      laneHold: lane.hold,
      headSeq: head.seq,
      handedSeq: lane.handed,
      lastSeq: tables.operationsOf(laneId).at(-1)?.seq ?? seq,
    });
    if (refusal !== null) return false;
    if (move === 'retry') this.#retry(lane, operation);
    else this.#end(lane, operation, move === 'confirm' ? 'EXECUTED' : 'CANCELED');
    return true;
  }

  setMode(targetId: number, mode: TargetMode): void {
    const { tables } = this;
    tables.patch(tables.target(targetId), { mode });
    for (const lane of this.#lanesOf(targetId)) {
      if (mode === 'asynchronous') tables.patch(lane, { admitted: lane.tail });
      else if (lane.state === 'gated-async') tables.patch(lane, { state: 'ready', runAt: tables.clock() });
    }
    this.wake([targetId]);
  }

  setHold(targetId: number, hold: TargetHold | null): void {
    const { tables } = this;
    tables.patch(tables.target(targetId), { hold });
    for (const lane of this.#lanesOf(targetId)) {
      const isLifted =
        lane.state === 'held' &&
        lane.hold !== hold &&
        ['disabled', 'maintenance', 'readonly', 'restored'].includes(lane.hold ?? '');
      if (!isLifted) continue;
      const head = tables.headOf(lane.id);
      if (!head) {
        tables.patch(lane, { state: 'ready', hold: null, runAt: tables.clock() });
        continue;
      }
      const state = gateFor(tables, lane);
      if (head.state === 'NOT_EXECUTED' || head.state === 'BLOCKED') tables.patch(head, { state: 'CREATED' });
      tables.patch(lane, { state, hold: null, runAt: tables.clock() });
    }
    this.wake([targetId]);
  }

  /** The tick of ProvisioningQueue. */
  admitCreated(): void {
    const { tables } = this;
    for (const lane of tables.lanes.values()) {
      const isGated = lane.state === 'gated-async';
      if (tables.target(lane.targetId).mode !== 'asynchronous') continue;
      if (lane.admitted >= lane.tail && !isGated) continue;
      tables.patch(lane, {
        admitted: lane.tail,
        ...(isGated ? { state: 'ready' as const, runAt: tables.clock() } : {}),
      });
      this.wake([lane.targetId]);
    }
  }

  /** The tick of RetryProvisioning. */
  openDueRetries(): void {
    const { tables } = this;
    for (const lane of tables.lanes.values()) {
      if (lane.state !== 'gated-retry' || lane.runAt > tables.clock()) continue;
      tables.patch(lane, { state: 'ready' });
      this.wake([lane.targetId]);
    }
  }

  /** Operations that wait for a person. */
  parked(): Lane[] {
    return [...this.tables.lanes.values()].filter(({ state }) => state === 'parked');
  }

  /** Whether a lane's head waits for something else; for whoever looks on. */
  isWaiting(laneId: number): boolean {
    const head = this.tables.headOf(laneId);
    return head !== null && isWaiting(this.tables, head);
  }

  #retry(lane: Lane, head: Operation): void {
    const { tables } = this;
    const isNotBegun = head.state === 'NOT_EXECUTED' || head.state === 'BLOCKED';
    tables.patch(head, {
      attempts: 0,
      crashes: 0,
      failedSince: null,
      state: isNotBegun ? 'CREATED' : head.state,
      waitsFor: null,
    });
    tables.patch(lane, {
      state: 'ready',
      hold: null,
      runAt: tables.clock(),
      admitted: Math.max(lane.admitted, head.seq),
    });
    announceEndings(tables, reopenedIn(tables, [lane.id]));
    this.wake([lane.targetId]);
  }

  #end(lane: Lane, operation: Operation, state: 'EXECUTED' | 'CANCELED'): void {
    const { tables } = this;
    const { laneId, seq, attempts } = operation;
    const wasHead = tables.headOf(laneId) === operation;
    tables.end(operation, { state, attempts, result: 'by a person', executorId: null });
    if (wasHead && lane.state !== 'leased') this.#reopen(lane);
    const became = state === 'EXECUTED' ? 'done' : 'failed';
    this.wake([lane.targetId, ...announceEndings(tables, [{ laneId, seq, became, isOver: true }])]);
  }

  #reopen(lane: Lane): void {
    const { tables } = this;
    if (lane.isSingleUse && !tables.headOf(lane.id)) {
      tables.drop(tables.lanes, lane.id);
      tables.drop(tables.laneOf, lane.key);
    } else tables.patch(lane, { state: gateFor(tables, lane), hold: null, runAt: tables.clock() });
  }

  #lanesOf(targetId: number): Lane[] {
    return [...this.tables.lanes.values()].filter((lane) => lane.targetId === targetId);
  }
}
