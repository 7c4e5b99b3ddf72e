// Which refresh tokens of a session are honoured (RFC 9700 §4.14.2). A session's tokens form one line: each use adds
// the next generation, and only the newest is current.

export interface PresentedToken {
  /** The session was ended, has expired, or its operator was disabled. */
  readonly isSessionOver: boolean;
  /** How many tokens the session has given out since this one; 0 for the current one. */
  readonly generationsBack: number;
  /** Seconds since this one was used; null for the current one. */
  readonly secondsSinceRotation: number | null;
}

export type RefreshDecision = 'rotate' | 'refuse' | 'end-session';

/**
 * The current token is exchanged, and so is its predecessor for a moment: its answer may have been lost on the way.
 * That use makes it the last but one, so it happens once; what else arrives in that moment is a crowd of the same
 * client, refused without harm. Any other used token is in two hands: the session ends.
 */
export function decideRefresh(token: PresentedToken, graceSeconds: number): RefreshDecision {
  if (token.isSessionOver) return 'refuse';
  if (token.generationsBack === 0) return 'rotate';
  const isInGrace = token.secondsSinceRotation !== null && token.secondsSinceRotation <= graceSeconds;
  if (isInGrace && token.generationsBack === 1) return 'rotate';
  if (isInGrace && token.generationsBack === 2) return 'refuse';
  return 'end-session';
}
