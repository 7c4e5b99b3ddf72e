// Why a waiting operation waits, until when, and what a person can do: words from the state of its lane.
import { toOperationId } from './operation-id.js';
import type { LaneState, QueuedState } from './operation-state.js';

export interface WaitingOperation {
  readonly laneId: number;
  readonly seq: number;
  readonly headSeq: number;
  readonly state: QueuedState;
  readonly laneState: LaneState;
  readonly runAt: Date;
  readonly lastMessage: string | null;
}

export type WaitReason =
  'behind' | 'running' | 'due' | 'verification' | 'provisioning-queue' | 'retry' | 'person';

export interface Wait {
  readonly reason: WaitReason;
  /** A sentence: why, and what happens next. */
  readonly text: string;
  /** When it moves by itself at the earliest; null when that is not a matter of time. */
  readonly until: Date | null;
}

export function explainWait(operation: WaitingOperation, now: Date): Wait {
  const failed = operation.lastMessage
    ? `The last attempt failed: ${operation.lastMessage}`
    : 'The last attempt failed.';
  if (operation.seq > operation.headSeq) {
    const head = toOperationId({ laneId: operation.laneId, seq: operation.headSeq });
    return {
      reason: 'behind',
      text: `Waits behind ${head} of the same lane, so that changes arrive in order.`,
      until: null,
    };
  }
  switch (operation.laneState) {
    case 'leased':
      return { reason: 'running', text: 'A worker has it in hand.', until: null };
    case 'ready':
    case 'idle':
      if (operation.state === 'UNKNOWN') {
        return {
          reason: 'verification',
          text: `Its effect is not known; the target is read before anything is sent again. ${failed}`,
          until: operation.runAt,
        };
      }
      if (operation.runAt > now)
        return { reason: 'retry', text: `${failed} It is tried again by itself.`, until: operation.runAt };
      return { reason: 'due', text: 'It is due; the next free worker takes it.', until: null };
    case 'gated-async':
      return {
        reason: 'provisioning-queue',
        text: 'The system is asynchronous: the next run of ProvisioningQueueTaskExecutor takes it.',
        until: null,
      };
    case 'gated-retry':
      return {
        reason: 'retry',
        text: `${failed} RetryProvisioningTaskExecutor tries it again.`,
        until: operation.runAt,
      };
    case 'parked':
      return {
        reason: 'person',
        text: `${failed} It is not tried again by itself: correct the cause (a newer change of the same account counts), retry it, or cancel it.`,
        until: null,
      };
  }
}
