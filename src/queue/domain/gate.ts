// What a lane becomes when nobody has it in hand: one rule, here and in the SQL function queue_gate.
import type { LaneState, QueuedState } from './operation-state.js';

export interface Head {
  readonly state: QueuedState;
  /** Whether what it waits for, another operation or a group, has not ended yet. */
  readonly isWaiting: boolean;
  /** Whether a tick of ProvisioningQueue has admitted it, or it was accepted while its target was synchronous. */
  readonly isAdmitted: boolean;
}

/** States in which nothing was attempted: only these wait for ProvisioningQueue. */
const NOT_BEGUN: readonly QueuedState[] = ['CREATED', 'NOT_EXECUTED', 'BLOCKED'];

export function gateOf(
  head: Head | null,
  mode: 'synchronous' | 'asynchronous',
): Extract<LaneState, 'idle' | 'ready' | 'dependent' | 'gated-async'> {
  if (head === null) return 'idle';
  if (head.isWaiting) return 'dependent';
  if (mode === 'asynchronous' && NOT_BEGUN.includes(head.state) && !head.isAdmitted) return 'gated-async';
  return 'ready';
}
