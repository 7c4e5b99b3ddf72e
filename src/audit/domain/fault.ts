// What verification can find, and how it says so.

export type FaultKind =
  | 'edited'
  | 'foreign-seal'
  | 'reordered'
  | 'missing-record'
  | 'missing-seal'
  | 'inserted'
  | 'unsealed'
  | 'tail-cut'
  | 'head-mismatch'
  | 'head-forged'
  | 'anchor-forged'
  | 'key-unusable'
  | 'checkpoint-forged'
  | 'checkpoint-differs';

export interface Fault {
  readonly kind: FaultKind;
  /** The place in the chain, null where it concerns none. */
  readonly position: number | null;
  readonly recordId: number | null;
  readonly detail: string;
}

/** "position 7", "positions 7 to 9". */
export function positions(first: number, last: number): string {
  return first === last ? `position ${first}` : `positions ${first} to ${last}`;
}
