// The sentences of a verification about what is not a single seal: its ends, the records without seals, checkpoints.
import { type Fault, type FaultKind, positions } from './fault.js';

export type CheckpointFinding = 'none' | 'matches' | 'before-anchor' | 'differs' | 'forged';

export interface Verification {
  readonly isIntact: boolean;
  readonly verifiedCount: number;
  readonly firstPosition: number | null;
  readonly lastPosition: number | null;
  /** Records that are committed and not sealed yet. */
  readonly unsealedCount: number;
  readonly checkpoint: CheckpointFinding;
  /** The first ones, by their place. */
  readonly faults: readonly Fault[];
}

function whole(kind: FaultKind, detail: string, position: number | null = null): Fault {
  return { kind, position, recordId: null, detail };
}

export const keyUnusable = (why: string): Fault => whole('key-unusable', why);

export const keyGone = whole(
  'key-unusable',
  'The keys of the chain are gone though records were sealed with them: nothing can be verified.',
);

export const headForged = whole(
  'head-forged',
  'The row that says where the chain ends was not written by Provost.',
);

export const headGone = whole('head-mismatch', 'The row that says where the chain ends is gone.');

export function anchorForged(position: number): Fault {
  return whole(
    'anchor-forged',
    `The row that says that the retention removed everything up to position ${position} was not written by Provost.`,
    position,
  );
}

export function tailCut(last: number, end: number): Fault {
  return whole('tail-cut', `The end is gone: ${positions(last + 1, end)}.`, last + 1);
}

export function headDiffers(position: number): Fault {
  return whole('head-mismatch', 'The last seal is not the one that the head of the chain names.', position);
}

export function beyondHead(end: number, last: number): Fault {
  return whole(
    'head-mismatch',
    `There are seals behind the end of the chain: ${positions(end + 1, last)}.`,
    end + 1,
  );
}

export function inserted(recordId: number): Fault {
  const detail = `Record ${recordId} was put into the sealed past: Provost never wrote it.`;
  return { kind: 'inserted', position: null, recordId, detail };
}

export function unsealedTooLong(recordId: number, count: number, minutes: number): Fault {
  const detail = `Records wait for their seal for more than ${minutes} minutes: ${count}, the first is record ${recordId}. Does a process with the role worker or scheduler run?`;
  return { kind: 'unsealed', position: null, recordId, detail };
}

export interface CheckpointView {
  readonly position: number;
  readonly at: string;
  readonly isSigned: boolean;
  /** Whether the chain has that seal at that position. */
  readonly isSame: boolean;
}

/** What a checkpoint says about a chain from `anchor` to `end`. */
export function judgeCheckpoint(
  { position, at, isSigned, isSame }: CheckpointView,
  anchor: number,
  end: number,
): { readonly finding: CheckpointFinding; readonly fault?: Fault } {
  if (!isSigned) {
    const detail = `The checkpoint of ${at} was not signed with this chain's key: it is forged, belongs to another database, or the chain was made anew.`;
    return { finding: 'forged', fault: whole('checkpoint-forged', detail) };
  }
  if (position < anchor) return { finding: 'before-anchor' };
  if (position > end) {
    const detail = `The chain ends at position ${end}, and the checkpoint of ${at} knew it up to ${position}: ${positions(end + 1, position)} are gone.`;
    return { finding: 'differs', fault: whole('tail-cut', detail, end + 1) };
  }
  if (isSame) return { finding: 'matches' };
  const detail = `The seal at position ${position} is not the one of the checkpoint of ${at}: the chain was made anew.`;
  return { finding: 'differs', fault: whole('checkpoint-differs', detail, position) };
}
