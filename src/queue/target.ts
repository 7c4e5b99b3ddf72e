import { RETRY_POLICIES, type RetryPolicy } from './domain/retry-schedule.js';
import { shareOf } from './domain/target-flow.js';

/** The target of work that needs nothing but the database; made by the migration. */
export const DATABASE_TARGET = 1;

export type TargetMode = 'synchronous' | 'asynchronous';

/** Why nothing is begun on a target. Read-only ones are read, and nothing is written to them. */
export type TargetHold = 'disabled' | 'maintenance' | 'readonly' | 'restored';

export type RetryPolicyName = 'default' | 'czechidm' | 'custom';

/** A policy by its name, or one of its own. */
export type RetryChoice = Exclude<RetryPolicyName, 'custom'> | RetryPolicy;

/** What operations are sent to, as one executor sees it. */
export interface Target {
  readonly id: number;
  readonly name: string;
  readonly mode: TargetMode;
  readonly hold: TargetHold | null;
  /** Operations that this executor may run on it at the same time: its part of the target's concurrency. */
  readonly share: number;
  /** Attempts a second over all nodes; null without a limit. */
  readonly ratePerSecond: number | null;
  readonly retryPolicy: RetryPolicy;
  readonly hasBreaker: boolean;
  readonly breaker: 'closed' | 'open' | 'half-open';
  /** Whether this executor is the one that runs, alone, what was in hand when a process died; and there is some. */
  readonly hasSuspects: boolean;
  /** How often the breaker opened in a row. */
  readonly breakerTrips: number;
}

export interface TargetRow {
  readonly id: number;
  readonly name: string;
  readonly mode: TargetMode;
  readonly hold: TargetHold | null;
  readonly concurrency: number;
  readonly rate_per_second: number | null;
  readonly retry_policy: RetryPolicyName;
  readonly retry_settings: RetryPolicy | null;
  readonly has_breaker: boolean;
  readonly breaker_trips: number;
  readonly breaker: Target['breaker'];
  readonly executors: number;
  readonly rank: number;
  readonly has_suspects: boolean;
}

export function toTarget(row: TargetRow): Target {
  return {
    id: row.id,
    name: row.name,
    mode: row.mode,
    hold: row.hold,
    share: shareOf(row.concurrency, row.executors, row.rank),
    ratePerSecond: row.rate_per_second,
    retryPolicy: policyOf(row.retry_policy, row.retry_settings),
    hasBreaker: row.has_breaker,
    breaker: row.breaker,
    hasSuspects: row.has_suspects && row.rank === 0,
    breakerTrips: row.breaker_trips,
  };
}

export function policyOf(name: RetryPolicyName, settings: RetryPolicy | null): RetryPolicy {
  return name === 'custom' ? (settings ?? RETRY_POLICIES.default) : RETRY_POLICIES[name];
}
