// What an attempt's outcome does to its operation and lane: a decision, no effect.
import type { ArchivedState, LaneState, QueuedState } from './operation-state.js';
import { decideRetry, type RetryPolicy } from './retry-schedule.js';
import type { TargetSign } from './target-flow.js';

export type FailureClass = 'transient' | 'unknown' | 'conflict' | 'permanent' | 'configuration';

export interface Failure {
  readonly kind: FailureClass;
  /** Stable and short, such as `unreachable`. */
  readonly code: string;
  /** The target's own words, and what to do. Never a secret. */
  readonly message: string;
  readonly retryAfterMs?: number | undefined;
  /**
   * Set when the cause is the target as a whole, not this one operation: its circuit breaker learns of it. `silent`
   * when the attempt never came to the target.
   */
  readonly sign?: Exclude<TargetSign, 'answered'> | 'silent' | undefined;
}

/** Why an attempt that found work did not begin it. `readonly` by the target, the others by a limit on change. */
export type HoldReason = 'readonly' | 'break' | 'operation-type';

/** The attempt sent nothing because something holds its lane; it does not count. */
export interface Held {
  readonly kind: 'held';
  readonly reason: HoldReason;
  readonly message: string;
}

export interface AttemptedOperation {
  /** Attempts that ended before this one. */
  readonly attempts: number;
  readonly failingForMs: number;
  readonly state: QueuedState;
}

export interface KindRules {
  /** What happens when attempts are used up: the lane waits for a person, or the operation ends. */
  readonly whenExhausted: 'park' | 'end';
  /** Who opens a lane whose head failed: the claim itself, or the tick of RetryProvisioning. */
  readonly retryGate: 'claim' | 'retry-tick';
}

export interface RetryRules {
  readonly policy: RetryPolicy;
  /** Whether the target's breaker is open: what fails with the target meanwhile is not the operation's fault. */
  readonly isBreakerOpen: boolean;
  /** Uniform in [0, 1). */
  readonly draw: number;
  /** Scales every duration. */
  readonly factor: number;
}

export type Settlement =
  | { readonly as: 'archive'; readonly state: Exclude<ArchivedState, 'SUPERSEDED'> }
  | {
      readonly as: 'keep';
      readonly state: Extract<QueuedState, 'FAILED' | 'UNKNOWN' | 'NOT_EXECUTED' | 'BLOCKED'>;
      readonly lane: Extract<LaneState, 'ready' | 'gated-retry' | 'parked' | 'held'>;
      readonly delayMs: number;
      /** Whether the attempt is one of those that may be used up. */
      readonly counts: boolean;
      readonly hold: HoldReason | null;
    };

export function settleFailure(
  failure: Failure,
  operation: AttemptedOperation,
  rules: KindRules,
  { policy, isBreakerOpen, draw, factor }: RetryRules,
): Settlement {
  // An operation whose earlier effect is unknown stays so until the target was read.
  const passes = failure.kind === 'transient' || failure.kind === 'configuration';
  const cameBeforeReading = passes || failure.kind === 'permanent';
  const state =
    failure.kind === 'unknown' || (operation.state === 'UNKNOWN' && cameBeforeReading) ? 'UNKNOWN' : 'FAILED';
  const counts = !(isBreakerOpen && failure.sign !== undefined && failure.sign !== 'silent');
  const kept = { as: 'keep', state, counts, hold: null } as const;
  // The first look at an unknown effect is not put off.
  if (failure.kind === 'unknown' && operation.state !== 'UNKNOWN')
    return { ...kept, lane: 'ready', delayMs: 0 };
  const retry =
    passes || failure.kind === 'unknown'
      ? decideRetry(
          policy,
          {
            attempts: Math.max(1, operation.attempts + (counts ? 1 : 0)),
            failingForMs: counts ? operation.failingForMs : 0,
          },
          draw,
          failure.retryAfterMs,
          factor,
        )
      : ({ kind: 'exhausted' } as const);
  if (retry.kind === 'exhausted') {
    return rules.whenExhausted === 'end'
      ? { as: 'archive', state: 'FAILED' }
      : { ...kept, lane: 'parked', delayMs: 0 };
  }
  const lane = state === 'UNKNOWN' || rules.retryGate === 'claim' ? 'ready' : 'gated-retry';
  return { ...kept, lane, delayMs: retry.delayMs };
}

/** An operation that is UNKNOWN or FAILED keeps that state while it is held. */
export function settleHeld({ reason }: Held, { state }: Pick<AttemptedOperation, 'state'>): Settlement {
  const notBegun = reason === 'readonly' ? 'NOT_EXECUTED' : 'BLOCKED';
  return {
    as: 'keep',
    state: state === 'UNKNOWN' || state === 'FAILED' ? state : notBegun,
    lane: 'held',
    delayMs: 0,
    counts: false,
    hold: reason,
  };
}
