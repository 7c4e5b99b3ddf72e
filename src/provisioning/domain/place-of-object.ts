// What stands at an account's place on the system, and so what is to be done: the rules that keep foreign objects safe.

export interface FoundObject {
  /** Whether Provost has confirmed before that this very object is the account's. */
  readonly isConfirmed: boolean;
  /** Whether another account of Provost holds this object. */
  readonly isHeldByOther: boolean;
  /** Whether it equals what an attempt with an unknown end was about to create; null when there was none. */
  readonly equalsIntent: boolean | null;
  /** Whether its correlation attributes say it belongs to the entity; null when the mapping names none. */
  readonly correlates: boolean | null;
}

export type Place = 'ours' | 'adopt' | 'held-by-other' | 'foreign';

/** An object that is not provably the entity's is never written. */
export function judgePlace(found: FoundObject): Place {
  if (found.isConfirmed) return 'ours';
  if (found.isHeldByOther) return 'held-by-other';
  if (found.equalsIntent === true) return 'ours';
  return found.correlates === true ? 'adopt' : 'foreign';
}
