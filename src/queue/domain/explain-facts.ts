// What is known about one waiting operation, and what is said of it.
import type { TargetFacts, Wait, WaitingOperation, WaitReason } from './waiting.js';

export const FINDING_REASONS = ['no-worker', 'target-busy', 'rate-limit', 'ended'] as const;

export interface Finding {
  readonly reason: WaitReason | (typeof FINDING_REASONS)[number];
  /** Why, in sentences. */
  readonly text: string;
  /** Since when this holds; null when that is not known. */
  readonly since: Date | null;
  /** What happens next, in a sentence. */
  readonly next: string;
  /** When that is at the earliest; null when it is no matter of time. */
  readonly until: Date | null;
}

export interface ExplainedTarget extends TargetFacts {
  readonly id: number;
  readonly heldAt: Date | null;
  readonly heldBy: string | null;
  /** Who looks whether the target is back, while its breaker is half open. */
  readonly prober: string | null;
  readonly concurrency: number;
  /** Lanes of it that are in hand, over all nodes. */
  readonly running: number;
  readonly ratePerSecond: number | null;
  /** When the rate allows the next operation. */
  readonly rateAllowsAt: Date | null;
  /** Lanes that are due before this one; counted up to a limit. */
  readonly dueBefore: number;
}

export interface Executor {
  readonly id: number;
  readonly node: string;
  readonly pid: number;
  readonly beatAt: Date;
  readonly isDead: boolean;
}

/** What an operation waits for, and how that stands. */
export interface AwaitedStanding {
  /** The operation that is waited for, or one of a group that has not ended; null when none was found. */
  readonly id: string | null;
  readonly subject: string;
  /** Of a group: how many are open. */
  readonly open: number | null;
  readonly wait: Wait | null;
}

export interface ExplainFacts {
  readonly operation: WaitingOperation & {
    readonly createdAt: Date;
    readonly lastAttemptAt: Date | null;
    /** What the attempt was about to send when the target held it back. */
    readonly heldMessage: string | null;
    /** Operations of its lane that stand before it. */
    readonly before: number;
  };
  readonly target: ExplainedTarget;
  /** Why the head of its lane waits, when it stands behind it. */
  readonly head: Wait | null;
  readonly executor: Executor | null;
  /** When the attempt under way announced what it sends. */
  readonly sentAt: Date | null;
  readonly awaited: AwaitedStanding | null;
  /** Living processes with the role worker. */
  readonly workers: number;
}

export function countText(count: number, one: string, many: string): string {
  return count === 1 ? `1 ${one}` : `${count} ${many}`;
}

export function laterOf(one: Date, other: Date): Date {
  return one > other ? one : other;
}
