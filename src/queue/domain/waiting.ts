// Why a waiting operation waits, until when, and what happens next: words from the state of its lane and target.
import { toOperationId } from './operation-id.js';
import type { LaneState, QueuedState } from './operation-state.js';

/** Lane states that somebody above the queue opens. */
export type Gate = Extract<LaneState, 'gated-async' | 'gated-retry'>;

/** How the schedule that opens a gate stands. */
export interface GateStanding {
  readonly name: string;
  readonly isPaused: boolean;
  /** When it fires next; null when it does not. */
  readonly nextAt: Date | null;
  /** Whether a living process fires schedules. */
  readonly hasScheduler: boolean;
}

export interface TargetFacts {
  readonly name: string;
  readonly hold: string | null;
  readonly holdReason: string | null;
  /** Null while the breaker is closed; in the past while one attempt looks whether it may close. */
  readonly breakerOpenUntil: Date | null;
  readonly breakerReason: string | null;
}

export type Awaited =
  { readonly kind: 'operation'; readonly id: string } | { readonly kind: 'group'; readonly id: number };

export interface WaitingOperation {
  readonly laneId: number;
  readonly seq: number;
  readonly headSeq: number;
  readonly state: QueuedState;
  readonly laneState: LaneState;
  readonly laneHold: string | null;
  readonly runAt: Date;
  readonly lastMessage: string | null;
  readonly target: TargetFacts;
  /** What it begins after; null when that is nothing. */
  readonly awaits: Awaited | null;
  /** Who opens its lane; undefined when that is nobody's schedule. */
  readonly keeper: GateStanding | undefined;
}

export const WAIT_REASONS = [
  'behind',
  'running',
  'due',
  'verification',
  'provisioning-queue',
  'retry',
  'held',
  'breaker',
  'dependent',
  'person',
] as const;

export type WaitReason = (typeof WAIT_REASONS)[number];

export interface Wait {
  readonly reason: WaitReason;
  /** A sentence: why, and what happens next. */
  readonly text: string;
  /** When it moves by itself at the earliest; null when that is not a matter of time. */
  readonly until: Date | null;
}

/** The one reason that matters most. */
export function explainWait(operation: WaitingOperation, now: Date): Wait {
  const { laneId, seq, headSeq, laneState, target } = operation;
  if (seq > headSeq) {
    const head = toOperationId({ laneId, seq: headSeq });
    return {
      reason: 'behind',
      text: `Waits behind ${head} of the same lane, so that changes arrive in order.`,
      until: null,
    };
  }
  if (laneState === 'leased') return { reason: 'running', text: 'A worker has it in hand.', until: null };
  if (laneState === 'held') return heldWait(operation.laneHold, target);
  if (laneState === 'parked') {
    return {
      reason: 'person',
      text: `${failedText(operation)} It is not tried again by itself: correct the cause (a newer change of the same account counts), retry it, or cancel it.`,
      until: null,
    };
  }
  if (laneState === 'dependent') return dependentWait(operation.awaits);
  if (isShut(target.hold)) return heldWait(target.hold, target);
  if (laneState === 'gated-async') return asynchronousWait(operation.keeper);
  if (laneState === 'gated-retry') return retryWait(operation);
  if (target.breakerOpenUntil !== null) return breakerWait(target, now);
  return readyWait(operation, now);
}

/** Whether nothing at all is begun on the target; a read-only one is read. */
export function isShut(hold: string | null): boolean {
  return hold !== null && hold !== 'readonly';
}

const HOLD_WORDS: ReadonlyMap<string, string> = new Map([
  ['disabled', 'is disabled'],
  ['maintenance', 'is in maintenance'],
  ['readonly', 'is read-only, so what would be written is worked out and not sent'],
  ['restored', 'is held because the database was restored from a backup'],
]);

function heldWait(hold: string | null, target: TargetFacts): Wait {
  return { reason: 'held', text: heldText(hold, target), until: null };
}

export function heldText(hold: string | null, { name, holdReason }: TargetFacts): string {
  if (hold === 'break')
    return 'It is over the limit on mass change: it goes on once somebody releases it, or the limit allows it.';
  if (hold === 'operation-type')
    return `This type of operation is blocked on ${name}: it goes on once that is lifted.`;
  const reason = holdReason === null ? '' : ` (${holdReason})`;
  return `${name} ${HOLD_WORDS.get(hold ?? '') ?? 'is held'}${reason}. It goes on by itself once that is lifted.`;
}

function dependentWait(awaits: Awaited | null): Wait {
  const text =
    awaits === null
      ? 'What it waited for has ended; it goes on in a moment.'
      : awaits.kind === 'operation'
        ? `Begins when ${awaits.id} has ended.`
        : `Begins when nothing of group ${awaits.id} is open any more.`;
  return { reason: 'dependent', text, until: null };
}

function asynchronousWait(keeper: GateStanding | undefined): Wait {
  const name = keeper?.name ?? 'ProvisioningQueueTaskExecutor';
  const closed = keeper && closedText(keeper);
  return {
    reason: 'provisioning-queue',
    text: `The system is asynchronous: ${closed ?? `the next run of ${name} takes it.`}`,
    until: closed === undefined ? (keeper?.nextAt ?? null) : null,
  };
}

function retryWait(operation: WaitingOperation): Wait {
  const { keeper, runAt } = operation;
  const name = keeper?.name ?? 'RetryProvisioningTaskExecutor';
  const closed = keeper && closedText(keeper);
  return {
    reason: 'retry',
    text: `${failedText(operation)} ${closed === undefined ? `${name} tries it again.` : `It is to be tried again, but ${closed}`}`,
    until: closed === undefined ? runAt : null,
  };
}

/** Why a schedule opens nothing; undefined when it does. */
export function closedText({ name, isPaused, nextAt, hasScheduler }: GateStanding): string | undefined {
  if (isPaused) return `${name} is paused, so nothing moves until somebody resumes it.`;
  if (!hasScheduler)
    return `no living process has the role scheduler, so ${name} does not run until one is started.`;
  if (nextAt === null) return `${name} never fires: its times are not valid.`;
  return undefined;
}

function breakerWait(target: TargetFacts, now: Date): Wait {
  const { name, breakerOpenUntil, breakerReason } = target;
  const reason = breakerReason === null || breakerReason === '' ? '' : `: ${breakerReason}`;
  return {
    reason: 'breaker',
    text: `Attempts on ${name} failed one after the other${reason}. One attempt looks whether it is back; then the others follow.`,
    until: breakerOpenUntil !== null && breakerOpenUntil > now ? breakerOpenUntil : null,
  };
}

function readyWait(operation: WaitingOperation, now: Date): Wait {
  if (operation.state === 'UNKNOWN') {
    return {
      reason: 'verification',
      text: `Its effect is not known; the target is read before anything is sent again. ${failedText(operation)}`,
      until: operation.runAt,
    };
  }
  if (operation.runAt > now) {
    return {
      reason: 'retry',
      text: `${failedText(operation)} It is tried again by itself.`,
      until: operation.runAt,
    };
  }
  return { reason: 'due', text: 'It is due; the next free worker takes it.', until: null };
}

function failedText({ lastMessage }: Pick<WaitingOperation, 'lastMessage'>): string {
  return lastMessage ? `The last attempt failed: ${ended(lastMessage)}` : 'The last attempt failed.';
}

/** A target's own words as a sentence that others can follow. */
export function ended(words: string): string {
  return /[.!?…]$/u.test(words) ? words : `${words}.`;
}
