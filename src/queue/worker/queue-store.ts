// What the worker asks of durable storage. PostgreSQL answers in postgres-store.ts; the simulator has a model of it, and
// one suite of tests holds the two against each other.
import type { Transaction } from '../../platform/database/index.js';
import type { OperationRef } from '../domain/operation-id.js';
import type { LaneState } from '../domain/operation-state.js';
import type { HoldReason, Settlement } from '../domain/outcome.js';
import type { Ending } from '../enqueue/endings.js';
import type { Intent, NewOperation, UnsettledIntent } from '../operation-kind.js';
import type { Target } from '../target.js';
import type { HeadRow } from './claimed-operation.js';

export interface ClaimRequest {
  readonly executorId: number;
  /** Free places at each target. */
  readonly places: ReadonlyMap<number, number>;
  /** Free places over all targets. */
  readonly free: number;
  /** Operations one lane may run before the others get their turn. */
  readonly turn: number;
  /** The preferred one first: 0 is urgent, 1 is normal, 2 is suspect of killing its process. */
  readonly priorities: readonly number[];
}

export interface ClaimedRow extends HeadRow {
  readonly token: number;
  readonly target_id: number;
  readonly tail_seq: number;
}

/** An operation of a lane that is leased under `token`. */
export interface LeasedRef extends OperationRef {
  readonly token: number;
}

export interface IntentToStore extends LeasedRef {
  readonly attempt: number;
  readonly intent: Intent;
}

export interface OperationToFinish extends LeasedRef {
  readonly state: string;
  readonly result: string;
  readonly attempts: number;
}

export interface OperationToKeep extends LeasedRef {
  readonly settlement: Extract<Settlement, { as: 'keep' }>;
  readonly attempts: number;
  readonly claimedTail: number;
  /** The lane's state when a newer operation corrects a parked head; null when none can. */
  readonly correctedState: LaneState | null;
  /** What the attempt would have done when it is held; null when it is not. */
  readonly holdMessage: string | null;
}

export interface AttemptToRecord extends OperationRef {
  readonly attempt: number;
  readonly outcome: string;
  readonly code: string | null;
  readonly message: string;
  readonly tookMs: number;
}

export type FinishedRow =
  | (HeadRow & { readonly what: 'next' })
  | { readonly what: 'released'; readonly lane_id: number }
  | {
      readonly what: 'ended';
      readonly lane_id: number;
      readonly seq: number;
      readonly state: string;
      readonly is_grouped: boolean;
      readonly is_awaited: boolean;
    };

/** One transaction that settles ended attempts, in the order in which its steps are to be taken. */
export interface Settling {
  /** For the rows that a kind commits with its completion. */
  readonly transaction: Transaction;
  /** Which may still be settled, as `lane-seq`; holds the executor's row until the end. */
  lockOwned(executorId: number, refs: readonly LeasedRef[]): Promise<ReadonlySet<string>>;
  enqueue(child: NewOperation, parent: OperationRef & { ordinal: number; isGrouped: boolean }): void;
  writeChildren(): Promise<void>;
  finish(executorId: number, ended: readonly OperationToFinish[]): Promise<readonly FinishedRow[]>;
  /** The lanes whose row somebody else holds are not among those that come back. */
  keep(
    executorId: number,
    kept: readonly OperationToKeep[],
  ): Promise<readonly { readonly lane_id: number; readonly state: LaneState }[]>;
  recordAttempts(executorId: number, attempts: readonly AttemptToRecord[]): Promise<void>;
  announce(endings: readonly Ending[]): Promise<void>;
}

export interface RescuedLane {
  readonly id: number;
  readonly state: LaneState;
  readonly seq: number | null;
}

export interface QueueStore {
  /** Connections, and what the tables need, such as a partition for today. */
  prepare(): Promise<void>;
  register(roles: readonly string[]): Promise<number>;
  /** False when the executor was declared dead. */
  beat(executorId: number): Promise<boolean>;
  /** Waits for a flush in progress. */
  retire(executorId: number): Promise<void>;
  targets(executorId: number): Promise<readonly Target[]>;
  /** Of half-open targets with due work, those that this executor may look at. */
  takeProbes(
    targetIds: readonly number[],
    executorId: number,
    forMs: number,
    priorities: readonly number[],
  ): Promise<readonly number[]>;
  tripBreaker(targetId: number, reason: string, forMs: number, executorId: number): Promise<void>;
  closeBreaker(targetId: number, executorId: number): Promise<void>;
  claim(request: ClaimRequest): Promise<readonly ClaimedRow[]>;
  storeIntents(
    executorId: number,
    intents: readonly IntentToStore[],
  ): Promise<readonly ('stored' | 'refused' | HoldReason)[]>;
  /** What earlier attempts of the lane were about to send and nobody knows the end of, newest first. */
  unsettledIntents(ref: OperationRef): Promise<readonly UnsettledIntent[]>;
  release(executorId: number, laneId: number, token: number): Promise<void>;
  settle<Result>(work: (settling: Settling) => Promise<Result>): Promise<Result>;
  /** Declares dead whoever has not beaten for so long. */
  bury(leaseMs: number): Promise<void>;
  /** Frees lanes of the dead, some at a time. */
  rescueLanes(most: number, crashesThatExhaust: number): Promise<readonly RescuedLane[]>;
  closeRescued(): Promise<void>;
  /** Heals what a race left: gates of another mode, lanes whose wait is over, due lanes of held targets. */
  sweep(): Promise<number>;
}
