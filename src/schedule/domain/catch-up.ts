// What a schedule does about its times that have come: which fire, which are left out. A time that comes up to a
// minute late is on time; a later one was missed, because nobody was there to see it.

/** What becomes of missed times: none fires; one run makes up for all; each has a run of its own, in order. */
export type CatchUp = 'skip' | 'once' | 'all';

export interface DueSlot {
  readonly slot: number;
  /** It makes up for missed times: the run says so. */
  readonly isCatchUp: boolean;
}

export interface Decision {
  /** Oldest first. */
  readonly fire: readonly DueSlot[];
  /** While a run goes on they wait for its end, instead of being used up. */
  readonly waits: boolean;
  /** Times that have come and get no run of their own. */
  readonly leftOut: number;
  /** What has come up to here is dealt with, once `fire` has run. */
  readonly consideredUntil: number;
}

export interface Considered {
  readonly catchUp: CatchUp;
  /** Everything up to here has been dealt with. */
  readonly consideredUntil: number;
  readonly now: number;
  readonly isRunning: boolean;
}

const SECOND = 1_000;
const ON_TIME_MS = 60_000;
const MOST_FIRED = 1_000;
const LONGEST_BACK_MS = 7 * 86_400_000;
/** Of one absence; enough for a week of minutes, and counted in a tenth of a second. */
const MOST_COUNTED = 10_000;

/**
 * Undefined when no time has come, or what has come must wait.
 * @param next the first time later than an instant
 */
export function decideSlots(
  { catchUp, consideredUntil, now, isRunning }: Considered,
  next: (after: number) => number | undefined,
): Decision | undefined {
  // The clock was put back. Times that fired already are known by their runs and do not fire again.
  if (consideredUntil > now + ON_TIME_MS) return { fire: [], waits: false, leftOut: 0, consideredUntil: now };
  const isLate = (slot: number): boolean => now - slot > ON_TIME_MS;
  const oldest = next(consideredUntil);
  if (oldest === undefined || oldest > now) return undefined;
  const waits = catchUp === 'all' || (catchUp === 'once' && isLate(oldest));
  if (isRunning && waits) return undefined;
  const [newest = oldest] = newestSlots(next, consideredUntil, now, 1);
  const fire = ((): DueSlot[] => {
    switch (catchUp) {
      case 'skip':
        return isLate(newest) ? [] : [{ slot: newest, isCatchUp: false }];
      case 'once':
        return [{ slot: newest, isCatchUp: isLate(oldest) }];
      case 'all':
        return newestSlots(next, Math.max(consideredUntil, now - LONGEST_BACK_MS), now, MOST_FIRED).map(
          (slot) => ({ slot, isCatchUp: isLate(slot) }),
        );
    }
  })();
  const counted = slotsIn(next, consideredUntil, now, MOST_COUNTED).length;
  return { fire, waits, leftOut: Math.max(0, counted - fire.length), consideredUntil: newest };
}

/** The first `most` times later than `from` and not later than `until`. */
function slotsIn(
  next: (after: number) => number | undefined,
  from: number,
  until: number,
  most: number,
): number[] {
  const slots: number[] = [];
  for (let slot = next(from); slot !== undefined && slot <= until && slots.length < most; slot = next(slot)) {
    slots.push(slot);
  }
  return slots;
}

/** The last `most` of them, found by halving: there may be very many before. */
function newestSlots(
  next: (after: number) => number | undefined,
  from: number,
  until: number,
  most: number,
): number[] {
  const hasMore = (after: number): boolean => slotsIn(next, after, until, most + 1).length > most;
  if (!hasMore(from)) return slotsIn(next, from, until, most);
  let [low, high] = [from, until];
  while (high - low > SECOND) {
    const middle = Math.floor((low + high) / 2);
    if (hasMore(middle)) low = middle;
    else high = middle;
  }
  // No two times lie in one second, so the last step passed exactly one.
  return slotsIn(next, high, until, most);
}
