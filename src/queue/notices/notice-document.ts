// What a notice says: how its target stands at the moment it is sent, so that a late one is not an old one.
import { toOperationId } from '../domain/operation-id.js';
import type { TargetHold } from '../target.js';

export interface NoticedTarget {
  readonly id: number;
  readonly name: string;
  readonly hold: TargetHold | null;
  readonly holdReason: string | null;
  readonly heldAt: Date | null;
  readonly breakerOpenUntil: Date | null;
  readonly breakerReason: string | null;
  /** Lanes that wait for a person, counted up to `most`. */
  readonly parked: number;
  readonly most: number;
}

export interface ParkedOperation {
  readonly laneId: number;
  readonly seq: number;
  readonly subject: string;
  readonly attempts: number;
  readonly parkedAt: Date;
  /** The short code of the last failure, never the target's words: those may say anything. */
  readonly code: string | null;
}

export interface NoticeDocument {
  /** The same in every attempt to deliver this notice. */
  readonly id: string;
  readonly type: 'target-needs-attention';
  readonly sentAt: string;
  /** One line; chat programs show it. */
  readonly text: string;
  readonly target: { readonly id: number; readonly name: string };
  readonly hold: {
    readonly hold: TargetHold;
    readonly reason: string | null;
    readonly since: string | null;
  } | null;
  readonly breaker: { readonly reason: string | null; readonly openUntil: string } | null;
  readonly parked: {
    readonly lanes: number;
    /** Whether there are more than that. */
    readonly isAtLeast: boolean;
    /** The longest waiting ones. */
    readonly first: readonly {
      readonly operation: string;
      readonly subject: string;
      readonly attempts: number;
      readonly since: string;
      readonly code: string | null;
    }[];
  };
}

export function noticeDocument(
  id: string,
  sentAt: Date,
  target: NoticedTarget,
  first: readonly ParkedOperation[],
): NoticeDocument {
  return {
    id,
    type: 'target-needs-attention',
    sentAt: sentAt.toISOString(),
    text: sentence(target),
    target: { id: target.id, name: target.name },
    hold:
      target.hold === null
        ? null
        : { hold: target.hold, reason: target.holdReason, since: target.heldAt?.toISOString() ?? null },
    breaker:
      target.breakerOpenUntil === null
        ? null
        : { reason: target.breakerReason, openUntil: target.breakerOpenUntil.toISOString() },
    parked: {
      lanes: target.parked,
      isAtLeast: target.parked >= target.most,
      first: first.map(({ laneId, seq, subject, attempts, parkedAt, code }) => ({
        operation: toOperationId({ laneId, seq }),
        subject,
        attempts,
        since: parkedAt.toISOString(),
        code,
      })),
    },
  };
}

function sentence(target: NoticedTarget): string {
  const { name, hold, breakerOpenUntil } = target;
  const parts = [
    ...(hold === null ? [] : [`is held (${hold})`]),
    ...(breakerOpenUntil === null ? [] : ['does not answer as it should and is left alone for a while']),
    ...waitsFor(target),
  ];
  return parts.length === 0 ? `${name} is well again.` : `${name} ${parts.join('; ')}.`;
}

function waitsFor({ parked, most }: NoticedTarget): string[] {
  if (parked === 0) return [];
  if (parked === 1) return ['has a lane that waits for a person'];
  return [`has ${parked < most ? parked : `${most} or more`} lanes that wait for a person`];
}
