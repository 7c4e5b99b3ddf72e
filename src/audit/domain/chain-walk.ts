// Walks along the chain, seal by seal: what fits is counted, what does not becomes a fault or a mismatch to be explained.
import { type Fault, positions } from './fault.js';

/** The seal of `text` at `position` after the seal `previous`. */
export type SealOf = (previous: Uint8Array, position: number, text: string) => Uint8Array;

/** A seal as it is stored, with its record as it reads now; null when the record is gone. */
export interface SealedRecord {
  readonly position: number;
  readonly recordId: number;
  readonly hash: Uint8Array;
  readonly text: string | null;
}

/** A record and a seal that do not fit each other. */
export interface Mismatch extends SealedRecord {
  readonly text: string;
  /** The seal before, as it is stored. */
  readonly previous: Uint8Array;
  /** What the seal would have to be. */
  readonly computed: Uint8Array;
  /** The seal after it fits what this one would have to be: the seal was changed, not the record. */
  readonly isSealChanged: boolean;
}

export interface Walk {
  /** The last seal that was passed. */
  readonly position: number;
  readonly hash: Uint8Array;
  readonly verifiedCount: number;
  /** Of the last seal, when it did not fit: the next one shows whether the record or the seal was changed. */
  readonly doubt: Mismatch | null;
}

export interface Step {
  readonly walk: Walk;
  readonly fault?: Fault;
  /** The doubt about the seal before, decided. */
  readonly mismatch?: Mismatch;
}

export function startWalk(position: number, hash: Uint8Array): Walk {
  return { position, hash, verifiedCount: 0, doubt: null };
}

/** Passes the next seal. */
export function step(walk: Walk, next: SealedRecord, sealOf: SealOf): Step {
  const { position, recordId, hash, text } = next;
  const decided = decide(walk.doubt, walk.doubt !== null && fitsAfter(walk.doubt.computed, next, sealOf));
  if (position !== walk.position + 1) {
    // It cannot be checked, for its seal depends on one that is missing; the one after it can.
    return {
      ...decided,
      walk: { ...walk, position, hash, doubt: null },
      fault: gap(walk.position + 1, position - 1),
    };
  }
  if (text === null) {
    const detail = `Record ${recordId}, sealed at position ${position}, is gone.`;
    const fault: Fault = { kind: 'missing-record', position, recordId, detail };
    return { ...decided, walk: { ...walk, position, hash, doubt: null }, fault };
  }
  const computed = sealOf(walk.hash, position, text);
  if (isSame(computed, hash) || decided.mismatch?.isSealChanged === true) {
    const verifiedCount = walk.verifiedCount + 1;
    return { ...decided, walk: { position, hash, verifiedCount, doubt: null } };
  }
  const doubt = { ...next, text, previous: walk.hash, computed, isSealChanged: false };
  return { ...decided, walk: { ...walk, position, hash, doubt } };
}

/** Decides the last doubt by what the head of the chain says the last seal is. */
export function endWalk(walk: Walk, head: Uint8Array): Mismatch | null {
  return decide(walk.doubt, walk.doubt !== null && isSame(walk.doubt.computed, head)).mismatch ?? null;
}

export function isSame(left: Uint8Array, right: Uint8Array): boolean {
  if (left.length !== right.length) return false;
  for (let index = 0; index < left.length; index += 1) if (left[index] !== right[index]) return false;
  return true;
}

function fitsAfter(previous: Uint8Array, { position, hash, text }: SealedRecord, sealOf: SealOf): boolean {
  return text !== null && isSame(sealOf(previous, position, text), hash);
}

function decide(doubt: Mismatch | null, isSealChanged: boolean): { readonly mismatch?: Mismatch } {
  return doubt === null ? {} : { mismatch: { ...doubt, isSealChanged } };
}

function gap(first: number, last: number): Fault {
  if (last < first) {
    const detail = `There is more than one seal at position ${last + 1}.`;
    return { kind: 'foreign-seal', position: last + 1, recordId: null, detail };
  }
  const detail = `The seals of ${positions(first, last)} are gone.`;
  return { kind: 'missing-seal', position: first, recordId: null, detail };
}
