// What a person may do with a waiting operation, and why not. sql/select-moves.sql is the same rule for rows; a test
// holds them against each other.
import type { LaneState, QueuedState } from './operation-state.js';

export const MOVES = ['retry', 'cancel', 'cancel-behind', 'confirm'] as const;

export type Move = (typeof MOVES)[number];

export interface MovableOperation {
  readonly seq: number;
  readonly state: QueuedState;
  readonly laneState: LaneState;
  readonly laneHold: string | null;
  readonly headSeq: number;
  /** The last place a worker may have begun, while the lane is leased. */
  readonly handedSeq: number;
  /** The last operation of the lane. */
  readonly lastSeq: number;
}

export type MoveRefusal = 'running' | 'waits-behind' | 'held-by-target' | 'not-unknown' | 'nothing-behind';

/** Holds of a lane that go with the hold of its target. */
const OF_THE_TARGET: readonly string[] = ['disabled', 'maintenance', 'readonly', 'restored'];

/** Null when it may be done. */
export function refusalOf(move: Move, operation: MovableOperation): MoveRefusal | null {
  switch (move) {
    case 'cancel':
      return isInHand(operation, operation.seq) ? 'running' : null;
    case 'cancel-behind':
      return behindRefusal(operation);
    case 'retry':
      if (operation.laneState === 'held' && OF_THE_TARGET.includes(operation.laneHold ?? ''))
        return headRefusal(operation) ?? 'held-by-target';
      return headRefusal(operation);
    case 'confirm':
      return headRefusal(operation) ?? (operation.state === 'UNKNOWN' ? null : 'not-unknown');
  }
}

/** Only the head moves on: what stands behind it keeps its place. */
function headRefusal({ seq, headSeq, laneState }: MovableOperation): MoveRefusal | null {
  if (seq !== headSeq) return 'waits-behind';
  return laneState === 'leased' ? 'running' : null;
}

function behindRefusal(operation: MovableOperation): MoveRefusal | null {
  if (operation.lastSeq <= operation.seq) return 'nothing-behind';
  return isInHand(operation, operation.lastSeq) ? 'running' : null;
}

function isInHand({ laneState, handedSeq }: MovableOperation, seq: number): boolean {
  return laneState === 'leased' && seq <= handedSeq;
}
