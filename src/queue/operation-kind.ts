// The contract of a kind of durable work: what its payload is and what one attempt does.
import type { z } from 'zod';
import type { Transaction } from '../platform/database/index.js';
import type { Actor } from '../platform/http/index.js';
import type { OperationRef } from './domain/operation-id.js';
import type { QueuedState } from './domain/operation-state.js';
import type { Failure, Held, KindRules } from './domain/outcome.js';
import type { Supersession } from './domain/supersession.js';

/** Work to enqueue. */
export interface NewOperation {
  /** The lane's key, ASCII: operations of one lane run strictly one after the other. */
  readonly lane: string;
  readonly targetId: number;
  readonly kind: string;
  /** A few words for people: what is changed where. */
  readonly subject: string;
  /** At most 2 kB as JSON. */
  readonly payload: unknown;
  readonly actor: Actor;
  /** An urgent operation's lane goes before others of its target, so that a disable is not behind a bulk update. */
  readonly priority?: 'urgent' | 'normal';
  /** Whether a newer one replaces it, and what it replaces; without it neither. */
  readonly supersession?: Supersession;
  /** The lane goes with its last operation; for keys that are used once. */
  readonly isSingleUse?: boolean;
  /** The groups it is a member of. */
  readonly groups?: readonly number[];
  /** It begins once that operation, or that group, has ended, whatever its end. */
  readonly waitsFor?: OperationRef | { readonly group: number };
  /** What was found when it was decided: it is stored as FAILED, and tried again or parked like after an attempt. */
  readonly failure?: Failure;
}

export interface EnqueuedOperation<Payload = unknown> extends OperationRef {
  readonly payload: Payload;
  readonly actor: Actor;
}

/** What is about to be sent, with a digest per attribute to tell later whether it arrived. */
export interface Intent {
  readonly action: string;
  readonly identifier: string;
  readonly digests: Readonly<Record<string, string>>;
}

/** An intent of which nobody knows whether it was carried out. */
export interface UnsettledIntent extends Intent {
  /** Of this operation; otherwise of an earlier one of the lane. */
  readonly isOwn: boolean;
}

export interface Attempt<Payload> {
  readonly operation: OperationRef & {
    readonly kind: string;
    readonly state: QueuedState;
    /** Attempts that ended before this one. */
    readonly attempts: number;
    readonly createdAt: Date;
    readonly subject: string;
    readonly payload: Payload;
    readonly actor: Actor;
  };
  /** Aborted at the attempt's deadline and when the lease is lost. */
  readonly signal: AbortSignal;
  /**
   * Stores the intent; nothing may be sent before it resolves.
   * @throws LeaseLostError when another executor may own the lane by now: send nothing.
   * @throws HeldError when the target may not be written any more: send nothing.
   */
  intend(intent: Intent): Promise<void>;
  /** What earlier attempts of this lane were about to send and nobody knows the end of, newest first. */
  unsettledIntents(): Promise<readonly UnsettledIntent[]>;
}

/** Enqueues a child: it exists if and only if its parent's completion commits. */
export type EnqueueChild = (operation: NewOperation) => void;

export type Outcome =
  | {
      readonly kind: 'executed';
      /** One line for people. */
      readonly summary: string;
      /** Rows and children that commit with the completion; may return a better summary. Reads and decides on the database alone. */
      readonly settle?: (transaction: Transaction, enqueue: EnqueueChild) => Promise<string | void>;
    }
  | Failure
  | Held;

/** An operation that a person says is executed, and what it announced last. */
export interface ConfirmedOperation<Payload = unknown> extends EnqueuedOperation<Payload> {
  readonly sent: Pick<Intent, 'action' | 'identifier'> | null;
}

export interface OperationKind<Payload = unknown> extends KindRules {
  /** Stored in rows: never renamed. */
  readonly kind: string;
  readonly payload: z.ZodType<Payload>;
  /** One attempt. It may run again after a crash. A thrown error is a fault of Provost, not a refusal of the target. */
  run(attempt: Attempt<Payload>): Promise<Outcome>;
  /** The module's own rows about new operations, written with them. */
  recordEnqueued?(transaction: Transaction, operations: readonly EnqueuedOperation<Payload>[]): Promise<void>;
  /** The module's own rows when a person says that the effect took place: nobody has read the target. */
  recordConfirmed?(
    transaction: Transaction,
    operations: readonly ConfirmedOperation<Payload>[],
  ): Promise<void>;
}

/** The lane may belong to another executor by now: whatever was computed is dropped. */
export class LeaseLostError extends Error {
  override readonly name = 'LeaseLostError';
}

/** What the attempt was about to send is held back; the operation waits until the hold is lifted. */
export class HeldError extends Error {
  override readonly name = 'HeldError';

  constructor(readonly held: Held) {
    super(held.message);
  }
}
