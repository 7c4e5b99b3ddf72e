// When which key signs, and when the next one follows it, so that no rotation logs anybody out.

/** The life of a key pair. All times are absolute, so every node comes to the same answer by itself. */
export interface KeyTimes {
  readonly kid: string;
  /** It is published from the start, and signs from here on. */
  readonly signsFrom: Date;
  /** Its successor signs from here on; null while there is none. */
  readonly retiredAt: Date | null;
  /** The last token it signed has expired by then. */
  readonly acceptedUntil: Date | null;
}

export type KeyState = 'next' | 'signing' | 'retired' | 'expired';

export function stateOf({ signsFrom, retiredAt, acceptedUntil }: KeyTimes, now: Date): KeyState {
  if (acceptedUntil !== null && acceptedUntil <= now) return 'expired';
  if (retiredAt !== null && retiredAt <= now) return 'retired';
  return signsFrom <= now ? 'signing' : 'next';
}

/** The key to sign with: where clocks differ a little it is better early than none. */
export function signerAt<Key extends KeyTimes>(keys: readonly Key[], now: Date): Key | undefined {
  const inOrder = keys.toSorted((a, b) => a.signsFrom.getTime() - b.signsFrom.getTime());
  const inState = (state: KeyState): Key[] => inOrder.filter((key) => stateOf(key, now) === state);
  return inState('signing').at(-1) ?? inState('next')[0];
}

/** What is asked for: a rotation when its time has come, one as soon as it harms nobody, or one at any price. */
export type RotationWish = 'when-due' | 'soon' | 'revoke';

export interface RotationRule {
  /** The age at which a signing key is followed by the next one. */
  readonly rotateAfterSeconds: number;
  /** How long a key is known before it signs, and accepted after it signed last. */
  readonly overlapSeconds: number;
}

export type RotationDecision =
  | { readonly kind: 'none' }
  | { readonly kind: 'under-way'; readonly signsFrom: Date }
  | { readonly kind: 'overlap'; readonly signsFrom: Date; readonly acceptedUntil: Date }
  | { readonly kind: 'revoke'; readonly signsFrom: Date };

/** @param keys every key there is, in any order */
export function decideRotation(
  keys: readonly KeyTimes[],
  now: Date,
  rule: RotationRule,
  wish: RotationWish,
): RotationDecision {
  if (wish === 'revoke') return { kind: 'revoke', signsFrom: now };
  const next = keys.find((key) => stateOf(key, now) === 'next');
  if (next !== undefined) {
    return wish === 'soon' ? { kind: 'under-way', signsFrom: next.signsFrom } : { kind: 'none' };
  }
  const signer = signerAt(keys, now);
  const isDue = signer !== undefined && later(signer.signsFrom, rule.rotateAfterSeconds) <= now;
  if (wish === 'when-due' && !isDue) return { kind: 'none' };
  const signsFrom = later(now, rule.overlapSeconds);
  return { kind: 'overlap', signsFrom, acceptedUntil: later(signsFrom, rule.overlapSeconds) };
}

function later(time: Date, seconds: number): Date {
  return new Date(time.getTime() + seconds * 1000);
}
