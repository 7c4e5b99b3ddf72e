// What the lab looks for and must not find.

export const INVARIANTS = {
  I1: 'every acknowledged change has ended, and the directory is as the changes say',
  I2: 'nothing was written twice',
  I3: 'the changes of one account were written in their order',
  I4: 'no two writes of one account were under way at the same time',
  I5: 'the work of a killed node was in other hands in time',
  I6: 'the audit record is intact',
  I7: 'no lane is left with an executor that died',
  I8: 'no node ended by itself',
} as const;

export type Invariant = keyof typeof INVARIANTS;

export interface Violation {
  readonly invariant: Invariant;
  readonly person?: number;
  /** What was seen, with the rows that show it. */
  readonly story: string;
}
