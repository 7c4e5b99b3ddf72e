// When a failed operation is tried again: arithmetic only, the draw is an argument.

export type RetryPolicy =
  | {
      readonly type: 'exponential';
      readonly firstDelaySeconds: number;
      readonly factor: number;
      readonly longestDelaySeconds: number;
      /** Seconds after the first failure; the attempt that fails later is the last. */
      readonly giveUpAfterSeconds: number;
    }
  /** One delay after each failure; the failure after the last delay is the last. */
  | { readonly type: 'steps'; readonly delaysSeconds: readonly number[] };

/** The policies that have a name. */
export const RETRY_POLICIES = {
  default: {
    type: 'exponential',
    firstDelaySeconds: 15,
    factor: 2,
    longestDelaySeconds: 3_600,
    giveUpAfterSeconds: 86_400,
  },
  /** CzechIdM's own delays: +2 min, +5 min, +20 min, +2 h, +12 h; the sixth failure is the last. */
  czechidm: { type: 'steps', delaysSeconds: [120, 300, 1_200, 7_200, 43_200] },
} as const satisfies Record<string, RetryPolicy>;

export type RetryDecision =
  { readonly kind: 'again'; readonly delayMs: number } | { readonly kind: 'exhausted' };

export interface FailureHistory {
  /** Attempts that ended, the one just failed included: at least 1. */
  readonly attempts: number;
  /** Milliseconds since the first of these failures. */
  readonly failingForMs: number;
}

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
  const seconds = nextDelaySeconds(policy, history, draw, factor);
  if (seconds === null) return { kind: 'exhausted' };
  return { kind: 'again', delayMs: Math.round(Math.max(seconds * 1_000 * factor, retryAfterMs ?? 0)) };
}

function nextDelaySeconds(
  policy: RetryPolicy,
  { attempts, failingForMs }: FailureHistory,
  draw: number,
  factor: number,
): number | null {
  switch (policy.type) {
    case 'exponential': {
      if (failingForMs >= policy.giveUpAfterSeconds * 1_000 * factor) return null;
      const grown = policy.firstDelaySeconds * policy.factor ** Math.min(attempts - 1, 64);
      return Math.min(policy.longestDelaySeconds, grown) * draw;
    }
    case 'steps':
      return policy.delaysSeconds[attempts - 1] ?? null;
  }
}
