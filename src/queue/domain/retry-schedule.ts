// When a failed operation is tried again: arithmetic only, the draw is an argument.

export type RetryPolicy = 'default' | 'czechidm';

export type RetryDecision =
  { readonly kind: 'again'; readonly delayMs: number } | { readonly kind: 'exhausted' };

export interface FailureHistory {
  /** Attempts that ended, the one just failed included: at least 1. */
  readonly attempts: number;
  /** Milliseconds since the first of these failures. */
  readonly failingForMs: number;
}

const SECOND = 1_000;
const FIRST_DELAY = 15 * SECOND;
const LONGEST_DELAY = 3_600 * SECOND;
const GIVE_UP_AFTER = 24 * 3_600 * SECOND;

/** CzechIdM's own delays: +2 min, +5 min, +20 min, +2 h, +12 h; the sixth failure is the last. */
const CZECHIDM_DELAYS = [120, 300, 1_200, 7_200, 43_200].map((seconds) => seconds * SECOND);

/**
 * @param draw uniform in [0, 1): full jitter spreads what failed together
 * @param retryAfterMs what the target asked for; it wins over the policy's own delay
 * @param factor scales every duration (tests, the fault laboratory)
 */
export function decideRetry(
  policy: RetryPolicy,
  history: FailureHistory,
  draw: number,
  retryAfterMs?: number,
  factor = 1,
): RetryDecision {
  const delay = nextDelay(policy, history, draw, factor);
  if (delay === null) return { kind: 'exhausted' };
  return { kind: 'again', delayMs: Math.round(Math.max(delay * factor, retryAfterMs ?? 0)) };
}

function nextDelay(
  policy: RetryPolicy,
  history: FailureHistory,
  draw: number,
  factor: number,
): number | null {
  switch (policy) {
    case 'default': {
      if (history.failingForMs >= GIVE_UP_AFTER * factor) return null;
      const ceiling = Math.min(LONGEST_DELAY, FIRST_DELAY * 2 ** Math.min(history.attempts - 1, 30));
      return ceiling * draw;
    }
    case 'czechidm':
      return CZECHIDM_DELAYS[history.attempts - 1] ?? null;
  }
}
