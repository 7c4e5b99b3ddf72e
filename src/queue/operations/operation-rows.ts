// Waiting operations as the list reads them, and as the words about them need them.
import type { Awaited, Gate, GateStanding, WaitingOperation } from '../domain/waiting.js';
import { toOperationId } from '../domain/operation-id.js';
import type { LaneState, QueuedState } from '../domain/operation-state.js';

export interface OperationRow {
  readonly lane_id: number;
  readonly seq: number;
  readonly kind: string;
  readonly state: QueuedState;
  readonly attempts: number;
  readonly created_at: Date;
  readonly subject: string;
  readonly actor: string;
  readonly request_id: string | null;
  readonly waits_lane_id: number | null;
  readonly waits_seq: number | null;
  readonly waits_group_id: number | null;
  readonly lane_key: string;
  readonly lane_state: LaneState;
  readonly lane_hold: string | null;
  readonly run_at: Date;
  readonly target_name: string;
  readonly target_hold: string | null;
  readonly hold_reason: string | null;
  readonly breaker_open_until: Date | null;
  readonly breaker_reason: string | null;
  readonly head_seq: number;
  readonly last_message: string | null;
}

/** What of a row says why its operation waits. */
export type WaitingRow = Omit<
  OperationRow,
  'kind' | 'attempts' | 'created_at' | 'subject' | 'actor' | 'request_id' | 'lane_key'
>;

export type Keepers = ReadonlyMap<Gate, GateStanding>;

export function toWaiting(row: WaitingRow, keepers: Keepers): WaitingOperation {
  const gate = gateOf(row);
  return {
    laneId: row.lane_id,
    seq: row.seq,
    headSeq: row.head_seq,
    state: row.state,
    laneState: row.lane_state,
    laneHold: row.lane_hold,
    runAt: row.run_at,
    lastMessage: row.last_message,
    target: {
      name: row.target_name,
      hold: row.target_hold,
      holdReason: row.hold_reason,
      breakerOpenUntil: row.breaker_open_until,
      breakerReason: row.breaker_reason,
    },
    awaits: awaitedBy(row),
    keeper: gate === null ? undefined : keepers.get(gate),
  };
}

/** The gate that a row's operation waits at; null when it waits for something else. */
export function gateOf({
  lane_state: state,
  seq,
  head_seq: headSeq,
}: Pick<OperationRow, 'lane_state' | 'seq' | 'head_seq'>): Gate | null {
  return seq === headSeq && (state === 'gated-async' || state === 'gated-retry') ? state : null;
}

function awaitedBy(row: WaitingRow): Awaited | null {
  if (row.waits_lane_id !== null && row.waits_seq !== null)
    return { kind: 'operation', id: toOperationId({ laneId: row.waits_lane_id, seq: row.waits_seq }) };
  return row.waits_group_id === null ? null : { kind: 'group', id: row.waits_group_id };
}
