// How much one process sends to one target: its share of the concurrency, less while the target is in trouble.
// Every decision about the circuit breaker is here; no clock, no chance.

/** What one ended attempt says of its target: whether it answered, and whether it asked for less. */
export type TargetSign = 'answered' | 'in-trouble' | 'asks-for-less' | 'misconfigured';

export interface TargetFlow {
  /** Attempts at the same time in this process, whatever its share is. */
  readonly limit: number;
  /** After the breaker closed: the limit doubles with each answer until the share is reached. */
  readonly isRamping: boolean;
  readonly consecutiveTroubles: number;
  /** Answers since the limit last grew. */
  readonly answers: number;
  /** What was seen lately, oldest first. */
  readonly recent: readonly { readonly atMs: number; readonly isTrouble: boolean }[];
}

const TROUBLES_IN_A_ROW = 5;
const WINDOW_MS = 30_000;
const ENOUGH_TO_JUDGE = 20;
const MOST_REMEMBERED = 200;
const ANSWERS_TO_GROW = 50;
const FIRST_OPEN_MS = 5_000;
const LONGEST_OPEN_MS = 60_000;
/** A server that counts wrong passwords must not lock the account: three looks in a quarter of an hour. */
const MISCONFIGURED_OPEN_MS = 300_000;

export const UNLIMITED: TargetFlow = {
  limit: Number.POSITIVE_INFINITY,
  isRamping: false,
  consecutiveTroubles: 0,
  answers: 0,
  recent: [],
};

/** The breaker has just closed: one at a time first. */
export const JUST_CLOSED: TargetFlow = { ...UNLIMITED, limit: 1, isRamping: true };

/** One executor's part of a target's concurrency; the parts of all add up to it. `rank` counts from 0. */
export function shareOf(concurrency: number, executors: number, rank: number): number {
  const whole = Math.floor(concurrency / executors);
  return whole + (rank < concurrency % executors ? 1 : 0);
}

export interface Judged {
  readonly flow: TargetFlow;
  /** Whether the breaker is to open. */
  readonly trips: boolean;
}

/** @param factor scales the window */
export function judge(flow: TargetFlow, sign: TargetSign, share: number, nowMs: number, factor = 1): Judged {
  const since = nowMs - WINDOW_MS * factor;
  const isTrouble = sign === 'in-trouble' || sign === 'misconfigured';
  const recent = [...flow.recent.filter(({ atMs }) => atMs >= since), { atMs: nowMs, isTrouble }].slice(
    -MOST_REMEMBERED,
  );
  if (sign === 'answered')
    return { flow: grown({ ...flow, recent, consecutiveTroubles: 0 }, share), trips: false };
  if (sign === 'asks-for-less') {
    const limit = Math.max(1, Math.floor(Math.min(flow.limit, share) / 2));
    return {
      flow: { ...flow, recent, limit, isRamping: false, answers: 0, consecutiveTroubles: 0 },
      trips: false,
    };
  }
  const consecutiveTroubles = flow.consecutiveTroubles + 1;
  const troubles = recent.filter((one) => one.isTrouble).length;
  const trips =
    sign === 'misconfigured' ||
    consecutiveTroubles >= TROUBLES_IN_A_ROW ||
    (recent.length >= ENOUGH_TO_JUDGE && troubles * 2 >= recent.length);
  return { flow: { ...flow, recent, consecutiveTroubles, answers: 0 }, trips };
}

function grown(flow: TargetFlow, share: number): TargetFlow {
  if (flow.limit >= share) return { ...flow, limit: Number.POSITIVE_INFINITY, isRamping: false, answers: 0 };
  if (flow.isRamping) return { ...flow, limit: flow.limit * 2 };
  const answers = flow.answers + 1;
  return answers < ANSWERS_TO_GROW ? { ...flow, answers } : { ...flow, limit: flow.limit + 1, answers: 0 };
}

/** How long the breaker stays open before one attempt looks again. @param trips how often it opened in a row, from 1 */
export function openForMs(trips: number, sign: TargetSign, factor = 1): number {
  if (sign === 'misconfigured') return MISCONFIGURED_OPEN_MS * factor;
  return Math.min(LONGEST_OPEN_MS, FIRST_OPEN_MS * 2 ** Math.min(trips - 1, 16)) * factor;
}
