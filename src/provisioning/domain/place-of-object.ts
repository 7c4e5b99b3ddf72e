// What stands where an account belongs when nothing proves yet that it is the account's: the rule that keeps foreign
// objects safe.

export interface StandingObject {
  /** Whether another account of Provost holds it. */
  readonly isHeldByOther: boolean;
  /** Whether its correlation attributes say it belongs to the entity; null when the mapping names none. */
  readonly correlates: boolean | null;
}

export type Place = 'adopt' | 'held-by-other' | 'foreign';

/** An object that is not provably the entity's is never written. */
export function judgePlace({ isHeldByOther, correlates }: StandingObject): Place {
  if (isHeldByOther) return 'held-by-other';
  return correlates === true ? 'adopt' : 'foreign';
}
