// What an attempt's outcome does to its operation and lane: a decision, no effect.
import type { ArchivedState, LaneState, QueuedState } from './operation-state.js';
import { decideRetry, type RetryPolicy } from './retry-schedule.js';

export type FailureClass = 'transient' | 'unknown' | 'conflict' | 'permanent' | 'configuration';

export interface Failure {
  readonly kind: FailureClass;
  /** Stable and short, such as `unreachable`. */
  readonly code: string;
  /** The target's own words, and what to do. Never a secret. */
  readonly message: string;
  readonly retryAfterMs?: number | undefined;
}

export interface FailedOperation {
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

export type Settlement =
  | { readonly as: 'archive'; readonly state: ArchivedState }
  | {
      readonly as: 'keep';
      readonly state: Extract<QueuedState, 'FAILED' | 'UNKNOWN'>;
      readonly lane: Extract<LaneState, 'ready' | 'gated-retry' | 'parked'>;
      readonly delayMs: number;
    };

/** @param draw uniform in [0, 1) */
export function settleFailure(
  failure: Failure,
  operation: FailedOperation,
  rules: KindRules,
  policy: RetryPolicy,
  draw: number,
  factor = 1,
): Settlement {
  // An operation whose earlier effect is unknown stays so until the target was read.
  const passes = failure.kind === 'transient' || failure.kind === 'configuration';
  const cameBeforeReading = passes || failure.kind === 'permanent';
  const state =
    failure.kind === 'unknown' || (operation.state === 'UNKNOWN' && cameBeforeReading) ? 'UNKNOWN' : 'FAILED';
  // The first look at an unknown effect is not put off.
  if (failure.kind === 'unknown' && operation.state !== 'UNKNOWN')
    return { as: 'keep', state, lane: 'ready', delayMs: 0 };
  const retry =
    passes || failure.kind === 'unknown'
      ? decideRetry(
          policy,
          { attempts: operation.attempts + 1, failingForMs: operation.failingForMs },
          draw,
          failure.retryAfterMs,
          factor,
        )
      : ({ kind: 'exhausted' } as const);
  if (retry.kind === 'exhausted') {
    return rules.whenExhausted === 'end'
      ? { as: 'archive', state: 'FAILED' }
      : { as: 'keep', state, lane: 'parked', delayMs: 0 };
  }
  const lane = state === 'UNKNOWN' || rules.retryGate === 'claim' ? 'ready' : 'gated-retry';
  return { as: 'keep', state, lane, delayMs: retry.delayMs };
}
